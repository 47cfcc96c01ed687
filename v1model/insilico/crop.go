package insilico

import "math"

// Centre returns the row and column of the pixel at which a neuron's mask peaks.
func (s *Subject) Centre(neuron int) (row, column int) {
	peak := 0
	mask := s.maskOnPixels(neuron)
	for i, m := range mask {
		if m > mask[peak] {
			peak = i
		}
	}
	return peak / s.Model.Shape.Width, peak % s.Model.Shape.Width
}

// Crop cuts a square of size x size pixels out of a picture [height, len/height], centred on a pixel. If size is even, the centre is the pixel below and to
// the right of the middle. Pixels beyond the picture are NaN.
func Crop(picture []float32, height, row, column, size int) []float32 {
	width := len(picture) / height
	out := make([]float32, 0, size*size)
	for y := row - size/2; y < row-size/2+size; y++ {
		for x := column - size/2; x < column-size/2+size; x++ {
			if y < 0 || y >= height || x < 0 || x >= width {
				out = append(out, float32(math.NaN()))
				continue
			}
			out = append(out, picture[y*width+x])
		}
	}
	return out
}

// CentreRanges returns the rows and columns, each [first, end), that hold the mask peaks of all given neurons and a margin of so many pixels around
// them. A grid of Gabors has its centres there by default.
func (s *Subject) CentreRanges(neurons []int, margin int) (rows, columns [2]int, err error) {
	if err := s.check(neurons); err != nil {
		return rows, columns, err
	}
	rows, columns = [2]int{s.Model.Shape.Height, 0}, [2]int{s.Model.Shape.Width, 0}
	for _, n := range neurons {
		y, x := s.Centre(n)
		rows = [2]int{min(rows[0], max(y-margin, 0)), max(rows[1], min(y+margin+1, s.Model.Shape.Height))}
		columns = [2]int{min(columns[0], max(x-margin, 0)), max(columns[1], min(x+margin+1, s.Model.Shape.Width))}
	}
	return rows, columns, nil
}
