package jupyter

import (
	"context"
	"io"
	"sync"
	"time"
)

// Outcome is the result of one notebook.
type Outcome struct {
	Notebook string        // path as given
	Out      string        // path of the executed notebook
	Took     time.Duration // including setup
	Cells    []float64     // seconds of each completed code cell
	Err      error         // nil if all cells succeeded
}

// ExecuteAll runs notebooks, each in its own kernel and at most jobs at a time, and continues if some fail. It returns outcomes in the
// order of the notebooks and calls done with each as it ends, one call at a time. Their Progress is written line by line.
// Notebooks that had not started when ctx ended have its error.
func ExecuteAll(ctx context.Context, notebooks []ExecuteOptions, jobs int, done func(Outcome)) []Outcome {
	outcomes := make([]Outcome, len(notebooks))
	places := make(chan struct{}, max(1, jobs))
	var all sync.WaitGroup
	var mu sync.Mutex
	for i, o := range notebooks {
		outcomes[i] = Outcome{Notebook: o.Notebook, Out: o.Out}
		select {
		case places <- struct{}{}:
		case <-ctx.Done():
			outcomes[i].Err = ctx.Err()
			continue
		}
		if o.Progress != nil {
			o.Progress = &locked{mu: &mu, to: o.Progress}
		}
		all.Go(func() {
			defer func() { <-places }()
			outcome, ran, begun := &outcomes[i], o.Ran, time.Now()
			o.Ran = func(seconds float64) {
				outcome.Cells = append(outcome.Cells, seconds)
				if ran != nil {
					ran(seconds)
				}
			}
			outcome.Err = Execute(ctx, o)
			outcome.Took = time.Since(begun)
			mu.Lock()
			defer mu.Unlock()
			if done != nil {
				done(*outcome)
			}
		})
	}
	all.Wait()
	return outcomes
}

// locked is a writer that several notebooks share.
type locked struct {
	mu *sync.Mutex
	to io.Writer
}

func (l *locked) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.to.Write(p)
}
