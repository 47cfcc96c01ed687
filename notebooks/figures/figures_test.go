package figures_test

import (
	"bytes"
	"encoding/xml"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"v1lab/notebooks/figures"
	"v1lab/notebooks/figures/figurestest"
)

func random(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 0)) }

// fit makes up a training run with one drop of the learning rate.
func fit() []figures.LossPoint {
	rng := random(1)
	var points []figures.LossPoint
	for step := 1; step <= 900; step++ {
		p := figures.LossPoint{Step: step, Loss: 120 + 60*math.Exp(-float64(step)/60) + 3*rng.NormFloat64(), Validation: math.NaN(), LearningRate: 0.002}
		if step > 600 {
			p.LearningRate = 0.0002
		}
		if step%50 == 0 {
			p.Validation = 126 + 55*math.Exp(-float64(step)/70) + 3e-5*math.Pow(max(float64(step)-500, 0), 2)/2
		}
		points = append(points, p)
	}
	return points
}

func correlations() (ceiling, corr []float64, group []int) {
	rng := random(2)
	for i := range 150 {
		c := min(max(0.8+0.1*rng.NormFloat64(), 0.3), 0.98)
		ceiling = append(ceiling, c)
		corr = append(corr, c*(0.93-0.15*math.Abs(rng.NormFloat64())))
		group = append(group, i%5)
	}
	ceiling[3], corr[7] = math.NaN(), 0
	return ceiling, corr, group
}

// gabors are [size, size, 1, rotations*features], three features and a centre-surround one.
func gabors(size, rotations, features int) []float32 {
	w := make([]float32, size*size*rotations*features)
	for i := range size * size {
		y, x := float64(i/size)-float64(size-1)/2, float64(i%size)-float64(size-1)/2
		for r := range rotations {
			a := 2 * math.Pi * float64(r) / float64(rotations)
			u, v := x*math.Cos(a)-y*math.Sin(a), x*math.Sin(a)+y*math.Cos(a)
			envelope := math.Exp(-(u*u + v*v) / float64(size))
			for f := range features {
				value := envelope * math.Cos(float64(f+1)*u*0.6+float64(f)) * (1 - 0.1*v)
				if f == features-1 {
					value = math.Exp(-(u*u+v*v)/4) - 0.4*envelope
				}
				w[i*rotations*features+r*features+f] = float32(value / float64(f+1))
			}
		}
	}
	return w
}

func masks(n, height, width int) []float32 {
	rng := random(3)
	m := make([]float32, n*height*width)
	for i := range n {
		cy, cx, s := float64(height)*(0.2+0.6*rng.Float64()), float64(width)*(0.2+0.6*rng.Float64()), 1+2*rng.Float64()
		for j := range height * width {
			y, x := float64(j/width)-cy, float64(j%width)-cx
			m[i*height*width+j] = float32(math.Exp(-(x*x+y*y)/(2*s*s)) + 0.02*rng.Float64())
		}
	}
	return m
}

var typeNames = []string{"simple", "complex", "centre-surround", "corner", "suppressed"}

func power() figures.PowerData {
	rng := random(4)
	d := figures.PowerData{Features: 8, Types: typeNames}
	for i := range 150 {
		group := i * 7 / 150
		d.Order, d.Group = append(d.Order, i), append(d.Group, group)
		truth := min(group, 4)
		if rng.Float64() < 0.06 {
			truth = rng.IntN(5)
		}
		d.Truth = append(d.Truth, truth)
		row := make([]float32, d.Features)
		left := float32(1)
		for _, f := range []int{group, (group + 3) % 8, rng.IntN(8)} {
			part := left * float32(0.55+0.4*rng.Float64())
			row[f] += part
			left -= part
		}
		d.Values = append(d.Values, row...)
	}
	return d
}

func templates(k, rotations, features int) []float32 {
	t := make([]float32, k*rotations*features)
	for j := range k {
		for r := range rotations {
			a := 2 * math.Pi * float64(r) / float64(rotations)
			t[(j*rotations+r)*features+j%features] = float32(math.Exp(3 * (math.Cos(a) - 1)))
			t[(j*rotations+r)*features+(j+3)%features] -= float32(0.1*float64(j)) * float32(math.Exp(2*(math.Cos(a-math.Pi/2)-1)))
		}
	}
	return t
}

