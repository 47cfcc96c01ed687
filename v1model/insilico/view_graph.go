package insilico

import (
	. "github.com/gomlx/gomlx/core/graph"

	"v1lab/v1model"
	"v1lab/v1model/weights"
)

// viewRates builds the rates of each member, [batch, rates], to what a view shows, [batch, height, width, channels]. given are the view's inputs.
type viewRates = func(w weights.Nodes, given []*Node, shown *Node) []*Node

// rates returns a function that builds the view's rates in the cheapest evaluation.
func (v *view) rates() (viewRates, error) {
	if v.parts == nil {
		return v.subject.wholeRates()
	}
	a, err := v.ascent()
	return func(w weights.Nodes, given []*Node, shown *Node) (each []*Node) {
		for k, p := range a.parts {
			maps := mapsBeforeLinear(p.windowCore, p.nodes(w), shown)
			each = append(each, p.link(Add(allTemplates(given[2*k], maps), ExpandAxes(given[2*k+1], 0))))
		}
		return each
	}, err
}

// wholeRates is rates for the whole image, and all neurons of the model.
func (s *Subject) wholeRates() (viewRates, error) {
	models := make([]v1model.Model, len(s.members))
	for k, m := range s.members {
		models[k] = *m.model
		var err error
		if models[k].Core, err = m.coreFor(s.fullField(), stimulusBatch, false); err != nil {
			return nil, err
		}
	}
	return func(w weights.Nodes, _ []*Node, images *Node) (each []*Node) {
		for k, m := range s.members {
			each = append(each, models[k].Forward(m.nodes(w), images, false).Rates())
		}
		return each
	}, nil
}

// ascent is what templates and rates of a view are built with: as for images that are optimised in the view's window.
func (v *view) ascent() (*ascent, error) {
	a := &ascent{kind: v.window.kind(), size: v.subject.imageSize()}
	for _, m := range v.subject.members {
		p := ascentPart{nodes: m.nodes, geometry: geometryOf(m.model.Core), link: m.model.Objective.Rate}
		var err error
		if p.fullCore, err = m.directCore(); err != nil {
			return nil, err
		}
		if p.windowCore, err = m.coreFor(a.kind, stimulusBatch, false); err != nil {
			return nil, err
		}
		a.parts = append(a.parts, p)
	}
	return a, nil
}

// allTemplates is the drive of each neuron by each image without constants: templates [neurons, height, width, channels] and maps
// [batch, height, width, channels] give [batch, neurons].
func allTemplates(templates, maps *Node) *Node {
	return Einsum("bp,np->bn", Reshape(maps, maps.Shape().Dim(0), -1), Reshape(templates, templates.Shape().Dim(0), -1))
}
