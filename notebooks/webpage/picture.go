package webpage

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"html/template"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"v1lab/notebooks/figures"
	"v1lab/notebooks/report"
)

// maxKept bounds a figure that a run folder brings, in bytes.
const maxKept = 16 << 20

// picture is a figure inlined.
type picture struct {
	Name    string
	Caption string
	Width   int // pixels of the page, 0 if it is the picture's own
	URL     template.URL
}

var captions = map[string]string{
	"loss":        "Loss over the fit, training and validation.",
	"filters":     "Filters of the first layer, each at all orientations.",
	"masks":       "Where the first neurons look: their masks over the feature maps.",
	"power":       "Share of each neuron's power per feature, neurons sorted by their strongest.",
	"templates":   "Templates: mean weights of each cluster, over orientation relative to the neuron's own.",
	"images":      "The first training images.",
	"correlation": "Correlation with the average over repeats, neuron by neuron, beside the best possible.",
	"ceiling":     "Test correlation over its ceiling.",
	"clusters":    "How the true types fall into the clusters.",
	"embedding":   "Neurons in the plane of the first two principal components of their aligned weights; a ring marks each cluster's medoid.",
	"aligned":     "Every neuron's weights, turned to a common orientation and sorted by cluster.",
	"choices":     "Silhouette and Bayesian information criterion that methods of clustering chose the number of clusters from.",
	"exemplars":   "Neurons that stand for each cluster, the medoid first: receptive field and, where they are kept, most exciting image.",
	"comparison":  "Test correlation of every fit; a ring marks the one of the lowest validation loss.",
	"consistency": "Which clusters come back in the other fits, and the share of fits that agree on each neuron.",

	"weights_in_use":          "Feature weights in use, of each neuron.",
	"active_features":         "Features with more than a twentieth of a neuron's power.",
	"strongest_feature":       "Share of the power in each neuron's strongest feature; beyond the line a neuron is clean.",
	"feature_use":             "Weights that use each feature, and the larger share of one sign among them.",
	"receptive_fields":        "Derivative of the rate by each pixel at grey, of each group's strongest neurons, around where they look.",
	"receptive_fields_masked": "The same, under the neuron's mask.",
	"most_exciting_images":    "The best of each neuron's most exciting images that the run folder keeps.",
	"orientations":            "Preferred orientation of the optimal Gabor beside the true one.",
	"tuning_measures":         "Period, modulation by phase and suppression of the neurons whose tuning the run folder keeps.",
	"tuning":                  "Answers of the first of these neurons around their optimal Gabors.",
}

// album holds a run's figures by name, each once.
type album struct {
	pictures map[string]picture
	order    []string
	taken    map[string]bool
}

func newAlbum() *album { return &album{pictures: map[string]picture{}, taken: map[string]bool{}} }

func (a *album) put(p picture) {
	if _, ok := a.pictures[p.Name]; !ok {
		a.pictures[p.Name] = p
		a.order = append(a.order, p.Name)
	}
}

func (a *album) add(all ...report.Named) error {
	for _, f := range all {
		p, err := inlined(f)
		if err != nil {
			return err
		}
		a.put(p)
	}
	return nil
}

// take returns those of the named pictures that there are.
func (a *album) take(names ...string) (some []picture) {
	for _, name := range names {
		if p, ok := a.pictures[name]; ok {
			some = append(some, p)
			a.taken[name] = true
		}
	}
	return some
}

// rest is what was not taken.
func (a *album) rest() []picture {
	return a.take(slices.DeleteFunc(slices.Clone(a.order), func(name string) bool { return a.taken[name] })...)
}

// inlined draws a figure as SVG or PNG, whichever takes less.
func inlined(f report.Named) (picture, error) {
	var svg, png bytes.Buffer
	if err := errors.Join(f.Figure.WriteSVG(&svg), f.Figure.WritePNG(&png, figures.DPI)); err != nil {
		return picture{}, fmt.Errorf("figure %s: %w", f.Name, err)
	}
	width, _ := f.Figure.Size()
	p := picture{Name: f.Name, Caption: captions[f.Name], Width: int(width*96 + 0.5)}
	if svg.Len() < png.Len() {
		p.URL = dataURL(".svg", svg.Bytes())
	} else {
		p.URL = dataURL(".png", png.Bytes())
	}
	return p, nil
}

func dataURL(ext string, content []byte) template.URL {
	kind := map[string]string{".svg": "image/svg+xml", ".png": "image/png"}[ext]
	return template.URL("data:" + kind + ";base64," + base64.StdEncoding.EncodeToString(content)) //nolint:gosec // an image cannot run scripts
}

// keep adds figures that other verbs left in the run folder, such as receptive fields; of one in two formats the smaller. It says what it
// left out.
func (a *album) keep(dir string) (notes []string, err error) {
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("figures: %w", err)
	}
	smallest := map[string]fs.FileInfo{}
	var names []string
	for _, e := range entries {
		ext := filepath.Ext(e.Name())
		info, err := e.Info()
		if err != nil || !info.Mode().IsRegular() || ext != ".png" && ext != ".svg" {
			continue
		}
		name := strings.TrimSuffix(e.Name(), ext)
		other, ok := smallest[name]
		if !ok {
			names = append(names, name)
		}
		if !ok || info.Size() < other.Size() {
			smallest[name] = info
		}
	}
	for _, name := range names {
		info := smallest[name]
		if info.Size() > maxKept {
			notes = append(notes, fmt.Sprintf("The figure %s in the run folder is left out: %d MiB, more than %d.", info.Name(), info.Size()>>20, maxKept>>20))
			continue
		}
		content, err := os.ReadFile(filepath.Join(dir, info.Name()))
		if err != nil {
			return nil, fmt.Errorf("figures: %w", err)
		}
		a.put(picture{Name: name, Caption: strings.ReplaceAll(name, "_", " "), URL: dataURL(filepath.Ext(info.Name()), content)})
	}
	return notes, nil
}
