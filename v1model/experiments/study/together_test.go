package study_test

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"v1lab/kernels/pjrt/pjrttest"
	"v1lab/v1model/experiments/study"
	"v1lab/v1model/fit"
	"v1lab/v1model/runfolder"
)

// Two studies in one folder at the same time, as two notebooks make them: each fit is made once, by one of them, and both report the same.
func TestSideBySide(t *testing.T) {
	p, backend, dir := plan(t, study.Toy), pjrttest.Backend(t), filepath.Join(t.TempDir(), "study")
	cells, err := p.Cells(study.Efficiency)
	if err != nil {
		t.Fatal(err)
	}
	var steps, waited atomic.Int64
	var both sync.WaitGroup
	var reports [2]string
	for i := range reports {
		both.Go(func() {
			r, err := p.Run(t.Context(), backend, dir, 1, []string{study.Efficiency}, study.Options{
				Progress: func(fit.Progress) { steps.Add(1) }, Waiting: func(study.Step, runfolder.Writer) { waited.Add(1) },
			})
			if err != nil {
				t.Error(err)
				return
			}
			reports[i] = text(t, r)
		})
	}
	both.Wait()
	if reports[0] != reports[1] {
		t.Errorf("reports\n%s\n%s", reports[0], reports[1])
	}
	if want := int64(6 * len(cells)); steps.Load() != want {
		t.Errorf("%d training steps, want the %d of %d fits", steps.Load(), want, len(cells))
	}
	t.Logf("looked %d times at a fit of the other", waited.Load())
}

// A study that is stopped between two fits says so, and where it can go on.
func TestStoppedBetweenFits(t *testing.T) {
	p, dir := plan(t, study.Toy), filepath.Join(t.TempDir(), "study")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := p.Run(ctx, pjrttest.Backend(t), dir, 1, nil, study.Options{})
	if want := "interrupted before this fit; what is over is kept in " + dir; !errors.Is(err, fit.ErrInterrupted) || !strings.HasSuffix(err.Error(), want) {
		t.Errorf("error %v, want %q", err, want)
	}
}
