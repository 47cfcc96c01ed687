package lab

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"github.com/janpfeifer/gonb/gonbui"
)

// If a kernel is killed, the process of its cell would go on and keep the lock of the run folder, so that the cell could not run again. Therefore
// the process stops then, as after the stop button, which saves a fit.
func init() {
	if gonbui.IsNotebook {
		go endWithKernel()
	}
}

// kernel is the id of the kernel's process, and kernelEnd the file that it leaves as soon as it is told to end, long before it has ended.
var (
	kernel    = os.Getppid()
	kernelEnd = filepath.Join(os.TempDir(), fmt.Sprintf("kernel-%d-ends", kernel))
)

func kernelLives() bool { return os.Getppid() == kernel }

// Times around the end of a kernel.
const (
	lookAtKernel = 100 * time.Millisecond
	toSave       = 10 * time.Second // after this the process exits, even if it waits for an answer of the kernel
	toRestart    = 3 * time.Second  // a kernel that restarts signals its cell first and hears within this time that it is to end
	toHear       = time.Second      // for the notebook to receive the last output of a cell
)

func endWithKernel() {
	for kernelLives() {
		time.Sleep(lookAtKernel)
	}
	signal.Ignore(syscall.SIGPIPE)                // nobody reads its output
	_ = syscall.Kill(os.Getpid(), syscall.SIGINT) //nolint:errcheck // it exits below in any case
	time.Sleep(toSave)
	os.Exit(1)
}

// stoppable returns a context that ends when the stop button is pressed or the kernel is restarted, shut down or killed.
func stoppable() (ctx context.Context, stop context.CancelFunc) {
	// When the kernel restarts it closes standard output: a write must not kill the process before it has saved.
	signal.Ignore(syscall.SIGPIPE)
	return signal.NotifyContext(context.Background(), os.Interrupt)
}

// kernelEnds reports, after a signal, whether the kernel ends too. At first, a restart looks like the stop button.
func kernelEnds() bool {
	ends := func() bool {
		_, err := os.Stat(kernelEnd)
		return err == nil || !kernelLives()
	}
	for end := time.Now().Add(toRestart); !ends() && time.Now().Before(end); {
		time.Sleep(lookAtKernel / 5)
	}
	return ends()
}

// leave ends the cell without an error, after the notebook has received its last output.
func leave() {
	settle()
	os.Exit(0)
}

// onStop calls say as soon as ctx ends, because the work under way may take longer than the kernel waits for the cell. The returned function cancels
// this, or waits until say has returned.
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

// stopping returns the message of a fit that is told to stop. saved is the number of steps in its last checkpoint.
func stopping(saved int) string {
	from := "its start"
	if saved > 0 {
		from = fmt.Sprintf("step %d", saved)
	}
	return "the fit saves and stops after the current step; if the kernel ends the cell before that, the fit continues from " + from + " when the cell runs again"
}

// settle waits until the notebook has received the output of the cell. It does not wait for a kernel that is gone.
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
