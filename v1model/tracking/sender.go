package tracking

import (
	"context"
	"fmt"
	"sync"
	"time"
)

// Sender sends many run folders, one after the other, in another goroutine: the fits do not wait for the server.
type Sender struct {
	server *Server
	say    func(string)

	mu     sync.Mutex
	order  []string           // folders that are to be sent
	what   map[string]Options // of each
	warned bool
	wake   chan struct{}
	stop   context.CancelFunc
	over   chan struct{}
}

// NewSender starts a sender; nil server: it does nothing. say is called with the first error and with what is left at the end.
func NewSender(server *Server, say func(string)) *Sender {
	ctx, stop := context.WithCancel(context.Background())
	s := &Sender{server: server, say: say, what: map[string]Options{}, wake: make(chan struct{}, 1), stop: stop, over: make(chan struct{})}
	go func() {
		defer close(s.over)
		for {
			select {
			case <-ctx.Done():
				return
			case <-s.wake:
				s.sendAll(ctx)
			}
		}
	}()
	return s
}

// Send asks for a run folder to be brought up to date. What fails is tried again with the next folder.
func (s *Sender) Send(path string, o Options) {
	if s.server == nil {
		return
	}
	s.mu.Lock()
	if _, waiting := s.what[path]; !waiting {
		s.order = append(s.order, path)
	}
	s.what[path] = o
	s.mu.Unlock()
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// sendAll sends what waits, up to the first error.
func (s *Sender) sendAll(ctx context.Context) {
	for {
		s.mu.Lock()
		if len(s.order) == 0 {
			s.mu.Unlock()
			return
		}
		path := s.order[0]
		o := s.what[path]
		s.order = s.order[1:]
		delete(s.what, path)
		s.mu.Unlock()
		if _, err := s.server.Send(ctx, path, o); err != nil {
			s.mu.Lock()
			if _, again := s.what[path]; !again {
				s.order, s.what[path] = append(s.order, path), o
			}
			first := !s.warned
			s.warned = true
			s.mu.Unlock()
			if first && ctx.Err() == nil {
				s.say(fmt.Sprintf("warning: %s; this is tried again", err))
			}
			return
		}
	}
}

// Close sends what waits, for at most as long as patience, and returns the number of folders that are left.
func (s *Sender) Close(patience time.Duration) (left int) {
	s.stop()
	<-s.over
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	s.sendAll(ctx)
	return len(s.order)
}
