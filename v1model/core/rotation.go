package core

import "math"

// bilinearRotation is the linear map, [pixel of the rotated filter][pixel of the filter], that rotates filters of size x size pixels
// counter-clockwise as displayed by angle radians about their centre. Each pixel is the weighted mean of the four pixels around the point
// that is rotated onto it, zero beyond the edge. Multiples of 90 degrees are exact.
func bilinearRotation(size int, angle float64) []float32 {
	area, middle := size*size, float64(size-1)/2
	sin, cos := math.Sincos(angle)
	table := make([]float32, area*area)
	for y := range size {
		for x := range size {
			dx, dy := float64(x)-middle, float64(y)-middle
			fx, fy := snap(cos*dx-sin*dy+middle), snap(sin*dx+cos*dy+middle)
			left, top := math.Floor(fx), math.Floor(fy)
			for _, corner := range [4][2]float64{{left, top}, {left + 1, top}, {left, top + 1}, {left + 1, top + 1}} {
				weight := (1 - math.Abs(fx-corner[0])) * (1 - math.Abs(fy-corner[1]))
				if from, inside := pixel(corner[0], corner[1], size); inside {
					table[(y*size+x)*area+from] += float32(weight)
				}
			}
		}
	}
	return table
}

// snap rounds a coordinate that is an integer up to rounding errors.
func snap(v float64) float64 {
	if whole := math.Round(v); math.Abs(v-whole) < 1e-9 {
		return whole
	}
	return v
}

// pixel returns the index of a pixel in a square of size x size.
func pixel(x, y float64, size int) (index int, inside bool) {
	n := float64(size)
	if x < 0 || y < 0 || x >= n || y >= n {
		return 0, false
	}
	return int(y)*size + int(x), true
}

// affine holds the coefficients of (x, y) -> (a0 x + a1 y + a2, a3 x + a4 y + a5). float32 rounding decides which pixel is nearest to a point half-way
// between pixels. So every operation below rounds to float32, in the order of the paper's code (TensorFlow's image transformation); the conversions
// keep the compiler from fusing a product and a sum.
type affine [6]float32

// nearestRotation is the rotation of bilinearRotation with the nearest pixel instead, zero beyond the edge. The gradient in the paper's code is not the
// transpose of rotation but a nearest-neighbour rotation by the inverse map; gradient is the transpose of that. Both tables are [pixel of the rotated
// filter][pixel of the filter].
func nearestRotation(size int, angle float64) (rotation, gradient []float32) {
	area, a := size*size, rotationAboutCentre(size, angle)
	rotation, gradient = make([]float32, area*area), make([]float32, area*area)
	for to, from := range a.nearest(size) {
		if from >= 0 {
			rotation[to*area+from] = 1
		}
	}
	for to, from := range a.inverse().nearest(size) {
		if from >= 0 {
			gradient[from*area+to] = 1
		}
	}
	return rotation, gradient
}

// rotationAboutCentre maps pixels of the rotated filter to points of the filter.
func rotationAboutCentre(size int, angle float64) affine {
	a := float64(float32(angle))
	cos, sin, last := float32(math.Cos(a)), float32(math.Sin(a)), float32(size-1)
	x := float32(float32(cos*last) - float32(sin*last))
	y := float32(float32(sin*last) + float32(cos*last))
	return affine{cos, -sin, float32(last-x) / 2, sin, cos, float32(last-y) / 2}
}

// nearest lists, for each pixel, the pixel nearest to the point it is mapped to, -1 for none.
func (a affine) nearest(size int) []int {
	var from []int
	at := func(p, q, r float32, x, y int) float64 {
		return math.Round(float64(float32(float32(float32(p*float32(x))+float32(q*float32(y))) + r)))
	}
	for y := range size {
		for x := range size {
			index, inside := pixel(at(a[0], a[1], a[2], x, y), at(a[3], a[4], a[5], x, y), size)
			if !inside {
				index = -1
			}
			from = append(from, index)
		}
	}
	return from
}

// inverse computes the inverse map by elimination with partial pivoting, as TensorFlow does.
func (a affine) inverse() affine {
	row := [2][3]float32{{a[0], a[1], a[2]}, {a[3], a[4], a[5]}}
	unit := [2][3]float32{{1, 0, 0}, {0, 1, 0}}
	if math.Abs(float64(a[3])) > math.Abs(float64(a[0])) {
		row[0], row[1] = row[1], row[0]
		unit[0], unit[1] = unit[1], unit[0]
	}
	factor := row[1][0] / row[0][0]
	for j := 1; j < 3; j++ {
		row[1][j] -= float32(factor * row[0][j])
	}
	var inverse affine
	for j := range 3 {
		b0, b1 := unit[0][j], float32(unit[1][j]-float32(factor*unit[0][j]))
		if j == 2 { // the homogeneous coordinate
			b0, b1 = b0-row[0][2], b1-row[1][2]
		}
		y := b1 * float32(1/row[1][1])
		x := float32(b0-float32(row[0][1]*y)) * float32(1/row[0][0])
		inverse[j], inverse[3+j] = x, y
	}
	return inverse
}
