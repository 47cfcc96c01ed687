package neurons

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"fmt"
	"html/template"
)

// Max is the largest number of neurons in a browser, which then takes about half a megabyte. The caller chooses the neurons.
const Max = 200

// Browser is the content of a browser: a row of pictures and a list of facts for each neuron, of the same kinds for all.
type Browser struct {
	Kinds   []Kind   // of pictures
	Facts   []string // names of the facts
	Neurons []Neuron
	Note    string // text below the neuron; may be empty
	Map     *Map   // nil: none
}

// Kind is a kind of picture.
type Kind struct {
	Name  string
	About string // what the picture shows, in a few words
	Wide  bool   // shown in its own size; otherwise enlarged to a common width
}

// Neuron is one neuron.
type Neuron struct {
	Name     string
	Pictures []Picture // one of each kind
	Facts    []string  // one of each; empty: unknown
}

// Picture is a PNG with a line of text. If there is no PNG, the text says why.
type Picture struct {
	PNG  []byte
	Text string
}

//go:embed neurons.html
var source string

//go:embed neurons.js
var script string

var layout = template.Must(template.New("neurons").Parse(source))

// ScriptHash returns the hash of the browsers' script for a page's Content-Security-Policy, as in script-src 'sha256-...'.
func ScriptHash() string {
	sum := sha256.Sum256([]byte(script))
	return "sha256-" + base64.StdEncoding.EncodeToString(sum[:])
}

// view is the data of the template: the first neuron as HTML, all neurons as JSON.
type view struct {
	*Browser
	First  []shown
	Plane  *drawn
	Facts  []fact
	Script template.JS
	All    []entry
}

type shown struct {
	Kind
	URL  template.URL
	Text string
}

type fact struct{ Name, Value string }

// entry is a neuron as the script reads it.
type entry struct {
	Name     string      `json:"name"`
	Pictures [][2]string `json:"pictures"` // base64, text
	Facts    []string    `json:"facts"`
}

// HTML returns the browser as HTML. It is an error if there are no neurons or more than Max, or one lacks pictures or facts.
func (b *Browser) HTML() (template.HTML, error) {
	if n := len(b.Neurons); n < 1 || n > Max {
		return "", fmt.Errorf("neuron browser: found %d neurons; accepted: 1 to %d", n, Max)
	}
	v := view{Browser: b, Script: template.JS(script)} //nolint:gosec // a constant
	var err error
	if v.Plane, err = b.Map.draw(b.Neurons); err != nil {
		return "", err
	}
	for _, n := range b.Neurons {
		if len(n.Pictures) != len(b.Kinds) || len(n.Facts) != len(b.Facts) {
			return "", fmt.Errorf("neuron browser: %s: found %d pictures and %d facts; accepted: %d and %d", n.Name, len(n.Pictures), len(n.Facts), len(b.Kinds), len(b.Facts))
		}
		e := entry{Name: n.Name, Facts: make([]string, len(n.Facts))}
		for _, p := range n.Pictures {
			e.Pictures = append(e.Pictures, [2]string{base64.StdEncoding.EncodeToString(p.PNG), p.Text})
		}
		for i, f := range n.Facts {
			e.Facts[i] = orDash(f)
		}
		v.All = append(v.All, e)
	}
	for i, k := range b.Kinds {
		s := shown{Kind: k, Text: v.All[0].Pictures[i][1]}
		if data := v.All[0].Pictures[i][0]; data != "" {
			s.URL = template.URL("data:image/png;base64," + data) //nolint:gosec // an image cannot run scripts
		}
		v.First = append(v.First, s)
	}
	for i, name := range b.Facts {
		v.Facts = append(v.Facts, fact{name, v.All[0].Facts[i]})
	}
	var page bytes.Buffer
	if err := layout.Execute(&page, v); err != nil {
		return "", fmt.Errorf("neuron browser: %w", err)
	}
	return template.HTML(page.String()), nil //nolint:gosec // html/template escaped it
}

func orDash(s string) string {
	if s == "" {
		return "\u2013"
	}
	return s
}
