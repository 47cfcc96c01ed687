package study

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
)

// Table is one of a report's, for people.
type Table struct {
	Title  string
	Note   string // one paragraph, may be empty
	Header []string
	Rows   [][]string
	Claims bool // each row is a claim, whether it holds, and the figure
}

// Tables shows all parts of a report.
func (r *Report) Tables() []Table {
	all := r.claimTables()
	if r.Search != nil {
		all = append(all, r.Search.table())
	}
	for _, part := range allParts {
		all = append(all, part.tables(r)...)
	}
	return all
}

// claimTables show the claims, the paper's and ours.
func (r *Report) claimTables() (tables []Table) {
	for _, t := range []struct {
		title string
		ours  bool
	}{{"The paper's claims", false}, {"Claims on cell types", true}} {
		table := Table{Title: t.title, Header: []string{"claim", "holds here", "our figure"}, Claims: true}
		for _, c := range r.Claims {
			if c.Ours == t.ours {
				table.Rows = append(table.Rows, []string{c.Name, string(c.Holds), c.Text})
			}
		}
		if len(table.Rows) > 0 {
			tables = append(tables, table)
		}
	}
	return tables
}

// Markdown is the report as a page of tables. figures are the names of pictures beside it, shown at the end.
func (r *Report) Markdown(figures ...string) []byte {
	var b bytes.Buffer
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	line("# Study, scale %s\n", r.Scale)
	line("Recording `%s`, %d fits, %s each. %.0f minutes were spent in fits.", r.Data, r.Fits, seeds(r.Seeds), r.Seconds/60)
	if r.Second != "" && r.Transfer != nil {
		line("Second recording `%s`.", r.Second)
	}
	line("Seeds are those of start values, of the order of images and of subsets; the recording is the same, so that spreads say nothing of other populations.")
	if slices.ContainsFunc(r.Clusters, func(row ClusterRow) bool { return row.Change == ByPopulation }) {
		line("One row of the clusters, other populations, has another recording for each seed.")
	}
	if r.Note != "" {
		line("%s", r.Note)
	}
	for _, t := range r.Tables() {
		b.Write(t.Markdown())
	}
	if len(figures) > 0 {
		line("\n## Figures\n")
	}
	for _, f := range figures {
		line("![%s](%s)\n", strings.TrimSuffix(f, ".png"), f)
	}
	return b.Bytes()
}

// Markdown is the table below its title.
func (t Table) Markdown() []byte {
	var b bytes.Buffer
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	line("\n## %s\n", t.Title)
	if t.Note != "" {
		line("%s\n", t.Note)
	}
	row := func(cells []string) {
		escaped := make([]string, len(cells))
		for i, c := range cells {
			escaped[i] = strings.ReplaceAll(c, "|", `\|`)
		}
		line("| %s |", strings.Join(escaped, " | "))
	}
	row(t.Header)
	line("|%s", strings.Repeat("---|", len(t.Header)))
	for _, cells := range t.Rows {
		row(cells)
	}
	return b.Bytes()
}
