package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime/debug"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"

	"github.com/alecthomas/kong"
	"github.com/gomlx/compute"

	"v1lab/datasets"
	"v1lab/v1model/version"
)

// Exit statuses of the program.
const (
	done     = 0
	failed   = 1
	wrongUse = 2
)

// cli declares the command line: the flags that all verbs take, and the verbs.
type cli struct {
	Backend string `placeholder:"NAME" help:"Where models run: xla, xla:cpu, xla:cuda, xla:/path/of/plugin.so, or go. Default: the backend of the config; if that is xla, $$GOMLX_BACKEND."`
	Debug   bool   `help:"Print the whole error with its stack trace."`

	Version kong.VersionFlag `help:"Print the commit or module version that this program was built from."`

	Demo         demoCmd         `cmd:"" help:"Set up what is missing, then run the quickstart notebook on simulated neurons."`
	Lab          labCmd          `cmd:"" help:"Set up what is missing, then start JupyterLab on the notebooks."`
	Notebook     notebookCmd     `cmd:"" help:"Run notebooks without a browser."`
	Doctor       doctorCmd       `cmd:"" help:"Check every part of the installation and say how to mend what is wrong."`
	Data         dataCmd         `cmd:"" help:"Look at recordings, check, convert and simulate them."`
	Fit          fitCmd          `cmd:"" help:"Fit a model to a recording."`
	Compare      compareCmd      `cmd:"" help:"Fit several models with several seeds and compare their scores."`
	Study        studyCmd        `cmd:"" help:"Redo the paper's experiments: performance, data efficiency, transfer, clusters, sparsity."`
	Sweep        sweepCmd        `cmd:"" help:"Search a space of configs with many fits, on one machine or a cluster."`
	Import       importCmd       `cmd:"" help:"Import models that were fitted elsewhere."`
	Zoo          zooCmd          `cmd:"" help:"List and download published models."`
	Export       exportCmd       `cmd:"" help:"Write a fitted model's weights for other programs."`
	Eval         evalCmd         `cmd:"" help:"Measure a fitted model against its recording."`
	Predict      predictCmd      `cmd:"" help:"Predict responses to images."`
	Track        trackCmd        `cmd:"" help:"Send fits to an MLflow server, or write them for TensorBoard."`
	Features     featuresCmd     `cmd:"" help:"Write each neuron's feature weights, mask and power."`
	Prune        pruneCmd        `cmd:"" help:"Leave out features that no neuron needs, and fit the readout anew."`
	Cluster      clusterCmd      `cmd:"" help:"Group neurons by what they compute, whatever their orientation."`
	RF           rfCmd           `cmd:"" name:"rf" help:"Write gradient receptive fields."`
	MEI          meiCmd          `cmd:"" name:"mei" help:"Write most exciting images."`
	Discriminate discriminateCmd `cmd:"" help:"Find an image for each cluster of neurons that tells its members from all others."`
	Tune         tuneCmd         `cmd:"" help:"Write tuning to Gabors: the optimal Gabor, curves over orientation, frequency and phase, size by contrast, and plaids."`
	Figures      figuresCmd      `cmd:"" help:"Draw all figures of a run."`
	Report       reportCmd       `cmd:"" help:"Write one page with all figures and tables of runs, for a browser or a wiki."`
	Kernel       kernelCmd       `cmd:"" help:"Install the Go kernel in your own Jupyter."`
	Bench        benchVerbs      `cmd:"" help:"Measure speed and memory; on request compare them with PyTorch and JAX. v1lab bench gpu tries a GPU."`

	BenchWorker benchWorkerCmd `cmd:"" name:"bench-worker" hidden:"" help:"Do what v1lab bench asks for on standard input."`
	Engine      engineCmd      `cmd:"" hidden:"" help:"Compute for the cells of one kernel."`
	PluginInfo  pluginInfoCmd  `cmd:"" name:"plugin-info" hidden:"" help:"Load an XLA plugin and print what it offers, for v1lab doctor."`
	Docs        docsCmd        `cmd:"" hidden:"" help:"Rewrite the generated parts of README.md and docs/."`
}

