package notebooks_test

import (
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/janpfeifer/gonb/gonbui/protocol"

	"v1lab/kernels"
	"v1lab/kernels/ipynb"
	"v1lab/kernels/v1labhome"
	"v1lab/notebooks/display/displaytest"
)

// ownProcess finds cells that compute in their own process, with the engine or without: those that fit, and those with readouts of their own.
var ownProcess = regexp.MustCompile(`lab\.(Fit|FitInBackground|StartFit|Follow|StopFit|Refits)\(|\.Make\(`)

// A notebook shows the same through the engine and without it, to the last pixel: what its cells, but for those that fit, show as one program of either
// kind. The quickstart is tried and the one with the real kernel's turn; all if V1LAB_TEST_NOTEBOOKS says so.
func TestSameThroughTheEngine(t *testing.T) {
	if testing.Short() {
		t.Skip("links programs")
	}
	for _, name := range []string{"quickstart", "cell_types", "features", "receptive_fields", "tuning", "in_silico", "dataset"} {
		if name != "quickstart" && !withKernel(t, name) {
			continue
		}
		t.Run(name, func(t *testing.T) {
			params := maps.Clone(toy)
			params["run"] = filepath.Join(t.TempDir(), "run")
			maps.Copy(params, map[string]string{"images": "1", "mei_steps": "5", "each": "2", "seeds": "1"})
			cells, err := ipynb.Read(name + ".ipynb")
			if err != nil {
				t.Fatal(err)
			}
			show := func(as string, cmd *exec.Cmd) displaytest.Shown {
				t.Helper()
				cmd.Env = append(cmd.Env, "TMPDIR="+t.TempDir(), kernels.HeadlessEnv+"=1") // nobody moves sliders
				for name, value := range params {
					cmd.Env = append(cmd.Env, v1labhome.ParamVariable(name)+"="+value)
				}
				shown, err := displaytest.Run(cmd)
				if err != nil {
					t.Fatalf("%s: %v, after %s", as, err, shown.Stdout)
				}
				for i := range shown.Messages {
					shown.Messages[i].DisplayID = ""
				}
				return shown
			}
			here := func() displaytest.Shown { return show("here", program(t, name)) }
			here() // fits, and keeps results in the run folder, which both show then
			var served []string
			for _, c := range cells {
				if ownProcess.MatchString(c) {
					c, _, _ = strings.Cut(c, "%%\n") // what it declares
				}
				served = append(served, c)
			}
			path, err := programOf(name+"_away", served, "-tags=v1lab_engine")
			if err != nil {
				t.Fatal(err)
			}
			asks := exec.CommandContext(t.Context(), path)
			asks.Env = os.Environ()
			want, away := here(), show("through the engine", asks)
			left := want.Messages
			for i, m := range away.Messages {
				at := slices.IndexFunc(left, func(w protocol.DisplayData) bool { return reflect.DeepEqual(w, m) })
				if at < 0 {
					t.Fatalf("message %d of %d is shown through the engine alone: %.500v", i, len(away.Messages), m)
				}
				left = left[at+1:]
			}
			const ofFits = 2 // messages of a fit that is over
			if extra, most := len(want.Messages)-len(away.Messages), 2*ofFits; len(away.Messages) < 3 || extra > most || want.Stdout != away.Stdout {
				t.Errorf("%d messages through the engine, %d without; printed %q and %q", len(away.Messages), len(want.Messages), away.Stdout, want.Stdout)
			}
		})
	}
}
