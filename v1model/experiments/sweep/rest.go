package sweep

import (
	"context"
	"fmt"
	"time"
)

// Rest is Stop, and waits until nobody works on the sweep. It does nothing to a finished sweep. It returns the state, and an error if ctx ends first, or if
// fits are still under way after half a minute.
func (f *Folder) Rest(ctx context.Context) (*State, error) {
	reader := NewReader(f)
	state, err := reader.Read()
	if err != nil {
		return nil, err
	}
	if state.State != Finished {
		if err := f.Stop(); err != nil {
			return nil, err
		}
	}
	const most = 30 * time.Second
	for begun := time.Now(); ; {
		if state, err = reader.Read(); err != nil {
			return nil, err
		}
		n := state.Fits(Running)
		if n == 0 {
			return state, nil
		}
		if time.Since(begun) > most {
			return state, fmt.Errorf("%d fits are still under way after %v; sweep status shows where", n, most)
		}
		select {
		case <-ctx.Done():
			return state, ctx.Err()
		case <-time.After(200 * time.Millisecond):
		}
	}
}
