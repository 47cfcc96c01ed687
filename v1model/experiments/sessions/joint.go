package sessions

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"v1lab/datasets"
	"v1lab/datasets/durable"
	"v1lab/datasets/formats"
	"v1lab/datasets/npz"
)

// joint is several recordings in one, with what of it belongs to each.
type joint struct {
	recording
	members     []int // indices of recordings
	trained, of int   // training images that are left, and that there were
}

// share is the least part of the smaller recording's images that must be in another for the two to have a joint core.
const share = 0.5

// sharedSets groups recordings that have images in common, directly or through others. Recordings alone are left out.
func sharedSets(all []recording) [][]int {
	sets := make([]map[string]bool, len(all))
	for i, r := range all {
		sets[i] = map[string]bool{}
		for _, im := range []datasets.Images{r.data.Train.Images, r.data.Val.Images, r.data.Test.Images} {
			for k := range im.N {
				sets[i][contents(im.At(k), r.data.Normalisation)] = true
			}
		}
	}
	group := make([]int, len(all))
	for i := range group {
		group[i] = i
	}
	for i := range all {
		for j := range i {
			if all[i].data.ImageSize() != all[j].data.ImageSize() {
				continue
			}
			common := 0
			for image := range sets[i] {
				if sets[j][image] {
					common++
				}
			}
			if float64(common) < share*float64(min(len(sets[i]), len(sets[j]))) {
				continue
			}
			from, to := group[i], group[j]
			for k := range group {
				if group[k] == from {
					group[k] = to
				}
			}
		}
	}
	var found [][]int
	for g := range all {
		var members []int
		for i := range all {
			if group[i] == g {
				members = append(members, i)
			}
		}
		if len(members) > 1 {
			found = append(found, members)
		}
	}
	return found
}

// contents is an image as it was before its recording was normalised, rounded so that it does not depend on that.
func contents(image []float32, n *datasets.Normalisation) string {
	text := make([]byte, 0, 3*len(image))
	for p, v := range image {
		raw := float64(v)
		if n != nil && n.Method == datasets.Pixel {
			raw = raw*n.PixelSD[p] + n.PixelMean[p]
		} else if n != nil {
			raw = raw*n.ImageSD + n.ImageMean
		}
		whole := int64(raw*64 + 0.5)
		text = append(text, byte(whole), byte(whole>>8), byte(whole>>16))
	}
	return string(text)
}

// join writes the recordings of a group as one file in dir/joint and opens it. Test images stay as they are; validation images that resemble one, and
// training images that resemble a test or validation image, are taken out, because they may be in other parts of other recordings.
func join(all []recording, members []int, dir string) (*joint, error) {
	j := &joint{members: members}
	var raw []*datasets.Dataset
	var names []string
	for _, m := range members {
		d, err := formats.OpenRaw(all[m].data.Spec)
		if err != nil {
			return nil, err
		}
		raw, names = append(raw, d), append(names, all[m].name)
	}
	d, err := datasets.Join(raw, names)
	if err != nil {
		return nil, fmt.Errorf("sessions: %w", err)
	}
	j.of = d.Train.Images.N
	d.Val = unlike(d.Val, d.Test.Images)
	d.Train = unlike(unlike(d.Train, d.Test.Images), d.Val.Images)
	if j.trained = d.Train.Images.N; j.trained < 2 || d.Val.Images.N < 1 {
		return nil, fmt.Errorf("sessions: %s: no training or validation images are left for a joint core when those of the other recordings' parts are taken out", strings.Join(names, " and "))
	}
	j.name = strings.Join(names, "+")
	path, err := filepath.Abs(filepath.Join(dir, "joint", j.name+".npz"))
	if err != nil {
		return nil, fmt.Errorf("sessions: %w", err)
	}
	if err := durable.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		return nil, fmt.Errorf("sessions: %w", err)
	}
	if err := npz.Write(path, d); err != nil {
		return nil, err
	}
	j.data, err = formats.Open("npz:" + path)
	return j, err
}

// unlike returns the images of p that resemble none of others.
func unlike(p datasets.Part, others datasets.Images) datasets.Part {
	like := datasets.Alike(others, p.Images)
	var kept []int
	for i := range p.Images.N {
		if like[i] < 0 {
			kept = append(kept, i)
		}
	}
	return p.Pick(kept)
}

// member is what of a joint recording's test part belongs to one of its recordings.
func (j *joint) member(all []recording, k int) (firstImage, firstNeuron int) {
	for _, m := range j.members[:slices.Index(j.members, k)] {
		firstImage += all[m].data.Test.Images.N
		firstNeuron += all[m].data.NumNeurons()
	}
	return firstImage, firstNeuron
}

// cut returns the rows of some images and the columns of some neurons.
func cut(r datasets.Responses, firstImage, images, firstNeuron, neurons int) datasets.Responses {
	some := datasets.Responses{N: images, Neurons: neurons}
	for i := range images {
		some.Values = append(some.Values, r.At(firstImage + i)[firstNeuron:firstNeuron+neurons]...)
	}
	return some
}