const description = `Models of primary visual cortex that treat all orientations alike (Ecker et al., ICLR 2019).

A recording is named scheme:path?option=value&..., as in npz:recording.npz, npy:FOLDER or simulated:?neurons=100&seed=2. Exit status: 0 done, 1 failed, 2 wrong use.`

// exit is the value that kong's --help panics with to leave the parser.
type exit int

// run parses args, runs the verb and returns the exit status. Results go to stdout, everything else to stderr.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) (status int) {
	a := &app{stdout: &results{w: stdout}, stderr: stderr}
	name := "v1lab"
	defer func() { // --help leaves the parser by way of exit
		if r := recover(); r != nil {
			code, ok := r.(exit)
			if !ok {
				panic(r)
			}
			status = int(code)
		}
	}()
	var flags cli
	parser, err := grammar(&flags, kong.Writers(stdout, stderr), kong.Exit(func(code int) { panic(exit(code)) }), kong.BindTo(ctx, (*context.Context)(nil)), kong.Bind(a))
	if err != nil {
		return a.fail(name, err)
	}
	parsed, err := parser.Parse(args)
	a.backend, a.debug = flags.Backend, flags.Debug
	verbNow.Store(a)
	if err != nil {
		var parse *kong.ParseError
		if !errors.As(err, &parse) || parse.Context == nil {
			return a.fail(name, wrong{err})
		}
		name = verb(name, parse.Context)
		return a.fail(name, misread(name, parse))
	}
	name = verb(name, parsed)
	if err := givenTwice(parsed); err != nil {
		return a.fail(name, err)
	}
	err = a.perform(ctx, func() error { return parsed.Run() })
	if failure := a.stdout.failure(); failure != nil {
		err = fmt.Errorf("standard output: %w", failure)
	}
	if err != nil {
		return a.fail(name, err)
	}
	return done
}

// grammar makes the parser of the command line.
func grammar(flags *cli, options ...kong.Option) (*kong.Kong, error) {
	return kong.New(flags, append(options, kong.Help(help), kong.Name("v1lab"), kong.Description(description), kong.Vars{"version": "v1lab " + version.String()})...)
}

// help prints the help of a verb; of one that stands for a verb below it, that one's, which has the flags.
func help(o kong.HelpOptions, c *kong.Context) error {
	if n := c.Selected(); n != nil && n.DefaultCmd != nil {
		c.Path = append(c.Path, &kong.Path{Parent: n.DefaultCmd, Command: n.DefaultCmd, Flags: n.DefaultCmd.Flags})
	}
	return kong.DefaultHelpPrinter(o, c)
}

// givenTwice returns an error if a flag that takes one value is given more than once.
func givenTwice(c *kong.Context) error {
	given := map[*kong.Flag]bool{}
	for _, step := range c.Path {
		f := step.Flag
		if f == nil || f.IsCumulative() || f.IsBool() {
			continue
		}
		if given[f] {
			return usagef("--%s: given twice, accepted: once", f.Name)
		}
		given[f] = true
	}
	return nil
}

// verb returns the program's name followed by the verbs on the command line, without arguments. A verb that another one stands for is left out.
func verb(name string, c *kong.Context) string {
	for _, step := range c.Path {
		if step.Command != nil && (step.Command.Parent == nil || step.Command.Parent.DefaultCmd != step.Command) {
			name += " " + step.Command.Name
		}
	}
	return name
}

// misread adds to a parser error what is accepted: the verbs that may come next, or the command that shows the help.
func misread(name string, err *kong.ParseError) error {
	node := err.Context.Selected()
	if node == nil {
		node = err.Context.Model.Node
	}
	var verbs []string
	for _, child := range node.Children {
		if !child.Hidden {
			verbs = append(verbs, child.Name)
		}
	}
	switch text := err.Error(); {
	case strings.HasPrefix(text, "expected one of"):
		return usagef("no verb given; accepted: %s", strings.Join(verbs, ", "))
	case len(verbs) > 0 && strings.HasPrefix(text, "unexpected argument"):
		return usagef("%w; accepted: %s", err, strings.Join(verbs, ", "))
	}
	return usagef("%w; see %s --help", err, name)
}

