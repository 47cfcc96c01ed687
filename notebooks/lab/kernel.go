package lab

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/janpfeifer/gonb/gonbui"
)

// A cell's process is a child of its kernel, and would go on alone if that is killed: holding the run folder, so that the cell cannot run
// again. In a notebook it stops then as if by the stop button, which saves a fit.
func init() {
	if gonbui.IsNotebook {
		go endWithKernel()
	}
}

// kernel is the process that runs the cell.
var kernel = os.Getppid()

func kernelLives() bool { return os.Getppid() == kernel }

// Times around the end of a kernel.
const (
	lookAtKernel = 100 * time.Millisecond
	toSave       = 10 * time.Second // then the process ends in any case: it may wait for an answer of the kernel
	toRestart    = time.Second      // between the signal that a kernel about to end sends to its cell, and its end
	toHear       = time.Second      // for the notebook to get a cell's last words
)

func endWithKernel() {
	for kernelLives() {
		time.Sleep(lookAtKernel)
	}
	signal.Ignore(syscall.SIGPIPE)                // nobody reads what it says
	_ = syscall.Kill(os.Getpid(), syscall.SIGINT) //nolint:errcheck // then it ends below
	time.Sleep(toSave)
	os.Exit(1)
}

// stoppable returns a context that ends with the stop button, or when the kernel is restarted, shut down or killed.
func stoppable() (ctx context.Context, stop context.CancelFunc) {
	// When the kernel restarts it closes standard output: a write must not kill the process before it has saved.
	signal.Ignore(syscall.SIGPIPE)
	return signal.NotifyContext(context.Background(), os.Interrupt)
}

// kernelEnds tells, after a signal, whether the kernel ends too: a restart looks like the stop button at first.
func kernelEnds() bool {
	for end := time.Now().Add(toRestart); kernelLives() && time.Now().Before(end); {
		time.Sleep(lookAtKernel / 5)
	}
	return !kernelLives()
}

// leave ends the cell, not as one that failed, once the notebook has its last words.
func leave() {
	settle()
	os.Exit(0)
}

// onStop calls say as soon as ctx ends: what is under way may take longer than the kernel waits for the cell. The function that it returns
// ends that; what is being said it lets be said.
func onStop(ctx context.Context, say func()) (end func()) {
	said := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(said)
		say()
	})
	return func() {
		if !stop() {
			<-said
		}
	}
}

// stopping is what a fit says when it is told to stop; saved are the steps in its last checkpoint.
func stopping(saved int) string {
	from := "its start"
	if saved > 0 {
		from = fmt.Sprintf("step %d", saved)
	}
	return "the fit stops after the step under way, and saves; if the kernel ends the cell before, it goes on from " + from + " when the cell runs again"
}

// settle waits until the notebook has what the cell has shown, but not for a kernel that is gone.
func settle() {
	heard := make(chan struct{})
	go func() {
		gonbui.Sync()
		close(heard)
	}()
	for end := time.Now().Add(toHear); kernelLives() && time.Now().Before(end); {
		select {
		case <-heard:
			return
		case <-time.After(lookAtKernel):
		}
	}
}
