package sensorium_test

import (
	"maps"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"v1lab/datasets"
	"v1lab/datasets/array"
)

var nan = float32(math.NaN())

// expect makes the dataset by the meaning of the values: trials of each part, and those of each test image.
func (r recording) expect(train, val []int, test [][]int) *datasets.Dataset {
	names := []string{"pupil_dilation", "pupil_dilation_change", "running_speed", "pupil_x", "pupil_y"}
	channels := max(1, r.channels)
	images := func(trials []int) datasets.Images {
		im := datasets.Images{N: len(trials), Height: height, Width: width, Channels: channels}
		for _, trial := range trials {
			for y := range height {
				for x := range width {
					for c := range channels {
						im.Pixels = append(im.Pixels, pixel(r.ids[trial], y, x, c))
					}
				}
			}
		}
		return im
	}
	row := func(trial, n int, value func(trial, k int) float32) []float32 {
		values := make([]float32, n)
		for k := range values {
			values[k] = nan
			if trial >= 0 {
				values[k] = value(trial, k)
			}
		}
		return values
	}
	part := func(trials []int) datasets.Part {
		p := datasets.Part{Images: images(trials), Responses: datasets.Responses{N: len(trials), Neurons: r.neurons}, Covariates: datasets.Covariates{Names: names}}
		for _, trial := range trials {
			p.Responses.Values = append(p.Responses.Values, row(trial, r.neurons, r.response)...)
			p.Covariates.Values = append(p.Covariates.Values, row(trial, 5, covariate)...)
		}
		return p
	}
	d := &datasets.Dataset{Train: part(train), Val: part(val)}
	var firsts []int
	repeats := 0
	for _, trials := range test {
		firsts = append(firsts, trials[0])
		repeats = max(repeats, len(trials))
	}
	d.Test.Images = images(firsts)
	d.Test.Responses = datasets.Repeats{Repeats: repeats, N: len(test), Neurons: r.neurons}
	d.Test.Covariates.Names = names
	for k := range repeats {
		for _, trials := range test {
			trial := -1
			if k < len(trials) {
				trial = trials[k]
			}
			d.Test.Responses.Values = append(d.Test.Responses.Values, row(trial, r.neurons, r.response)...)
			d.Test.Covariates.Values = append(d.Test.Covariates.Values, row(trial, 5, covariate)...)
		}
	}
	for j := range r.neurons {
		n := r.first + j
		d.Neurons = append(d.Neurons, datasets.Neuron{
			ID: array.New([]int{1000 + n}).Strings()[0], Session: array.New([]int{r.animal}).Strings()[0] + "-10-18", Layer: "L2/3",
			X: float64(n), Y: float64(n) + 0.25, Z: -float64(n),
		})
	}
	return d
}

func same(t *testing.T, name string, want, got *datasets.Dataset) {
	t.Helper()
	if diff := cmp.Diff(want, got, cmpopts.EquateNaNs(), cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("%s: (-want +got)\n%s", name, diff)
	}
}

var (
	smallTrain = []int{1, 4, 6, 9, 14}
	smallVal   = []int{2, 10}
	smallTest  = [][]int{{0, 5, 8}, {3, 11}, {15}}
)

