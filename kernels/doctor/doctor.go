package doctor

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	"v1lab/kernels"
	"v1lab/kernels/tools"
	"v1lab/kernels/v1labhome"
)

// Check is the result for one part of the installation.
type Check struct {
	Name   string `json:"name"`
	OK     bool   `json:"ok"`
	Detail string `json:"detail"`
	Mend   string `json:"mend,omitempty"` // what to do if it is not OK
}

// Options select what to examine; the zero value is right for v1lab itself.
type Options struct {
	Binary string   // the v1lab binary that loads the plugin and that the kernel on trial runs; default: the running program
	Only   []string // names of the parts to examine; default: all
}

// Repairs for several parts.
const (
	prepare = "run v1lab demo, lab or notebook: each sets it up" // every notebook command prepares what is missing
	wait    = "wait until it is done, then look again"
	enter   = "change into a v1lab checkout or set " + v1labhome.RootEnv
)

// Names of parts on which others depend.
const (
	nameGo        = "Go"
	nameFolder    = "private folder"
	nameTemporary = "temporary folder"
	namePlugin    = "XLA plugin"
	nameTools     = "Go tools"
	nameModules   = "Go modules"
	nameCache     = "build cache"
	nameJupyter   = "Jupyter"
)

// examination is one run of the doctor.
type examination struct {
	options Options
	modules func() error // checks the checkout's modules once and keeps the result
}

// Run examines all parts in parallel, the kernel last because it needs the others. It returns the results in a fixed order.
func Run(ctx context.Context, o Options) []Check {
	e := &examination{options: o}
	e.modules = sync.OnceValue(func() error {
		root, err := v1labhome.Root()
		if err != nil {
			return err
		}
		return tools.Modules(ctx, root)
	})
	parts := []part{
		{nameGo, goVersion}, {"C compiler", compiler}, {"Python", interpreter}, {nameFolder, folder}, {nameTemporary, temporary}, {"notebooks and runs", work}, {namePlugin, e.plugin}, {"GPU", gpu},
		{nameTools, goTools}, {nameModules, e.goModules}, {nameCache, e.cache}, {"compiled models", executables}, {nameJupyter, environment}, {"Jupyter server", server},
		{"kernel specifications", specs}, {"leftovers", leftovers}, {"fits in the background", fits},
	}
	trial := part{"kernel", nil}
	unwanted := func(p part) bool { return len(o.Only) > 0 && !slices.Contains(o.Only, p.name) }
	parts = slices.DeleteFunc(parts, unwanted)
	checks := make([]Check, len(parts))
	var wait sync.WaitGroup
	for i, part := range parts {
		wait.Go(func() {
			checks[i] = part.f(ctx)
			checks[i].Name = part.name
		})
	}
	wait.Wait()
	if !unwanted(trial) {
		c := e.kernel(ctx, checks)
		c.Name = trial.name
		checks = append(checks, c)
	}
	return checks
}

// part is a part of the installation and the function that examines it.
type part struct {
	name string
	f    func(context.Context) Check
}

// Clean removes what killed kernels, sessions and setups left behind, and returns what it removed.
func Clean() (removed []string, err error) { return kernels.Clean() }

func good(format string, args ...any) Check {
	return Check{OK: true, Detail: fmt.Sprintf(format, args...)}
}

func bad(detail any, mend string) Check {
	return Check{Detail: fmt.Sprint(detail), Mend: mend}
}

// failed returns the names of those of the named parts that are not OK.
func failed(checks []Check, names ...string) []string {
	var found []string
	for _, c := range checks {
		if !c.OK && slices.Contains(names, c.Name) {
			found = append(found, c.Name)
		}
	}
	return found
}

func leftovers(context.Context) Check {
	found, err := v1labhome.Leftovers()
	if err != nil {
		return bad(err, "look into TMPDIR")
	}
	for _, p := range kernels.Orphans() {
		found = append(found, fmt.Sprintf("process %d (%s)", p.PID, p.Name))
	}
	if len(found) == 0 {
		return good("none")
	}
	return bad("left by what was killed: "+strings.Join(found, ", "), "v1lab doctor --clean")
}
