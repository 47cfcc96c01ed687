package pytorch_test

import (
	"encoding/binary"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"v1lab/datasets"
	"v1lab/datasets/array"
	"v1lab/kernels/pjrt"
	"v1lab/v1model"
	"v1lab/v1model/fitted"
	"v1lab/v1model/pytorch"
	"v1lab/v1model/readout"
	"v1lab/v1model/runfolder"
	"v1lab/v1model/weights"
)

// cases are the kinds of core and readout, and what covariates do, each as settings.
func cases() map[string][]string {
	c := map[string][]string{
		"hermite, three layers": {"core.filter_sizes=5,3,3", "core.features=2,2,3", "core.strides=1,1,1", "core.padding=same,same,valid", "core.activations=softplus,softplus,none", "core.smoothness_rel=1,1,1", "core.sparsity_rel=1,1,1"},
		"rotated, bilinear":     {"core.kind=rotated", "core.interpolation=bilinear", "core.rotations=6"},
		"rotated, nearest":      {"core.kind=rotated", "core.rotations=8", "core.filter_sizes=7,4"},
		"shared biases":         {"core.shared_biases=true"},
		"dilated cnn":           {"core.kind=cnn", "core.rotations=1", "core.dilations=1,2", "core.activations=softplus,none"},
		"gaussian loss":         {"fit.loss=gaussian"},
		"signed masks":          {"readout.positive_masks=false", "readout.positive_features=true"},
		"cortex":                {"readout.kind=gaussian", "readout.grid=cortex"},
		"stacked": {"core.kind=stacked", "core.rotations=1", "core.convolutions=plain,separable", "core.smoothness_rel=1,0", "core.sparsity=0", "core.sparsity_rel=0,0", "core.norms=affine,scale",
			"core.conv_biases=true,true", "readout.kind=gaussian", "readout.grid=cortex_mlp", "readout.grid_hidden=4", "rate=elu1"},
		"stacked without norms": {"core.kind=stacked", "core.rotations=1", "core.convolutions=separable,plain", "core.sparsity=0", "core.sparsity_rel=0,0", "core.norms=none,bias",
			"core.dilations=1,2", "readout.kind=gaussian", "readout.grid=cortex_mlp", "readout.grid_hidden=4,3", "readout.grid_final=none", "modulation.kind=channels", "modulation.covariates=running", "shifter.kind=mlp", "shifter.covariates=x,y"},
		"gain":                         {"modulation.kind=gain", "modulation.covariates=running,pupil", "modulation.hidden=3", "modulation.shared=neuron"},
		"shared gain":                  {"modulation.kind=gain", "modulation.covariates=running", "readout.kind=gaussian"},
		"channels, moved masks":        {"modulation.kind=channels", "modulation.covariates=running", "shifter.kind=mlp", "shifter.covariates=x,y"},
		"moved positions":              {"shifter.kind=mlp", "shifter.covariates=x,y", "shifter.hidden=4", "readout.kind=gaussian", "modulation.kind=gain", "modulation.covariates=y"},
		"sessions, masks, hidden gain": {"modulation.kind=gain", "modulation.covariates=running,pupil", "modulation.hidden=3", "modulation.sessions=each", "shifter.kind=mlp", "shifter.covariates=x,pupil", "shifter.sessions=each"},
		"sessions, positions":          {"modulation.kind=gain", "modulation.covariates=running", "modulation.hidden=2", "modulation.shared=neuron", "modulation.sessions=each", "shifter.kind=mlp", "shifter.covariates=x,y", "readout.kind=gaussian"},
		"sessions, moved positions":    {"modulation.kind=channels", "modulation.covariates=running", "shifter.kind=mlp", "shifter.covariates=x,y", "shifter.sessions=each", "readout.kind=gaussian"},
	}
	for _, kind := range readout.Kinds() {
		c[kind] = []string{"readout.kind=" + kind}
	}
	return c
}