// Tiers, ragged repeats, ids, positions and covariates, from a folder and from archives with and without a folder inside.
func TestFolderAndArchive(t *testing.T) {
	r := small()
	files := r.files(t)
	want := r.expect(smallTrain, smallVal, smallTest)
	junk := maps.Clone(files)
	junk["config.json"] = []byte(`{"links": {}}`)
	junk["data/images/.DS_Store"] = []byte("x")
	junk["data/images/._0.npy"] = []byte("x")
	wrapped := maps.Clone(files)
	for name, content := range junk {
		wrapped["__MACOSX/"+name] = content
	}
	for name, path := range map[string]string{
		"folder":              folder(t, files),
		"folder with others":  folder(t, junk),
		"archive":             place(t, zipped(t, "", files)),
		"archive of a folder": place(t, zipped(t, "static21067-10-18-GrayImageNet/", files)),
		"archive with others": place(t, zipped(t, "", junk)),
		"archive from a Mac":  place(t, zipped(t, "", wrapped)),
	} {
		d := mustOpen(t, "sensorium:"+path)
		same(t, name, want, d)
		if err := d.Validate(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestTiers(t *testing.T) {
	r := small()
	path := place(t, zipped(t, "", r.files(t)))
	final := [][]int{{7, 13}}
	same(t, "final", r.expect(smallTrain, smallVal, final), mustOpen(t, "sensorium:"+path+"?test=final_test"))
	same(t, "both", r.expect(smallTrain, smallVal, append([][]int{smallTest[0], smallTest[1]}, final[0], smallTest[2])), mustOpen(t, "sensorium:"+path+"?test=test,final_test"))
	same(t, "swapped", r.expect(smallVal, smallTrain, smallTest), mustOpen(t, "sensorium:"+path+"?train=validation&val=train"))

	for option, want := range map[string]string{
		"test=live_test":                      "mouse.zip: meta/trials/tiers.npy: no trial of tier live_test, which option test asks for; found final_test (2), none (1), test (6), train (5), validation (2)",
		"val=dev":                             "no trial of tier dev, which option val asks for",
		"train=all":                           "no trial of tier all, which option train asks for",
		"test=validation":                     `tier "validation" is in two parts`,
		"test=test,test":                      `option test="test,test"`,
		"tier=test":                           `unknown option "tier"`,
		"seed=x":                              `option seed="x"`,
		"train=train,none&val=none&test=none": `tier "none" is in two parts`,
	} {
		_, err := open(t, "sensorium:"+path+"?"+option)
		oneLine(t, option, err, want)
	}
}

// A recording without a validation tier gets one from the training part, the same one for the same seed.
func TestValidationSplitOff(t *testing.T) {
	r := small()
	for i, tier := range r.tiers {
		if tier == "validation" {
			r.tiers[i] = "train"
		}
	}
	path := folder(t, r.files(t))
	train := []int{1, 2, 4, 6, 9, 10, 14}
	for _, text := range []string{"sensorium:" + path + "?seed=7", "sensorium:" + path + "?seed=7&val=none"} {
		d := mustOpen(t, text)
		if d.Split == nil || d.Split.Seed != 7 || len(d.Split.ValIndex) != 1 || len(d.Split.TrainIndex) != 6 {
			t.Fatalf("split %+v", d.Split)
		}
		pick := func(index []int) (trials []int) {
			for _, i := range index {
				trials = append(trials, train[i])
			}
			return trials
		}
		want := r.expect(pick(d.Split.TrainIndex), pick(d.Split.ValIndex), smallTest)
		want.Split = d.Split
		same(t, text, want, d)
	}
	// With val=none the validation tier is left alone.
	d := mustOpen(t, "sensorium:"+place(t, zipped(t, "", small().files(t)))+"?val=none&test=validation")
	if d.Train.Images.N+d.Val.Images.N != 5 || d.Val.Images.N != 1 || d.Test.Images.N != 2 || d.Test.Responses.Repeats != 1 {
		t.Errorf("%d, %d and %d images", d.Train.Images.N, d.Val.Images.N, d.Test.Images.N)
	}
}

// What trees of other origin have in other forms.
func TestVariants(t *testing.T) {
	r := small()
	want := r.expect(smallTrain, smallVal, smallTest)
	for name, change := range map[string]func(map[string]array.Array){
		"responses [1, neurons]": func(a map[string]array.Array) {
			x := a["data/responses/6.npy"]
			a["data/responses/6.npy"] = array.Array{Shape: []int{1, 5}, Data: x.Data}
		},
		"float64": func(a map[string]array.Array) {
			for _, name := range []string{"data/responses/6.npy", "data/images/5.npy", "data/images/9.npy", "data/behavior/0.npy"} {
				values, _ := a[name].Float64s()
				a[name] = array.New(values, a[name].Shape...)
			}
		},
		"column of tiers": func(a map[string]array.Array) {
			a["meta/trials/tiers.npy"] = array.New(r.tiers, len(r.tiers), 1)
		},
		"image_id before others": func(a map[string]array.Array) {
			a["meta/trials/image_id.npy"] = a["meta/trials/frame_image_id.npy"]
			a["meta/trials/frame_image_id.npy"] = array.New(make([]int, len(r.ids)))
		},
		"colour projector": func(a map[string]array.Array) {
			a["meta/trials/colorframeprojector_image_id.npy"] = a["meta/trials/frame_image_id.npy"]
			delete(a, "meta/trials/frame_image_id.npy")
			delete(a, "meta/trials/frame_image_class.npy")
		},
		"ids within classes": func(a map[string]array.Array) {
			class, ids := slices.Repeat([]string{"a"}, len(r.ids)), slices.Clone(r.ids)
			for i, id := range ids {
				if id == 70 {
					class[i], ids[i] = "b", 71
				}
			}
			a["meta/trials/frame_image_id.npy"], a["meta/trials/frame_image_class.npy"] = array.New(ids), array.New(class)
		},
		"ids as text": func(a map[string]array.Array) {
			a["meta/trials/frame_image_id.npy"] = array.New(a["meta/trials/frame_image_id.npy"].Strings())
		},
	} {
		arrays := r.arrays()
		change(arrays)
		files := map[string][]byte{}
		for name, a := range arrays {
			files[name] = npy(t, a)
		}
		same(t, name, want, mustOpen(t, "sensorium:"+place(t, zipped(t, "", files))))
	}

	for _, channels := range []int{0, 2, 3} {
		r.channels = channels
		same(t, "channels", r.expect(smallTrain, smallVal, smallTest), mustOpen(t, "sensorium:"+folder(t, r.files(t))))
	}

	// Nothing is known of the neurons, and there is neither behaviour nor pupil.
	bare := map[string][]byte{}
	for name, content := range small().files(t) {
		if !strings.HasPrefix(name, "meta/neurons") && !strings.HasPrefix(name, "data/behavior") && !strings.HasPrefix(name, "data/pupil") {
			bare[name] = content
		}
	}
	want.Train.Covariates, want.Val.Covariates, want.Test.Covariates = datasets.Covariates{}, datasets.Covariates{}, datasets.Covariates{}
	for j := range want.Neurons {
		want.Neurons[j] = datasets.Neuron{Session: "mouse", X: math.NaN(), Y: math.NaN(), Z: math.NaN()}
	}
	same(t, "bare folder", want, mustOpen(t, "sensorium:"+folder(t, bare)))
	same(t, "bare archive", want, mustOpen(t, "sensorium:"+place(t, zipped(t, "x/", bare))))
}

// The competition's recordings have zeros for what they withhold.
func TestWithheld(t *testing.T) {
	r := small()
	arrays := r.arrays()
	zero := func(group, tier string) {
		for trial := range r.ids {
			name := "data/" + group + "/" + array.New([]int{trial}).Strings()[0] + ".npy"
			if tier == "" || r.tiers[trial] == tier {
				arrays[name] = array.New(make([]float32, arrays[name].Len()), arrays[name].Shape...)
			}
		}
	}
	zero("behavior", "")
	zero("responses", "test")
	files := map[string][]byte{}
	for name, a := range arrays {
		files[name] = npy(t, a)
	}
	path := place(t, zipped(t, "", files))
	_, err := open(t, "sensorium:"+path)
	oneLine(t, "withheld", err, "mouse.zip: data/responses: all 0 in tier test: withheld", "test=validation&val=none")

	d := mustOpen(t, "sensorium:"+path+"?test=final_test")
	if diff := cmp.Diff([]string{"pupil_x", "pupil_y"}, d.Train.Covariates.Names); diff != "" {
		t.Error(diff)
	}
	if got, want := d.Test.Covariates.Values, []float32{covariate(7, 3), covariate(7, 4), covariate(13, 3), covariate(13, 4)}; !slices.Equal(got, want) {
		t.Errorf("covariates %v, want %v", got, want)
	}

	// Beside a session that has them, the withheld ones are missing.
	other := small()
	other.animal, other.first = 2, 5
	d = mustOpen(t, "sensorium:"+path+","+folder(t, other.files(t)))
	for k, session := range d.Sessions {
		for i := range session.Test.Images.N {
			for _, v := range session.Test.Responses.At(0, i) {
				if recorded := k == 1; recorded != (v == v) {
					t.Errorf("response %v in session %s", v, session.Session)
				}
			}
		}
	}
}

func TestSessionsJoined(t *testing.T) {
	a, b := small(), small()
	b.animal, b.first, b.neurons = 22846, 5, 3
	for i := range b.ids {
		if b.tiers[i] == "train" {
			b.ids[i] += 100
		}
	}
	zip1, dir2 := place(t, zipped(t, "", a.files(t))), folder(t, b.files(t))
	d := mustOpen(t, "sensorium:"+zip1+","+dir2)
	want, err := datasets.Together(
		[]*datasets.Dataset{a.expect(smallTrain, smallVal, smallTest), b.expect(smallTrain, smallVal, smallTest)}, []string{"21067-10-18", "22846-10-18"})
	if err != nil {
		t.Fatal(err)
	}
	same(t, "joined", want, d)
	if d.NumNeurons() != 8 || d.Train.Images.N != 10 || d.Neurons[7].ID != "1007" || d.Neurons[7].Session != "22846-10-18" {
		t.Errorf("%d neurons, %d images, last %+v", d.NumNeurons(), d.Train.Images.N, d.Neurons[7])
	}
	if row := d.Sessions[0].Train.Responses.At(0); len(row) != 5 || row[4] != a.response(1, 4) {
		t.Errorf("responses to an image of the first session: %v", row)
	}
	if row := d.Sessions[1].Train.Responses.At(0); len(row) != 3 || row[0] != b.response(1, 0) {
		t.Errorf("responses to an image of the second session: %v", row)
	}
	if err := d.Validate(); err != nil {
		t.Error(err)
	}

	// One split of the joined images is recorded where no session has a validation part.
	d = mustOpen(t, "sensorium:"+zip1+","+dir2+"?val=none&seed=3")
	if d.Split == nil || d.Split.Seed != 3 || d.Train.Images.N != 9 || d.Val.Images.N != 1 || len(d.Split.TrainIndex) != 9 || len(d.Train.Covariates.Values) != 9*5 {
		t.Errorf("split %+v, %d and %d images", d.Split, d.Train.Images.N, d.Val.Images.N)
	}

	// Where only one has none, a part of that session's training images is split off.
	c := small()
	c.animal = 4
	for i, tier := range c.tiers {
		c.tiers[i] = strings.Replace(tier, "validation", "train", 1)
	}
	d = mustOpen(t, "sensorium:"+zip1+","+folder(t, c.files(t)))
	if d.Train.Images.N != 5+6 || d.Val.Images.N != 2+1 || d.Sessions[1].Val.Images.N != 1 {
		t.Errorf("%d and %d images", d.Train.Images.N, d.Val.Images.N)
	}

	_, err = open(t, "sensorium:"+zip1+","+zip1)
	oneLine(t, "twice", err, "mouse.zip: session 21067-10-18 as in ", "want each session once")
	_, err = open(t, "sensorium:"+zip1+",absent.zip")
	oneLine(t, "absent", err, "absent.zip: no such file")
	wide := small()
	wide.animal, wide.channels = 3, 3
	_, err = open(t, "sensorium:"+zip1+","+folder(t, wide.files(t)))
	oneLine(t, "size", err, "session 3-10-18")
}