func leaves(n, height, width int) []float32 {
	rng := random(5)
	images := make([]float32, n*height*width)
	for i := range n {
		for range 60 {
			cy, cx, r, v := float64(height)*rng.Float64(), float64(width)*rng.Float64(), 1.5/math.Sqrt(rng.Float64()+0.01), float32(rng.NormFloat64())
			for j := range height * width {
				if math.Hypot(float64(j/width)-cy, float64(j%width)-cx) < r {
					images[i*height*width+j] = v
				}
			}
		}
	}
	return images
}

// compared has three fits of each model, one of them of one only.
func compared() []figures.ModelScores {
	return []figures.ModelScores{
		{Name: "quickstart", Corr: []float64{0.71, 0.74, 0.73}, Best: 1}, {Name: "quickstart-dense", Corr: []float64{0.66, 0.69, math.NaN()}, Best: 0},
		{Name: "quickstart-cnn64", Corr: []float64{0.61}},
	}
}

func TestFigures(t *testing.T) {
	ceiling, corr, group := correlations()
	for name, draw := range map[string]func() (*figures.Figure, error){
		"loss_curve":            func() (*figures.Figure, error) { return figures.LossCurve("Poisson loss per image (nats)", fit()) },
		"correlation_histogram": func() (*figures.Figure, error) { return figures.CorrelationHistogram(corr, ceiling) },
		"correlation_scatter":   func() (*figures.Figure, error) { return figures.CorrelationScatter(ceiling, corr, group, typeNames) },
		"filters":               func() (*figures.Figure, error) { return figures.Filters(gabors(13, 8, 4), 13, 8, 4) },
		"masks":                 func() (*figures.Figure, error) { return figures.Masks(masks(14, 24, 24), 24, 24, nil) },
		"power_matrix":          func() (*figures.Figure, error) { return figures.PowerMatrix(power()) },
		"clusters": func() (*figures.Figure, error) {
			return figures.Clusters([][]int{{31, 0, 0, 1, 0}, {0, 30, 0, 0, 0}, {0, 0, 29, 0, 0}, {0, 0, 0, 28, 2}, {0, 0, 1, 1, 27}}, typeNames)
		},
		"cluster_templates": func() (*figures.Figure, error) {
			return figures.ClusterTemplates(templates(5, 8, 8), 8, 8, []int{32, 30, 29, 30, 29})
		},
		"comparison": func() (*figures.Figure, error) { return figures.Comparison(compared(), 0.83) },
		"scaling": func() (*figures.Figure, error) {
			return figures.Scaling("Time", []figures.ScalingLine{
				{Name: "neurons", Values: []float64{100, 300, 1000, 3000, 6000}, Costs: []float64{1, 1.1, 1.6, 3, 5.5}, Slope: 0.42},
				{Name: "batch", Values: []float64{8, 32, 128}, Costs: []float64{0.3, 1.1, 4.4}, Slope: 0.97}})
		},
		"example_images": func() (*figures.Figure, error) { return figures.ExampleImages(leaves(12, 36, 64), 36, 64) },
	} {
		t.Run(name, func(t *testing.T) { compare(t, name, draw) })
	}
}

// compare holds a figure against testdata/name.png.
func compare(t *testing.T, name string, draw func() (*figures.Figure, error)) {
	figure, err := draw()
	if err != nil {
		t.Fatal(err)
	}
	figurestest.Compare(t, figure, 144, name)
	var svg bytes.Buffer
	if err := figure.WriteSVG(&svg); err != nil {
		t.Fatal(err)
	}
	if err := xml.Unmarshal(svg.Bytes(), new(struct{ XMLName xml.Name })); err != nil {
		t.Errorf("SVG: %v", err)
	}
}

