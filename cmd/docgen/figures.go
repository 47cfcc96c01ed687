package docgen

import (
	"strings"

	"v1lab/notebooks/report"
)

// figures returns a table of all figures in the catalogue.
func figures() string {
	var rows [][]string
	for _, e := range report.Catalogue() {
		var verbs []string
		for _, v := range e.Verbs {
			verbs = append(verbs, code(v))
		}
		rows = append(rows, []string{code(e.Name), plain(e.Caption), string(e.Section), strings.Join(verbs, ", ")})
	}
	return table([]string{"figure", "what it shows", "section of the page", "verbs"}, rows)
}