// stored makes a run of images of 13 x 14 pixels and 2 channels whose weights are as if fitted.
func stored(t *testing.T, name string, settings []string) *fitted.Run {
	t.Helper()
	small := []string{"core.filter_sizes=5,4", "core.features=2,3", "core.strides=2,1", "core.padding=same,valid", "core.activations=relu,elu", "core.smoothness_rel=1,1", "core.sparsity_rel=1,1"}
	config, err := v1model.Load("quickstart", append(small, settings...)...)
	if err != nil {
		t.Fatal(err)
	}
	n := &datasets.Normalisation{Method: "reference", ImageMean: 117.25, ImageSD: 38, ResponseSD: []float64{1, 2, 3, 4, 5}}
	record := runfolder.Dataset{Shape: v1model.Shape{Height: 13, Width: 14, Channels: 2, Neurons: 5}, Normalisation: n}
	switch name {
	case "shared biases":
		n.Method, n.PixelMean, n.PixelSD = datasets.Pixel, make([]float64, 13*14*2), make([]float64, 13*14*2)
		for i := range n.PixelMean {
			n.PixelMean[i], n.PixelSD[i] = 100+float64(i%30), 20+float64(i%7)
		}
	case "signed masks":
		record.Normalisation = nil
	}
	if strings.HasPrefix(name, "sessions") {
		record.Sessions = []runfolder.Session{{Name: "monday", Neurons: 2}, {Name: "tuesday", Neurons: 3}}
		record.Shape = record.Shape.OfSessions(2, 3)
	}
	m, err := v1model.New(config, record.Shape)
	if err != nil {
		t.Fatal(err)
	}
	w, random := weights.Init(m.Specs(), 7), weights.Stream(7, "fitted")
	for _, s := range m.Specs() { // no variable at its start value
		for i := range w.Float32(s.Name) {
			w.Float32(s.Name)[i] += 0.3 * float32(random.Float64())
		}
	}
	path := filepath.Join(t.TempDir(), "run")
	if err := runfolder.Store(path, config, record, w); err != nil {
		t.Fatal(err)
	}
	b, err := pjrt.Backend(t.Context(), "go", os.Stderr) // it compiles nothing
	if err != nil {
		t.Fatal(err)
	}
	run, err := fitted.Open(t.Context(), path, fitted.Options{Device: fitted.On(b)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { run.Close() }) //nolint:errcheck // frees memory only
	return run
}

// read reads the header and the data of a file of tensors as the format's page describes it.
func read(t *testing.T, path string) (header map[string]struct {
	Dtype   string
	Shape   []int
	Offsets [2]int `json:"data_offsets"`
}, data []byte) {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	length := binary.LittleEndian.Uint64(content)
	data = content[8+length:]
	var all map[string]json.RawMessage
	if err := json.Unmarshal(content[8:8+length], &all); err != nil || length%8 != 0 {
		t.Fatalf("header of %d bytes: %v", length, err)
	}
	delete(all, "__metadata__")
	text, err := json.Marshal(all)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &header); err != nil {
		t.Fatal(err)
	}
	places, end := make([][2]int, 0, len(header)), 0
	for name, h := range header {
		size := map[string]int{"F32": 4, "I64": 8}[h.Dtype]
		for _, d := range h.Shape {
			size *= d
		}
		if h.Offsets[1]-h.Offsets[0] != size || h.Offsets[0]%map[string]int{"F32": 4, "I64": 8}[h.Dtype] != 0 {
			t.Errorf("%s: %+v", name, h)
		}
		places = append(places, h.Offsets)
	}
	slices.SortFunc(places, func(a, b [2]int) int { return a[0] - b[0] })
	for _, p := range places { // no gaps, none twice
		if p[0] != end {
			t.Errorf("data begin at %d, want %d", p[0], end)
		}
		end = p[1]
	}
	if end != len(data) {
		t.Errorf("%d bytes of data, want %d", len(data), end)
	}
	return header, data
}

func floats(data []byte) []float32 {
	values := make([]float32, len(data)/4)
	for i := range values {
		values[i] = math.Float32frombits(binary.LittleEndian.Uint32(data[4*i:]))
	}
	return values
}

