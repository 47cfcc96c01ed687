package prepare_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"v1lab/datasets"
)

// Of one seed, the smaller share lies inside the larger; equal images come together; all that belongs to an image goes with it.
func TestSubsetsAreNested(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 12).Draw(t, "images")
		seed := rapid.Uint64().Draw(t, "seed")
		shares := []float64{rapid.Float64Range(0.01, 1).Draw(t, "a"), rapid.Float64Range(0.01, 1).Draw(t, "b")}
		slices.Sort(shares)
		picture := make([]int, n) // some are shown twice
		for i := range picture {
			picture[i] = rapid.IntRange(0, i).Draw(t, "picture")
		}
		draw := func(share float64) (*datasets.Dataset, []int) {
			d := &datasets.Dataset{
				Train: datasets.Part{
					Images: images(n, 1, 2, 1), Responses: datasets.Responses{N: n, Neurons: 1},
					Covariates: datasets.Covariates{Names: []string{"speed"}},
				},
				Val:   datasets.Part{Images: noise(1, 2, 1, 2, 1), Responses: datasets.Responses{N: 2, Neurons: 1, Values: []float32{1, 2}}, Covariates: datasets.Covariates{Names: []string{"speed"}, Values: []float32{1, 2}}},
				Test:  datasets.TestPart{Images: noise(2, 1, 1, 2, 1), Responses: datasets.Repeats{Repeats: 1, N: 1, Neurons: 1, Values: []float32{3}}, Covariates: datasets.Covariates{Names: []string{"speed"}, Values: []float32{3}}},
				Split: &datasets.Split{},
			}
			for i, p := range picture {
				d.Train.Images.Pixels = append(d.Train.Images.Pixels, float32(p), -float32(p))
				d.Train.Responses.Values = append(d.Train.Responses.Values, float32(i))
				d.Train.Covariates.Values = append(d.Train.Covariates.Values, float32(100+i))
				d.Split.TrainIndex = append(d.Split.TrainIndex, 1000+i)
			}
			if err := apply(d, fmt.Sprintf("train_share=%g&subset_seed=%d", share, seed)); err != nil {
				t.Fatal(err)
			}
			s := d.Preparation[0].Subset
			if s == nil || s.Share != share || s.Seed != seed || s.Of != n || !slices.IsSorted(s.Kept) {
				t.Fatalf("recorded %s", d.Preparation)
			}
			return d, s.Kept
		}
		_, small := draw(shares[0])
		d, large := draw(shares[1])
		for _, i := range small {
			if !slices.Contains(large, i) {
				t.Fatalf("share %g keeps %v, share %g keeps %v", shares[0], small, shares[1], large)
			}
		}
		for i, p := range picture {
			for j, q := range picture {
				if p == q && slices.Contains(large, i) != slices.Contains(large, j) {
					t.Fatalf("images %d and %d are equal, kept are %v", i, j, large)
				}
			}
		}
		if want := max(1, int(shares[1]*float64(n)+0.5)); len(large) < want || shares[1] == 1 && len(large) != n {
			t.Fatalf("share %g of %d images: %d", shares[1], n, len(large))
		}
		for k, i := range large {
			if d.Train.Images.At(k)[0] != float32(picture[i]) || d.Train.Responses.At(k)[0] != float32(i) || d.Train.Covariates.Values[k] != float32(100+i) || d.Split.TrainIndex[k] != 1000+i {
				t.Fatalf("image %d of %v is not what it was", k, large)
			}
		}
		if d.Train.Images.N != len(large) || d.Train.Responses.N != len(large) || d.Val.Images.N != 2 || d.Test.Images.N != 1 {
			t.Fatalf("%d images, %d responses", d.Train.Images.N, d.Train.Responses.N)
		}
	})
}

// Shares of neurons are nested too, and meet what the other options ask for.
func TestNeuronShare(t *testing.T) {
	kept := func(options string) []int {
		d := session(1, 20, 2)
		if err := apply(d, options); err != nil {
			t.Fatalf("%s: %v", options, err)
		}
		c := d.Preparation[0].Choice
		if d.NumNeurons() != len(c.Kept) || c.Of != 20 || len(d.Neurons) != len(c.Kept) {
			t.Errorf("%s: %d neurons, recorded %s", options, d.NumNeurons(), d.Preparation)
		}
		return c.Kept
	}
	half, quarter := kept("neuron_share=0.5&subset_seed=4"), kept("neuron_share=0.25&subset_seed=4")
	if len(half) != 10 || len(quarter) != 5 {
		t.Errorf("kept %v and %v", half, quarter)
	}
	for _, j := range quarter {
		if !slices.Contains(half, j) {
			t.Errorf("%v is not inside %v", quarter, half)
		}
	}
	if slices.Equal(half, kept("neuron_share=0.5&subset_seed=5")) || !slices.Equal(half, kept("neuron_share=0.5&subset_seed=4&train_share=0.4")) {
		t.Error("the seed and nothing else draws the neurons")
	}
	for _, j := range kept("neuron_share=0.5&subset_seed=4&neurons=0-9") {
		if j > 9 || !slices.Contains(half, j) {
			t.Errorf("neuron %d was not asked for", j)
		}
	}
	if !slices.Equal(kept("neuron_share=0.5"), kept("neuron_share=0.5&subset_seed=1")) {
		t.Error("without subset_seed it is not 1")
	}
}

func TestSubsetErrors(t *testing.T) {
	for options, want := range map[string]string{
		"train_share=0":                                      `option train_share="0", want a share above 0 and at most 1, as in train_share=0.25`,
		"train_share=1.01":                                   `option train_share="1.01", want a share`,
		"train_share=nan":                                    `option train_share="nan", want a share`,
		"neuron_share=-1":                                    `option neuron_share="-1", want a share above 0 and at most 1, as in neuron_share=0.25`,
		"subset_seed=2":                                      `option subset_seed="2", want none without train_share or neuron_share`,
		"train_share=0.5&subset_seed=-2":                     `option subset_seed="-2", want a whole number`,
		"neurons=0&neuron_share=0.01&subset_seed=1":          "option neuron_share=0.01, subset_seed=1: none of the 1 neurons that the other options ask for was drawn",
		"train_share=0.5&crop=9,0,1,1":                       "option crop=9,0,1,1: ends at row 10",
		"neuron_share=0.5&train_share=0.5&neurons=0-99&x=99": "option neurons=",
	} {
		d := session(1, 6, 1)
		if err := apply(d, options); err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: got %v, want %q", options, err, want)
		}
	}
}
