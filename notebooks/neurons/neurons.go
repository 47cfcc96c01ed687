package neurons

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"fmt"
	"html/template"
)

// Max is the most neurons of one browser: about half a megabyte. The caller chooses which.
const Max = 200

// Browser is what one browser shows. It has a row of pictures and a list of numbers, the same kinds for every neuron.
type Browser struct {
	Kinds   []Kind // of pictures
	Facts   []string
	Neurons []Neuron
	Note    string // below; may be empty
}

// Kind is a kind of picture.
type Kind struct {
	Name  string
	About string // what the picture shows, in a few words
	Wide  bool   // shown dot by dot; otherwise enlarged to a common width
}

// Neuron is one neuron.
type Neuron struct {
	Name     string
	Pictures []Picture // one of each kind
	Facts    []string  // one of each; empty: not known
}

// Picture is a PNG with a line of text. Without a PNG the text says why there is none.
type Picture struct {
	PNG  []byte
	Text string
}

//go:embed neurons.html
var source string

//go:embed neurons.js
var script string

var layout = template.Must(template.New("neurons").Parse(source))

// ScriptHash allows the script of all browsers in a page's Content-Security-Policy, as in script-src 'sha256-...'.
func ScriptHash() string {
	sum := sha256.Sum256([]byte(script))
	return "sha256-" + base64.StdEncoding.EncodeToString(sum[:])
}

// view is what the layout shows: the first neuron as HTML, all of them as data.
type view struct {
	*Browser
	First  []shown
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

// entry is a neuron in the data: the script knows how to read it.
type entry struct {
	Name     string      `json:"name"`
	Pictures [][2]string `json:"pictures"` // base64, text
	Facts    []string    `json:"facts"`
}

// HTML is the browser. It is an error if there are no neurons or too many, or one lacks pictures or facts.
func (b *Browser) HTML() (template.HTML, error) {
	if n := len(b.Neurons); n < 1 || n > Max {
		return "", fmt.Errorf("neuron browser: found %d neurons; accepted: 1 to %d", n, Max)
	}
	v := view{Browser: b, Script: template.JS(script)} //nolint:gosec // a constant
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
