package objective

// stencilMatrix writes a stencil as a matrix on pictures of height x width, so that all slices of a filter bank are
// filtered by one matrix product.
func stencilMatrix(stencil [3][3]float64, height, width int) [][]float32 {
	m := make([][]float32, height*width)
	for y := range height {
		for x := range width {
			row := make([]float32, height*width)
			for dy := -1; dy <= 1; dy++ {
				for dx := -1; dx <= 1; dx++ {
					if ny, nx := y+dy, x+dx; ny >= 0 && ny < height && nx >= 0 && nx < width {
						row[ny*width+nx] = float32(stencil[dy+1][dx+1])
					}
				}
			}
			m[y*width+x] = row
		}
	}
	return m
}
