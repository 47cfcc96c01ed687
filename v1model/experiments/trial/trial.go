package trial

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"v1lab/v1model/experiments/bench"
)

// Options say what to try.
type Options struct {
	Out       string // folder of the report and of what it is made from
	Backend   string // name of the device's backend
	Reference string // name of the backend with which the device is compared
	// Ours makes the system that computes on a backend, with flags of XLA.
	Ours       func(backend, flags string) bench.System
	References string // folder of references made elsewhere with MakeReference; empty for none
	// Peers are timed beside ours. Those that cannot run are in Lacking by name, with the reason.
	Peers   []bench.System
	Lacking map[string]string

	Agree    []bench.Case  // compared with the reference
	Time     []bench.Case  // timed
	Fit      bench.Case    // fitted several times; its config has a schedule of a fixed number of steps
	StopAt   int           // step after which a fit is stopped and resumed
	MEI      int           // neurons with most exciting images, of the first case that is timed; 0 for none
	MEISteps int           // most steps of an image, 0 for the paper's
	TF32     bool          // the device has TF32
	Rounds   int           // of each timing
	Kept     string        // folder of autotuning results
	Limit    time.Duration // of the whole call
	Slower   int           // factor on the limits of parts, which suit a GPU; 0 means 1
	Progress io.Writer
}

// Flags of XLA for GPUs.
const (
	Deterministic = "--xla_gpu_exclude_nondeterministic_ops=true"
	keptFlag      = "--xla_gpu_per_fusion_autotune_cache_dir="
)

// lacking is the reason why a part cannot be made here.
type lacking struct{ error }

// step is a part that is to be made.
type step struct {
	name  string
	limit time.Duration
	run   func(ctx context.Context) error // adds to the report only what is whole
}

type trial struct {
	Options
	report Report
	dir    string // of files that parts share
}

// Run makes the parts of a trial that are not done yet, and returns what is known afterwards. Faults of a part are in the report. An error means that the
// trial itself could not go on; the report in Out is that of the parts before.
func Run(ctx context.Context, o Options) (*Report, error) {
	if o.Progress == nil {
		o.Progress = io.Discard
	}
	if err := os.MkdirAll(filepath.Join(o.Out, "work"), 0o755); err != nil {
		return nil, err
	}
	report, err := read(o.Out)
	if err != nil {
		return nil, err
	}
	if report.Version > 0 && (report.Backend != o.Backend || report.Reference != o.Reference) {
		return nil, fmt.Errorf("%s: a trial of %s against %s, not of %s against %s; accepted: another folder", filepath.Join(o.Out, ReportFile), report.Backend, report.Reference, o.Backend, o.Reference)
	}
	out, err := filepath.Abs(o.Out)
	if err != nil {
		return nil, err
	}
	t := &trial{Options: o, report: report, dir: filepath.Join(out, "work")}
	t.report.Version, t.report.Backend, t.report.Reference = Version, o.Backend, o.Reference
	t.report.Machine.Processor, t.report.Machine.Threads = processor(), runtime.NumCPU()
	end := time.Now().Add(o.Limit)
	for _, s := range t.steps() {
		if p := t.report.part(s.name); p != nil && p.State == Done {
			continue
		}
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		t.set(t.make(ctx, s, end))
		if err := t.report.write(o.Out); err != nil {
			return nil, err
		}
	}
	return &t.report, ctx.Err()
}

// shortest is the time below which a part is not begun.
const shortest = 5 * time.Second

