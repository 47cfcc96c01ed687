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
)

func main() {
	ctx, cancel := context.WithCancel(context.Background())
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go func() {
		<-signals
		cancel()
		<-signals
		fmt.Fprintln(os.Stderr, "v1lab: stopped") //nolint:errcheck // nobody to tell
		os.Exit(failed)
	}()
	// A write to a closed pipe returns an error and does not end the program, so a fit goes on when nobody reads its progress.
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE)
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}
