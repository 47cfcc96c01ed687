package webpage

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strings"

	"github.com/gomlx/compute"

	"v1lab/v1model/runfolder"
	"v1lab/v1model/version"
)

// provenance lists the origin of a run's numbers: folder, config, recording, and the command that repeats the fit.
func (a *analysed) provenance() ([]fact, error) {
	var facts []fact
	add := func(name, value, remark string) { facts = append(facts, fact{name, value, remark}) }
	f, d := a.run.Folder, a.run.Dataset
	add("run folder", a.Path, fmt.Sprintf("format version %d", d.Version))
	for _, file := range []struct{ what, name string }{{"fit begun", "config.yaml"}, {"fit ended", "result.json"}} {
		if info, err := os.Stat(filepath.Join(f.Path, file.name)); err == nil {
			add(file.what, info.ModTime().Format("2 January 2006, 15:04 MST"), "by the date of "+file.name)
		}
	}
	if m := a.result.Made; m.Program != "" {
		add("fitted by", "v1lab "+m.Program, "")
		add("fitted on", m.Device, m.Backend)
		if m.Plugin != "" {
			add("plugin of the fit", m.Plugin, "SHA-256 "+orUnknown(m.SHA256))
		}
	}
	if f.Config.Preset != "" {
		add("preset", f.Config.Preset, "start of the config below")
	}
	add("seed", fmt.Sprint(f.Config.Fit.Seed), "")
	if from := f.Config.Fit.CoreFrom; from != nil {
		add("core taken from", from.Run, fmt.Sprintf("fitted to the recording %s; fingerprint of the core %s", short(from.Data), short(from.Values)))
	}
	if d.Spec != "" {
		add("recording", d.Spec, "")
	}
	add("fingerprint", orUnknown(d.Fingerprint), "SHA-256 of the recording's content")
	s := d.Shape
	add("shape", fmt.Sprintf("%d \u00d7 %d pixels, %d channels, %d neurons", s.Height, s.Width, s.Channels, s.Neurons), "")
	if data, without := a.run.Recording(); without == nil {
		add("images", fmt.Sprintf("%d training, %d validation, %d test", data.Train.Images.N, data.Val.Images.N, data.Test.Images.N), fmt.Sprintf("up to %d repeats", data.Test.Responses.Repeats))
	}
	if words, err := a.run.Behaviour(); err == nil && words != "" {
		add("behaviour", words, "pictures, most exciting images and tuning are computed there; scores predict each trial with its own covariates")
	}
	for _, step := range d.Preparation {
		text, err := json.Marshal(step)
		if err != nil {
			return nil, fmt.Errorf("preparation: %w", err)
		}
		add("prepared by", clipped(string(text), 300), "")
	}
	if n := d.Normalisation; n != nil {
		add("normalisation", n.Method, fmt.Sprintf("image mean %.6g, SD %.6g; responses by each neuron's SD", n.ImageMean, n.ImageSD))
	}
	if sp := d.Split; sp != nil {
		add("split", fmt.Sprintf("seed %d", sp.Seed), fmt.Sprintf("validation share %g, test share %g", sp.ValShare, sp.TestShare))
	}
	if d.Spec != "" && (!a.over || a.result.Reason != runfolder.ReasonImported) {
		command := fmt.Sprintf("v1lab fit --data %s --config config.yaml --out RUN", quoted(d.Spec))
		if from := f.Config.Fit.CoreFrom; from != nil {
			command += " --core-from " + quoted(from.Run)
		}
		add("again", command, "with the config below as config.yaml")
	}
	return facts, nil
}

// program lists the versions and the device that made the page. backend is nil if nothing was computed.
func program(backend compute.Backend) []fact {
	var facts []fact
	if backend != nil {
		facts = append(facts, fact{"device", fmt.Sprintf("%s: %s", backend.Name(), backend.DeviceDescription(0)), ""})
	}
	facts = append(facts, fact{"Go", runtime.Version(), runtime.GOOS + "/" + runtime.GOARCH})
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return facts
	}
	facts = append([]fact{{"v1lab", version.Of(info), fmt.Sprintf("run folders up to version %d", runfolder.Version)}}, facts...)
	for _, m := range info.Deps {
		if m.Path == "github.com/gomlx/gomlx" || m.Path == "github.com/gomlx/go-xla" || m.Path == "gonum.org/v1/gonum" {
			facts = append(facts, fact{m.Path, m.Version, ""})
		}
	}
	return facts
}

func orUnknown(s string) string {
	if s == "" {
		return "not known"
	}
	return s
}

func short(fingerprint string) string {
	if len(fingerprint) > 12 {
		return fingerprint[:12]
	}
	return orUnknown(fingerprint)
}

func clipped(s string, most int) string {
	if len(s) > most {
		return s[:most] + " \u2026"
	}
	return s
}

// quoted quotes s for a shell.
func quoted(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }
