package study

// Fits counts the fits of some parts, and how many of them are to be made still, in a folder.
func (p *Plan) Fits(dir string, seeds int, parts ...string) (all, left int, err error) {
	if len(parts) == 0 {
		parts = Parts()
	}
	cells, err := p.Cells(parts...)
	if err != nil {
		return 0, 0, err
	}
	w := &work{plan: p, dir: dir}
	for seed := uint64(1); seed <= uint64(seeds); seed++ {
		for _, c := range cells {
			_, over, err := w.job(c, seed).Result()
			if err != nil {
				return 0, 0, err
			}
			all++
			if !over {
				left++
			}
		}
	}
	return all, left, nil
}
