package figures_test

import (
	"bytes"
	"image/png"
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"v1lab/notebooks/figures"
)

// spots are groups of oriented fields that grow, the last beyond the image, with a dead neuron among them.
func spots(size int) []figures.PictureGroup {
	var groups []figures.PictureGroup
	for g, n := range []int{16, 5, 0, 11} {
		group := figures.PictureGroup{Name: []string{"feature 0", "feature 1", "empty", "no feature"}[g]}
		for i := range n {
			p := make([]float32, size*size)
			sin, cos := math.Sincos(math.Pi * float64(i) / float64(n))
			for k := range p {
				y, x := float64(k/size-size/2), float64(k%size-size/2)
				u := cos*x - sin*y
				p[k] = float32(math.Exp(-(x*x+y*y)/12) * math.Cos(0.9*u+float64(g)))
				if i == 3 && x > 4 {
					p[k] = float32(math.NaN())
				}
				if g == 1 && i == 1 {
					p[k] = float32(math.NaN())
				}
			}
			group.Pictures, group.Captions = append(group.Pictures, p), append(group.Captions, strings.Repeat("1", g+1))
		}
		groups = append(groups, group)
	}
	return groups
}

func tuned(dead bool) figures.TunedNeuron {
	curve := func(n int, step, peak, width float64, offset float64) figures.TuningCurve {
		var c figures.TuningCurve
		for i := range n {
			v := offset + step*float64(i)
			rate := 0.3 + 2*math.Exp(-(v-peak)*(v-peak)/width/width)
			if dead {
				rate = math.NaN()
			}
			c.Values, c.Rates = append(c.Values, v), append(c.Rates, rate)
		}
		return c
	}
	matrix := func(n, k int, f func(i, j float64) float64) figures.TuningMatrix {
		var m figures.TuningMatrix
		for i := range n {
			m.Rows = append(m.Rows, 4*math.Pow(1.25, float64(i)))
			for j := range k {
				if i == 0 {
					m.Columns = append(m.Columns, 0.125*math.Pow(math.Sqrt2, float64(j)))
				}
				v := f(float64(i), float64(j))
				if dead {
					v = math.NaN()
				}
				m.Rates = append(m.Rates, v)
			}
		}
		return m
	}
	t := figures.TunedNeuron{
		Name: "neuron 12", Grey: 0.3, Orientation: curve(24, 7.5, 60, 25, 0), Frequency: curve(10, 0.04, 0.12, 0.08, 0.02), Phase: curve(16, 22.5, 200, 80, 0),
		SizeContrast: matrix(12, 12, func(i, j float64) float64 { return 0.3 + 2*j/11*math.Exp(-(i-6)*(i-6)/20) }),
		Plaids:       matrix(10, 10, func(i, j float64) float64 { return 0.3 + 2*j/9/(1+0.2*i) }),
	}
	if dead {
		t.Name, t.Grey = "neuron 13", math.NaN()
	}
	for i := range t.Frequency.Values {
		t.Frequency.Values[i] = 0.02 * math.Pow(math.Sqrt2, float64(i))
	}
	for i := range t.Plaids.Rows {
		t.Plaids.Rows[i] = t.Plaids.Columns[i]
	}
	return t
}

func TestInSilicoFigures(t *testing.T) {
	for name, draw := range map[string]func() (*figures.Figure, error){
		"field_groups": func() (*figures.Figure, error) { return figures.FieldGroups(spots(17), 17) },
		"image_groups": func() (*figures.Figure, error) { return figures.ImageGroups(spots(24)[:2], 24) },
		"tuning": func() (*figures.Figure, error) {
			return figures.Tuning([]figures.TunedNeuron{tuned(false), tuned(true)})
		},
	} {
		t.Run(name, func(t *testing.T) { compare(t, name, draw) })
	}
}

