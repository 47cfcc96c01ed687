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
	for _, c := range cells {
		for seed := uint64(1); seed <= c.times(seeds); seed++ {
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
