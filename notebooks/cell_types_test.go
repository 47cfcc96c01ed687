package notebooks_test

import "testing"

// The notebook of cell types fits as many seeds as it is told, and says which clusters are to be believed.
func TestCellTypes(t *testing.T) {
	run := analysed(t, "cell_types", map[string]string{"seeds": "2", "k": "3", "images": "1", "mei_steps": "5", "sets": "2", "set_steps": "5"}, 11,
		"<td>joint</td>", "<td>kmeans</td>", "<td>gmm</td>", "<td>ward</td>", "adjusted Rand index with the true types", "adjusted Rand index between 2 fits: ", ", SD unknown", "to be believed", "consensus: ", "prefer the image of their own cluster", `<div class="map">`)
	if seed := fitted(t, run+"-seed2").Config.Fit.Seed; seed != 2 {
		t.Errorf("seed of the second fit %d", seed)
	}
}
