package tracking

import (
	"context"
	"fmt"
	"time"

	"v1lab/v1model/runfolder"
	"v1lab/v1model/tracking/tensorboard"
)

// Follower sends a fit while it is made, in another goroutine: the fit does not wait for it, and does not fail with it.
type Follower struct {
	path   string
	to     Targets
	say    func(string)
	stop   context.CancelFunc
	over   chan struct{}
	warned bool
}

// Targets are where a fit is sent to.
type Targets struct {
	Server      *Server // nil: none
	TensorBoard string  // folder of event files; empty: none
	Options
}

// Update sends what the targets lack of a run folder. All are tried; the errors of several are one line.
func (to Targets) Update(ctx context.Context, path string) error {
	var failed error
	if to.TensorBoard != "" {
		run, err := runfolder.Open(path)
		if err == nil {
			_, err = tensorboard.Update(to.TensorBoard, run)
		}
		failed = err
	}
	if to.Server == nil {
		return failed
	}
	left, err := to.Server.Send(ctx, path, to.Options)
	if err != nil && left > 0 {
		err = fmt.Errorf("%w; %d validations are not sent yet", err, left)
	}
	if failed != nil && err != nil {
		return fmt.Errorf("%w; %w", failed, err)
	}
	if err != nil {
		return err
	}
	return failed
}

const (
	period = 5 * time.Second
	// A fit that is over waits as long for a server that does not answer.
	patience = 10 * time.Second
)

// Follow sends the run in path, once there is one, every five seconds. say is called with the first error, and with what is left at the end. With no target
// it does nothing.
func Follow(path string, to Targets, say func(string)) *Follower {
	ctx, stop := context.WithCancel(context.Background())
	f := &Follower{path: path, to: to, say: say, stop: stop, over: make(chan struct{})}
	go func() {
		defer close(f.over)
		if to.Server == nil && to.TensorBoard == "" {
			return
		}
		for {
			select {
			case <-ctx.Done():
				return
			case <-time.After(period):
			}
			if !runfolder.IsRun(path) {
				continue
			}
			if err := to.Update(ctx, path); err != nil && ctx.Err() == nil && !f.warned {
				f.warned = true
				say(fmt.Sprintf("warning: %s; the fit goes on, and this is tried again", err))
			}
		}
	}()
	return f
}

// End sends what is left, with the status of a fit that has no result, and waits for that.
func (f *Follower) End(status Status) {
	f.stop()
	<-f.over
	if f.to.Server == nil && f.to.TensorBoard == "" || !runfolder.IsRun(f.path) {
		return
	}
	f.to.Status = status
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := f.to.Update(ctx, f.path); err != nil {
		f.say(fmt.Sprintf("warning: %s; to send what is left: v1lab track --run %s", err, f.path))
	}
}