// Whatever the numbers are, drawing gives an error or a picture.
func TestAnyDataCanBeDrawn(t *testing.T) {
	value := rapid.OneOf(rapid.Float64(), rapid.SampledFrom([]float64{0, 0, 1, -1, 1e-30, math.MaxFloat64, math.NaN(), math.Inf(1), math.Inf(-1)}))
	rapid.Check(t, func(t *rapid.T) {
		size := rapid.IntRange(0, 4).Draw(t, "size")
		n := rapid.IntRange(0, 16).Draw(t, "n")
		values := rapid.SliceOfN(value, n*size, n*size).Draw(t, "values")
		narrow := make([]float32, len(values))
		for i, v := range values {
			narrow[i] = float32(v)
		}
		ints := rapid.SliceOfN(rapid.IntRange(-2, 12), n, n).Draw(t, "ints")
		points := make([]figures.LossPoint, n)
		corr := make([]float64, n)
		for i := range points {
			points[i] = figures.LossPoint{Step: ints[i], Loss: value.Draw(t, "loss"), Validation: value.Draw(t, "validation"), LearningRate: value.Draw(t, "rate")}
			corr[i] = rapid.SampledFrom([]float64{0, 1, -1, 0.3, math.NaN()}).Draw(t, "corr")
		}
		draw := rapid.SampledFrom([]func() (*figures.Figure, error){
			func() (*figures.Figure, error) { return figures.LossCurve("Poisson loss per image (nats)", points) },
			func() (*figures.Figure, error) { return figures.CorrelationHistogram(corr, nil) },
			func() (*figures.Figure, error) { return figures.CorrelationHistogram(corr, corr) },
			func() (*figures.Figure, error) { return figures.CorrelationScatter(corr, corr, ints, []string{"a"}) },
			func() (*figures.Figure, error) {
				return figures.Comparison([]figures.ModelScores{{Name: "a", Corr: corr, Best: size}, {Corr: corr}}, value.Draw(t, "ceiling"))
			},
			func() (*figures.Figure, error) { return figures.Filters(narrow, 1, size, n) },
			func() (*figures.Figure, error) { return figures.Masks(narrow, size, 1, nil) },
			func() (*figures.Figure, error) { return figures.ExampleImages(narrow, 1, size) },
			func() (*figures.Figure, error) {
				return figures.PowerMatrix(figures.PowerData{Values: narrow, Features: size, Group: ints, Truth: ints, Types: []string{"a", ""}})
			},
			func() (*figures.Figure, error) { return figures.ClusterTemplates(narrow, 1, size, ints) },
			func() (*figures.Figure, error) { return figures.Clusters([][]int{ints}, make([]string, n)) },
			func() (*figures.Figure, error) {
				return figures.Scaling("", []figures.ScalingLine{{Values: values, Costs: corr, Slope: value.Draw(t, "slope")}, {Values: []float64{1, 2, 3}, Costs: values}})
			},
		}).Draw(t, "figure")
		drawn(t, draw)
	})
}

// drawn wants a picture, or an error of one line.
func drawn(t *rapid.T, draw func() (*figures.Figure, error)) {
	figure, err := draw()
	if err != nil {
		if strings.Contains(err.Error(), "\n") {
			t.Fatalf("more than one line: %v", err)
		}
		return
	}
	if err := figure.WritePNG(io.Discard, 20); err != nil {
		t.Fatal(err)
	}
	if err := figure.WriteSVG(io.Discard); err != nil {
		t.Fatal(err)
	}
}

