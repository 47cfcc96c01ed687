// Command v1lab fits rotation-equivariant models of primary visual cortex and looks at what they learned.
//
// In go a verb and its flags, out come results on standard output, progress and errors on standard error, and the exit status:
// 0 done, 1 failed, 2 wrong use. Each verb has a file of its own here and is thin: the work is in the packages below v1model,
// datasets, kernels and notebooks. It serves the whole of Ecker et al., ICLR 2019.
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
	// Writing to a closed pipe is an error instead of the end: a fit whose progress nobody reads any more goes on.
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE)
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}
