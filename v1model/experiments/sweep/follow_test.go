package sweep_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"v1lab/v1model/experiments/grid"
	"v1lab/v1model/experiments/sweep"
)

// A worker goes from a list to the one that follows it, does not wait for one that does not come, and waits for none unless one follows.
func TestNextList(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	g := fits(t)
	if next, err := list(t, g).Next(ctx, time.Hour); next != nil || err != nil {
		t.Errorf("a list that none follows: %v, %v", next, err)
	}
	g.More = true
	first := list(t, g)
	if next, err := first.Next(ctx, time.Millisecond); next != nil || err != nil {
		t.Errorf("the list that follows does not come: %v, %v", next, err)
	}
	soon, stop := context.WithTimeout(ctx, 10*time.Millisecond)
	defer stop()
	if next, err := first.Next(soon, time.Hour); next != nil || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("interrupted: %v, %v", next, err)
	}
	second := fits(t)
	second.Dir, second.Conditions = g.Dir, []grid.Condition{second.Conditions[0]}
	done := make(chan *sweep.Folder)
	go func() {
		next, _ := first.Next(ctx, time.Hour) //nolint:errcheck // then there is no folder
		done <- next
	}()
	want := list(t, second)
	if next := <-done; next == nil || next.Spec.ID != want.Spec.ID {
		t.Errorf("the list that follows: %+v", next)
	}
	if err := first.Stop(); err != nil {
		t.Fatal(err)
	}
	g.More = true
	if next, err := list(t, g).Next(ctx, time.Hour); next != nil || err != nil {
		t.Errorf("a sweep that was stopped: %v, %v", next, err)
	}
}