func TestBadInput(t *testing.T) {
	second := func(_ any, err error) error { return err }
	good, err := figures.Clusters([][]int{{1}}, []string{"a"})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		err  error
		want string
	}{
		{second(figures.LossCurve("Poisson loss per image (nats)", nil)), "found 0 points without a finite loss"},
		{second(figures.CorrelationHistogram([]float64{1}, []float64{1, 1})), "found 1 correlations and 2 ceilings"},
		{second(figures.CorrelationHistogram([]float64{math.NaN()}, nil)), "found 1 neurons without a correlation"},
		{second(figures.CorrelationHistogram([]float64{2}, nil)), "found a correlation of 2 for neuron 0"},
		{second(figures.CorrelationScatter([]float64{1}, []float64{1}, []int{1, 2}, nil)), "found 1 ceilings, 1 correlations, 2 groups"},
		{second(figures.CorrelationScatter([]float64{math.NaN()}, []float64{1}, nil, nil)), "found no neuron with both"},
		{second(figures.Comparison(nil, 1)), "found no models"},
		{second(figures.Comparison([]figures.ModelScores{{Name: "a"}}, 1)), "a: the best fit is number 0 of 0"},
		{second(figures.Comparison([]figures.ModelScores{{Name: "a", Corr: []float64{math.NaN()}}}, 1)), "comparison: a: found 1 neurons without a correlation"},
		{second(figures.Filters(make([]float32, 9), 3, 8, 2)), "found 9 weights for [3, 3, 1, 8 rotations * 2 features]"},
		{second(figures.Masks(make([]float32, 9), 2, 2, nil)), "found 9 values for pictures of 2x2"},
		{second(figures.Masks(make([]float32, 8), 2, 2, []string{"a"})), "found 1 names for 2 masks"},
		{second(figures.ExampleImages(nil, 2, 2)), "found 0 values for pictures of 2x2"},
		{second(figures.PowerMatrix(figures.PowerData{Features: 3})), "found 0 values for 3 features"},
		{second(figures.PowerMatrix(figures.PowerData{Values: []float32{1}, Features: 1, Truth: []int{1, 2}})), "found 2 entries of truth for 1 neurons"},
		{second(figures.PowerMatrix(figures.PowerData{Values: []float32{1}, Features: 1, Order: []int{1}})), "found neuron 1 at place 0 of the order; accepted are 0 to 0"},
		{second(figures.ClusterTemplates(make([]float32, 3), 2, 2, []int{1})), "found 3 weights for [1 clusters, 2 rotations, 2 features]"},
		{second(figures.Clusters(nil, nil)), "found 0 clusters and 0 types"},
		{second(figures.Clusters([][]int{{1, 2}}, []string{"a"})), "found 2 counts for cluster 0 and 1 types"},
		{second(figures.Clusters([][]int{{-1}}, []string{"a"})), "found a count of -1"},
		{second(figures.Scaling("Time", nil)), "scaling: found no lines"},
		{second(figures.Scaling("Time", []figures.ScalingLine{{Name: "a", Values: []float64{1}}})), "a: found 1 values and 0 costs"},
		{second(figures.Scaling("Time", []figures.ScalingLine{{Name: "a", Values: []float64{2, 1}, Costs: []float64{1, 1}}})), "a: found value 1 with cost 1"},
		{good.WritePNG(io.Discard, 5), "found a resolution of 5 dpi"},
		{good.Save("figure.pdf"), `figure.pdf: found extension ".pdf"; accepted are .png and .svg`},
		{good.Save(filepath.Join(t.TempDir(), "missing", "figure.png")), "missing/figure.png: "},
	} {
		if c.err == nil || !strings.Contains(c.err.Error(), c.want) || strings.Contains(c.err.Error(), "\n") {
			t.Errorf("got %v, want one line with %q", c.err, c.want)
		}
	}
}

func TestSave(t *testing.T) {
	figure, err := figures.ExampleImages(leaves(1, 8, 8), 8, 8)
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	for name, start := range map[string]string{"a.png": "\x89PNG", "b.SVG": "<?xml"} {
		path := filepath.Join(folder, name)
		if err := figure.Save(path); err != nil {
			t.Fatal(err)
		}
		if data, err := os.ReadFile(path); err != nil || !strings.HasPrefix(string(data), start) {
			t.Errorf("%s: %v, starts with %.8q", name, err, data)
		}
	}
	if left, err := os.ReadDir(folder); err != nil || len(left) != 2 {
		t.Errorf("%v: %d files in the folder, want the 2 saved", err, len(left))
	}
}

// A figure keeps what it was given: changing the data afterwards changes nothing.
func TestFigureKeepsItsData(t *testing.T) {
	data := masks(2, 8, 8)
	figure, err := figures.Masks(data, 8, 8, nil)
	if err != nil {
		t.Fatal(err)
	}
	var before, after bytes.Buffer
	if err := figure.WritePNG(&before, 72); err != nil {
		t.Fatal(err)
	}
	clear(data)
	if err := figure.WritePNG(&after, 72); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(before.Bytes(), after.Bytes()) {
		t.Error("the picture changed with the data")
	}
}
