package resident

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"syscall"
	"time"

	"v1lab/notebooks/lab/exact"
	"v1lab/notebooks/lab/questions"
	"v1lab/v1model/insilico"
)

// Watch is what an asker hears before the answer. Its functions may be nil.
type Watch struct {
	Progress func(insilico.Progress)
	Warn     func(text string) // a sentence that the user must read
}

func (w Watch) warn(text string) {
	if w.Warn != nil {
		w.Warn(text)
	}
}

// Ask asks about the run in the folder at path; an empty path is none. It starts the engine if none runs. An engine that dies over the question is
// started anew, and asked once more. If ctx ends, the engine says how far it came: the error is then a context.Canceled.
func Ask[Q, A any](ctx context.Context, q questions.Question[Q, A], path string, with Q, w Watch) (answer A, err error) {
	said, err := exact.Encode(with)
	if err != nil {
		return answer, err
	}
	for again := false; ; again = true {
		answer, err = ask[A](ctx, string(q), path, said, w)
		var gone *goneError
		if !errors.As(err, &gone) || again {
			return answer, err
		}
		w.warn(fmt.Sprintf("the engine, which computes for cells, %s; it is started anew", gone.how))
	}
}

// cell is the name of this process.
var cell = fmt.Sprintf("%d-%d", os.Getpid(), time.Now().UnixNano())

// goneError is the end of the engine in place of an answer.
type goneError struct{ how string }

func (e *goneError) Error() string {
	return "the engine, which computes for cells, " + e.how + "; V1LAB_ENGINE=off in the kernel's environment computes in the cell's own process"
}

// failedError is the engine's error.
type failedError Failure

func (e failedError) Error() string { return e.Text }

func (e failedError) Is(target error) bool { return e.Canceled && target == context.Canceled }

func ask[A any](ctx context.Context, name, path string, with exact.Message, w Watch) (answer A, err error) {
	c, err := connect(ctx, w)
	if err != nil {
		return answer, err
	}
	defer c.Close()
	dir, err := os.Getwd()
	if err != nil {
		return answer, err
	}
	err = SendValue(c, Asks, Request{Name: name, Cell: cell, Dir: dir, Path: path})
	if err == nil {
		err = c.Send(Asks, with)
	}
	if err != nil {
		return answer, lost(err)
	}
	defer context.AfterFunc(ctx, func() { c.Send(Cancels, exact.Message{}) })() //nolint:errcheck // without an engine there is no answer to cancel
	for {
		kind, m, err := c.Receive()
		if err != nil {
			return answer, lost(err)
		}
		switch kind {
		case Proceeds:
			p, err := exact.Decode[insilico.Progress](m)
			if err == nil && w.Progress != nil {
				w.Progress(p)
			}
		case Warns:
			text, err := exact.Decode[string](m)
			if err == nil {
				w.warn(text)
			}
		case Fails:
			f, err := exact.Decode[Failure](m)
			if err != nil {
				return answer, err
			}
			return answer, failedError(f)
		default:
			return exact.Decode[A](m)
		}
	}
}

// lost turns the error of a connection whose engine has ended into a goneError.
func lost(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, syscall.EPIPE) || errors.Is(err, syscall.ECONNRESET) || errors.Is(err, net.ErrClosed) {
		return &goneError{"ended" + because()}
	}
	return err
}
