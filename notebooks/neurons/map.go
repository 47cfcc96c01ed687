package neurons

import (
	"fmt"
	"math"
)

// Map places the neurons of a browser in a plane. Who points at one sees its pictures and numbers.
type Map struct {
	At      [][2]float64 // [neurons] coordinates, the second upwards; NaN: not on the map
	Groups  []int        // [neurons] index into Colours; below 0: grey
	Colours []string     // [groups] as in #0072b2
	Names   []string     // [groups]
	About   string       // what the axes are
}

// Size of the drawing in its own units. Neurons keep edge units away from its border.
const (
	mapWidth, mapHeight = 400, 300
	edge                = 12
)

// none is the colour of neurons without a group.
const none = "#999999"

// drawn is a map as the template draws it.
type drawn struct {
	Width, Height int
	Dots          []dot
	Keys          []key
	About         string
	Missing       int // neurons that are not on it
}

type dot struct {
	Neuron       int
	X, Y         float64
	Colour, Name string
}

type key struct{ Colour, Name string }

// draw scales the coordinates to the drawing, both axes alike.
func (m *Map) draw(neurons []Neuron) (*drawn, error) {
	if m == nil {
		return nil, nil //nolint:nilnil // no map
	}
	if len(m.At) != len(neurons) || len(m.Groups) != len(neurons) || len(m.Names) != len(m.Colours) {
		return nil, fmt.Errorf("neuron browser: map: found %d places, %d groups, %d colours and %d names for %d neurons; accepted: one place and group of each neuron, one colour and name of each group",
			len(m.At), len(m.Groups), len(m.Colours), len(m.Names), len(neurons))
	}
	d := &drawn{Width: mapWidth, Height: mapHeight, About: m.About}
	low, high := [2]float64{math.Inf(1), math.Inf(1)}, [2]float64{math.Inf(-1), math.Inf(-1)}
	placed := func(at [2]float64) bool { return !math.IsNaN(at[0]-at[0]) && !math.IsNaN(at[1]-at[1]) }
	for _, at := range m.At {
		for i := range 2 {
			if placed(at) {
				low[i], high[i] = min(low[i], at[i]), max(high[i], at[i])
			}
		}
	}
	scale := min((mapWidth-2*edge)/(high[0]-low[0]), (mapHeight-2*edge)/(high[1]-low[1]))
	if math.IsInf(scale, 0) || math.IsNaN(scale) { // all in one place
		scale = 1
	}
	shown := make([]bool, len(m.Names))
	for i, at := range m.At {
		if !placed(at) {
			d.Missing++
			continue
		}
		one := dot{Neuron: i, Colour: none, Name: neurons[i].Name,
			X: mapWidth/2 + scale*(at[0]-(low[0]+high[0])/2), Y: mapHeight/2 - scale*(at[1]-(low[1]+high[1])/2)}
		if g := m.Groups[i]; g >= len(m.Names) {
			return nil, fmt.Errorf("neuron browser: map: %s is in group %d; accepted: below %d", neurons[i].Name, g, len(m.Names))
		} else if g >= 0 {
			one.Colour, shown[g] = m.Colours[g], true
			one.Name += ", " + m.Names[g]
		}
		one.X, one.Y = math.Round(one.X*10)/10, math.Round(one.Y*10)/10
		d.Dots = append(d.Dots, one)
	}
	for g, is := range shown {
		if is {
			d.Keys = append(d.Keys, key{m.Colours[g], m.Names[g]})
		}
	}
	return d, nil
}
