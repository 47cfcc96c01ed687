package sweep

import (
	"context"
	"time"
)

// lookForNext is how often Next looks for the list that follows.
const lookForNext = time.Second

// Next waits until the list that follows this one is in the folder, and opens it. It returns nil at once if none follows, and when the sweep is stopped or the
// time is over: the command that makes the lists may have ended.
func (f *Folder) Next(ctx context.Context, atMost time.Duration) (*Folder, error) {
	if !f.Spec.More {
		return nil, nil
	}
	over := time.After(atMost)
	tick := time.NewTicker(lookForNext)
	defer tick.Stop()
	for {
		next, err := Open(f.Path)
		switch {
		case err != nil:
			return nil, err
		case next.Spec.ID != f.Spec.ID:
			return next, nil
		case f.Stopped():
			return nil, nil
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-over:
			return nil, nil
		case <-tick.C:
		}
	}
}