// app holds what all verbs share.
type app struct {
	backend string // value of --backend
	debug   bool
	stdout  *results
	stderr  io.Writer

	graceful atomic.Bool     // a verb is inside gracefully
	stopped  <-chan struct{} // closed when the verb is interrupted

	opening  sync.Mutex
	backends map[string]compute.Backend // open ones by name: a recording of scheme model and what is fitted to it share one
}

// results remembers the first write error, so that verbs need not check every write.
type results struct {
	w      io.Writer
	mu     sync.Mutex // an interrupted verb may still be writing
	broken atomic.Pointer[error]
}

// failure does not wait for a write that hangs.
func (r *results) failure() error {
	if err := r.broken.Load(); err != nil {
		return *err
	}
	return nil
}

func (r *results) Write(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := r.failure(); err != nil {
		return 0, err
	}
	// Names may come from files of others; in JSON these escapes mean what they replace.
	if _, err := io.WriteString(r.w, datasets.Printable(string(p), '\n', '\t')); err != nil {
		r.broken.Store(&err)
		return 0, err
	}
	return len(p), nil
}

// perform runs a verb. When ctx ends, it waits for a verb that is inside gracefully and abandons any other: files are written whole or not at
// all, so there is nothing to clean up. A verb is not begun once ctx has ended.
func (a *app) perform(ctx context.Context, f func() error) error {
	if ctx.Err() != nil {
		return errors.New("interrupted")
	}
	a.stopped = ctx.Done()
	ended := make(chan error, 1)
	go func() {
		defer func() {
			if r := recover(); r != nil {
				ended <- fmt.Errorf("internal error: %v\n%s", r, debug.Stack())
			}
		}()
		ended <- f()
	}()
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
		if a.graceful.Load() {
			return <-ended
		}
		return errors.New("interrupted")
	}
}

// gracefully runs a part of a verb that stops cleanly by itself when its context ends. The verb then says what became of it, so perform waits for its end.
func (a *app) gracefully(f func() error) error {
	before := a.graceful.Swap(true)
	defer func() {
		select {
		case <-a.stopped:
		default:
			a.graceful.Store(before)
		}
	}()
	return f()
}

// printf writes a result. run reports a write error at its end.
func (a *app) printf(format string, args ...any) {
	fmt.Fprintf(a.stdout, format, args...) //nolint:errcheck // kept in a.stdout
}

// sayf writes a line that is not a result, such as progress or a warning.
func (a *app) sayf(format string, args ...any) {
	fmt.Fprint(a.stderr, datasets.Printable(fmt.Sprintf(format+"\n", args...), '\n', '\t')) //nolint:errcheck // nobody to tell
}

func (a *app) debugf(format string, args ...any) {
	if a.debug {
		fmt.Fprintf(a.stderr, format, args...) //nolint:errcheck // nobody to tell
	}
}

// wrong marks an error in the use of the command line: exit status 2.
type wrong struct{ error }

func (w wrong) Unwrap() error { return w.error }

func usagef(format string, args ...any) error { return wrong{fmt.Errorf(format, args...)} }

// fail writes the error as one line and returns the exit status. It writes nothing if the reader of standard output has closed the pipe.
func (a *app) fail(name string, err error) int {
	if !errors.Is(a.stdout.failure(), syscall.EPIPE) {
		a.sayf("%s: %s", name, oneLine(err))
	}
	if strings.Contains(err.Error(), "\n") {
		a.debugf("%v\n", err)
	}
	for e := err; e != nil; e = errors.Unwrap(e) {
		if _, ok := e.(fmt.Formatter); ok { // the error has a stack trace
			a.debugf("%+v\n", e)
			break
		}
	}
	if errors.As(err, new(wrong)) {
		return wrongUse
	}
	return failed
}

// oneLine returns the first line of an error that is not empty.
func oneLine(err error) string {
	text := strings.TrimSpace(err.Error())
	line, rest, _ := strings.Cut(text, "\n")
	if strings.TrimSpace(rest) != "" {
		line = strings.TrimRight(line, " :") + " (more with --debug)"
	}
	return line
}