// make makes one part within its limit and that of the trial.
func (t *trial) make(ctx context.Context, s step, end time.Time) Part {
	p := Part{Name: s.name}
	limit := min(s.limit*time.Duration(max(t.Slower, 1)), time.Until(end))
	if limit < shortest {
		p.State, p.Why = Waiting, "run the command again to go on"
		return p
	}
	fmt.Fprintf(t.Progress, "%s, at most %.0f s\n", s.name, limit.Seconds()) //nolint:errcheck // progress only
	bounded, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	begin := time.Now()
	err := s.run(bounded)
	p.Seconds = time.Since(begin).Seconds()
	var missing lacking
	switch {
	case err == nil:
		p.State = Done
	case errors.As(err, &missing):
		p.State, p.Why = Lacking, firstLine(err)
	case bounded.Err() != nil && ctx.Err() == nil:
		p.State, p.Why = Late, fmt.Sprintf("stopped after %.0f s", limit.Seconds())
	default:
		p.State, p.Why = Failed, firstLine(err)
	}
	if p.State != Done {
		fmt.Fprintf(t.Progress, "%s: %s: %s\n", p.Name, p.State, p.Why) //nolint:errcheck // progress only
	}
	return p
}

func (t *trial) set(p Part) {
	if old := t.report.part(p.Name); old != nil {
		*old = p
		return
	}
	t.report.Parts = append(t.report.Parts, p)
}

// steps lists the parts, what matters most first.
func (t *trial) steps() []step {
	list := []step{{"device", 60 * time.Second, t.probe}}
	add := func(limit time.Duration, run func(context.Context) error, name ...string) {
		list = append(list, step{strings.Join(name, ": "), limit, run})
	}
	for _, c := range t.Agree {
		add(75*time.Second, func(ctx context.Context) error { return t.agree(ctx, c, t.ours(false), Float32) }, "agreement", c.Name)
		if t.TF32 {
			add(45*time.Second, func(ctx context.Context) error { return t.agree(ctx, c, t.withoutTF32(), Float32) }, "agreement, "+noTF32, c.Name)
			add(45*time.Second, func(ctx context.Context) error { return t.agree(ctx, c, t.ours(true), TF32) }, "agreement, TF32", c.Name)
		}
	}
	add(150*time.Second, t.determinism, "determinism")
	add(60*time.Second, t.resume, "resume")
	for _, c := range t.Time {
		add(60*time.Second, func(ctx context.Context) error { return t.own(ctx, c, false) }, "speed", bench.Ours, c.Name)
	}
	if t.TF32 {
		for _, c := range t.Time {
			add(60*time.Second, func(ctx context.Context) error { return t.own(ctx, c, true) }, "speed", bench.Ours+", TF32", c.Name)
		}
	}
	if t.MEI > 0 {
		add(60*time.Second, t.images, "speed", "most exciting images")
	}
	for _, peer := range t.Peers {
		for _, c := range t.Time {
			add(150*time.Second, func(ctx context.Context) error { return t.against(ctx, c, peer) }, "speed", peer.Name, c.Name)
		}
	}
	return list
}

// own times ours on a case.
func (t *trial) own(ctx context.Context, c bench.Case, tf32 bool) error {
	problem, err := t.problem(c)
	if err != nil {
		return err
	}
	return t.speed(ctx, c, t.ours(tf32), problem, "")
}

// ours is our system on the device, with the flags that its plugin takes.
func (t *trial) ours(tf32 bool) bench.System {
	s := t.Ours(t.Backend, t.report.Machine.Flags)
	if tf32 {
		s = t.Ours(t.Backend+",tf32", t.report.Machine.Flags)
		s.Name += ", TF32"
	}
	return s
}

// noTF32 turns TF32 off in NVIDIA's libraries. Without it, they may still compute convolutions in TF32, because go-xla asks for full precision of products only.
const noTF32 = "NVIDIA_TF32_OVERRIDE=0"

// withoutTF32 is ours where not even convolutions are in TF32, which tells why ours in float32 would be too far from the reference.
func (t *trial) withoutTF32() bench.System {
	s := t.ours(false)
	s.Name, s.Env = s.Name+", "+noTF32, append(s.Env, noTF32)
	return s
}

func firstLine(err error) string {
	line, _, _ := strings.Cut(strings.TrimSpace(err.Error()), "\n")
	return line
}
