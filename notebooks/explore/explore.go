package explore

import (
	"bytes"
	_ "embed"
	"encoding/base64"
	"fmt"
	"html/template"
)

// MaxNeurons is the largest number of neurons on a page.
const MaxNeurons = 24

// Page is the content of a page.
type Page struct {
	Ticket        string // by which it asks
	Height, Width int    // of the images, pixels
	Sliders       []Slider
	Neurons       []Neuron
	Images        int    // of the recording that can be shown; 0: none
	Still         []byte // PNG of the sliders' start
	StillWidth    int    // of the PNG on the page, CSS pixels
}

// Neuron is a neuron whose rates are shown.
type Neuron struct {
	Number int     `json:"number"`
	Grey   float64 `json:"grey"` // rate to the grey image
}

//go:embed explore.html
var source string

//go:embed explore.js
var script string

var layout = template.Must(template.New("explore").Parse(source))

// data is what the script reads.
type data struct {
	Ticket  string   `json:"ticket"`
	Height  int      `json:"height"`
	Width   int      `json:"width"`
	Sliders []Slider `json:"sliders"`
	Neurons []Neuron `json:"neurons"`
	Images  int      `json:"images"`
}

// HTML returns the page. It is an error if there are no neurons or more than MaxNeurons.
func (p Page) HTML() (string, error) {
	if n := len(p.Neurons); n < 1 || n > MaxNeurons {
		return "", fmt.Errorf("sliders: found %d neurons; accepted: 1 to %d", n, MaxNeurons)
	}
	var page bytes.Buffer
	err := layout.Execute(&page, struct {
		Page
		URL    template.URL
		Data   data
		Script template.JS
	}{p, template.URL("data:image/png;base64," + base64.StdEncoding.EncodeToString(p.Still)), //nolint:gosec // an image cannot run scripts
		data{p.Ticket, p.Height, p.Width, p.Sliders, p.Neurons, p.Images}, template.JS(script)}) //nolint:gosec // a constant
	if err != nil {
		return "", fmt.Errorf("sliders: %w", err)
	}
	return page.String(), nil
}