// Every kind is written whole: no part of the template is left, settings are literals, and every tensor of the weights is one of model.py's.
func TestEveryKindIsWritten(t *testing.T) {
	for name, settings := range cases() {
		run, dir := stored(t, name, settings), filepath.Join(t.TempDir(), "torch")
		if err := pytorch.Write(t.Context(), run, dir); err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		text, err := os.ReadFile(filepath.Join(dir, pytorch.ModelFile))
		if err != nil {
			t.Fatal(err)
		}
		program := string(text)
		for _, bad := range []string{"{{", "<no value>", "null", "true,", "=true", "\t", "\n\n\n\n"} {
			if strings.Contains(program, bad) {
				t.Errorf("%s: %s has %q", name, pytorch.ModelFile, bad)
			}
		}
		for _, want := range []string{"NEURONS = 5", "activation=", "pad=(", "# [batch, neurons]"} {
			if !strings.Contains(program, want) {
				t.Errorf("%s: %s lacks %q", name, pytorch.ModelFile, want)
			}
		}
		if several := strings.Contains(program, `SESSIONS = ["monday","tuesday"]`); several != strings.HasPrefix(name, "sessions") {
			t.Errorf("%s: several sessions %v", name, several)
		}
		header, _ := read(t, filepath.Join(dir, pytorch.WeightsFile))
		for tensor := range header {
			last := tensor[strings.LastIndex(tensor, ".")+1:]
			if strings.Contains(tensor, "norm.") {
				last = "norm"
			}
			if regexp.MustCompile(`^\d+$`).MatchString(last) { // of a ParameterList
				last = strings.Split(tensor, ".")[1]
			}
			if !strings.Contains(program, "self."+last+" = ") && !strings.Contains(program, `self.register_buffer("`+last+`"`) {
				t.Errorf("%s: %s does not define %s", name, pytorch.ModelFile, tensor)
			}
		}
		check, data := read(t, filepath.Join(dir, pytorch.CheckFile))
		rates := floats(data[check["rates"].Offsets[0]:check["rates"].Offsets[1]])
		if !slices.Equal(check["rates"].Shape, []int{4, 5}) || !slices.Equal(check["images"].Shape, []int{4, 2, 13, 14}) || rates[0] == rates[5] {
			t.Errorf("%s: check %+v, rates %v", name, check, rates)
		}
	}
}

// What model.py does not have is refused by name, and nothing is written.
func TestRefused(t *testing.T) {
	run, dir := stored(t, "", nil), filepath.Join(t.TempDir(), "torch")
	config := run.Config
	for field, change := range map[string]func(*v1model.Config){
		`core.kind: "other"`:         func(c *v1model.Config) { c.Core.Kind = "other" },
		`readout.kind: "mine"`:       func(c *v1model.Config) { c.Readout.Kind = "mine" },
		`readout.grid: "planet"`:     func(c *v1model.Config) { c.Readout.Grid = "planet" },
		`fit.loss: "binomial"`:       func(c *v1model.Config) { c.Fit.Loss = "binomial" },
		`modulation.kind: "thirst"`:  func(c *v1model.Config) { c.Modulation.Kind = "thirst" },
		`shifter.kind: "spring"`:     func(c *v1model.Config) { c.Shifter.Kind = "spring" },
		`core.options is set`:        func(c *v1model.Config) { c.Core.Options = map[string]float64{"a": 1} },
		`rate: "exp"`:                func(c *v1model.Config) { c.Rate = "exp" },
		`readout.options is set`:     func(c *v1model.Config) { c.Readout.Options = map[string]float64{"a": 1} },
		`core.source is set, which `: func(c *v1model.Config) { c.Core.Source = "elsewhere" },
	} {
		c := config
		change(&c)
		if err := pytorch.Servable(c); err == nil || !strings.Contains(err.Error(), field) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v", field, err)
		}
	}
	if err := os.WriteFile(dir, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := pytorch.Write(t.Context(), run, dir); err == nil || !strings.Contains(err.Error(), dir) {
		t.Errorf("a file in place of the folder: %v", err)
	}
	path := filepath.Join(t.TempDir(), "w.safetensors")
	if err := pytorch.WriteSafetensors(path, map[string]array.Array{"a": array.New([]string{"b"})}, nil); err == nil || !strings.Contains(err.Error(), `array "a" is str; accepted: float32 and int64`) {
		t.Errorf("text: %v", err)
	}
	if _, err := os.Stat(path); err == nil {
		t.Error("a file was written nevertheless")
	}
}
