// Command v1lab fits rotation-equivariant models of primary visual cortex and looks at what they learned.
//
// In go a verb and its flags. Results come out on standard output, progress and errors on standard error. The exit status is 0 for done, 1 for
// failed and 2 for wrong use. Each verb has its own file here and is thin: the packages below v1model, datasets, kernels and notebooks do the
// work. The model and the analyses are those of Ecker et al., ICLR 2019.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"
)

func main() {
	ctx, cancel := context.WithCancel(context.Background())
	signals := make(chan os.Signal, 16)
	// Batch systems announce the end of a job by SIGTERM or SIGUSR1, a terminal that closes by SIGHUP.
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM, syscall.SIGUSR1)
	if !signal.Ignored(syscall.SIGHUP) { // by nohup
		signal.Notify(signals, syscall.SIGHUP)
	}
	go func() {
		<-signals
		cancel()
		untilSecond(signals)
		fmt.Fprintln(os.Stderr, "v1lab: stopped") //nolint:errcheck // nobody to tell
		os.Exit(failed)
	}()
	// A write to a closed pipe returns an error and does not end the program, so a fit goes on when nobody reads its progress.
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE)
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

// oneRequest is how long signals count as one: timeout(1), for example, signals its child and then the child's group.
const oneRequest = time.Second

// untilSecond waits for a signal that is not part of the request that has just come.
func untilSecond(signals <-chan os.Signal) {
	for first := time.Now(); ; {
		<-signals
		if time.Since(first) >= oneRequest {
			return
		}
	}
}