func TestAnyInSilicoDataCanBeDrawn(t *testing.T) {
	value := rapid.OneOf(rapid.Float64(), rapid.SampledFrom([]float64{0, 1, -1, 1e-30, math.MaxFloat64, math.NaN(), math.Inf(1), math.Inf(-1)}))
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(0, 5).Draw(t, "n")
		x, y := rapid.SliceOfN(value, n, n).Draw(t, "x"), rapid.SliceOfN(value, n, n).Draw(t, "y")
		good := figures.TuningCurve{Values: []float64{1, 2}, Rates: []float64{value.Draw(t, "a"), value.Draw(t, "b")}}
		any := figures.TuningCurve{Values: x, Rates: y}
		matrix := figures.TuningMatrix{Rows: []float64{value.Draw(t, "row")}, Columns: x, Rates: y}
		picture := []float32{float32(value.Draw(t, "p")), 1, 2, float32(value.Draw(t, "q"))}
		for _, draw := range []func() (*figures.Figure, error){
			func() (*figures.Figure, error) {
				return figures.Tuning([]figures.TunedNeuron{{Grey: value.Draw(t, "grey"), Orientation: any, Frequency: good, Phase: good, SizeContrast: matrix, Plaids: matrix}})
			},
			func() (*figures.Figure, error) {
				return figures.Tuning([]figures.TunedNeuron{{Orientation: good, Frequency: good, Phase: good, SizeContrast: matrix, Plaids: matrix}})
			},
			func() (*figures.Figure, error) {
				return figures.FieldGroups([]figures.PictureGroup{{Pictures: [][]float32{picture, picture}}}, n)
			},
			func() (*figures.Figure, error) {
				return figures.ImageGroups([]figures.PictureGroup{{Pictures: [][]float32{picture}}}, 2)
			},
		} {
			drawn(t, draw)
		}
	})
}

func TestBadInSilicoInput(t *testing.T) {
	for want, draw := range map[string]func() (*figures.Figure, error){
		"found no pictures": func() (*figures.Figure, error) { return figures.FieldGroups(nil, 4) },
		"found 3 values in picture 0; accepted: 4": func() (*figures.Figure, error) {
			return figures.ImageGroups([]figures.PictureGroup{{Name: "a", Pictures: [][]float32{{1, 2, 3}}}}, 2)
		},
		"found 1 captions for 2 pictures": func() (*figures.Figure, error) {
			return figures.ImageGroups([]figures.PictureGroup{{Pictures: make([][]float32, 2), Captions: []string{""}}}, 2)
		},
		"found no neurons":                        func() (*figures.Figure, error) { return figures.Tuning(nil) },
		"orientation: found 0 rates for 0 values": func() (*figures.Figure, error) { return figures.Tuning([]figures.TunedNeuron{{}}) },
		"frequency: found 0; accepted are values above 0": func() (*figures.Figure, error) {
			n := tuned(false)
			n.Frequency.Values[0] = 0
			return figures.Tuning([]figures.TunedNeuron{n})
		},
	} {
		if _, err := draw(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
}

// Three channels are drawn as colours: a red image is red, in a figure as in a thumbnail.
func TestColour(t *testing.T) {
	red := make([]float32, 8*8*3)
	for i := range red {
		red[i] = -1
		if i%3 == 0 {
			red[i] = 1
		}
	}
	group := []figures.PictureGroup{{Name: "a", Pictures: [][]float32{red}}}
	for name, draw := range map[string]func() (*figures.Figure, error){
		"examples": func() (*figures.Figure, error) { return figures.ExampleColourImages(red, 8, 8) },
		"images":   func() (*figures.Figure, error) { return figures.ImageGroups(group, 8) },
		"exemplars": func() (*figures.Figure, error) {
			return figures.Exemplars([]figures.ExemplarGroup{{Name: "a", Neurons: []figures.Exemplar{{Name: "0", Field: make([]float32, 64), Image: red}}}}, 8)
		},
	} {
		f, err := draw()
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		var b bytes.Buffer
		if err := f.WritePNG(&b, 72); err != nil {
			t.Fatal(err)
		}
		if !hasRed(t, b.Bytes()) {
			t.Errorf("%s: nothing is red", name)
		}
	}
	small, err := figures.Thumbnail(figures.Grey, red, 8, 8)
	if err != nil || !hasRed(t, small) {
		t.Errorf("thumbnail: not red, %v", err)
	}
	if _, err := figures.FieldGroups(group, 8); err == nil {
		t.Error("a receptive field in colour is drawn")
	}
}

func hasRed(t *testing.T, picture []byte) bool {
	t.Helper()
	img, err := png.Decode(bytes.NewReader(picture))
	if err != nil {
		t.Fatal(err)
	}
	for y := range img.Bounds().Dy() {
		for x := range img.Bounds().Dx() {
			if r, g, b, _ := img.At(x, y).RGBA(); r == 0xffff && g == 0 && b == 0 {
				return true
			}
		}
	}
	return false
}
