package docgen

import (
	"fmt"
	"strings"

	"v1lab/datasets"
	"v1lab/datasets/fetch"
	"v1lab/datasets/formats"
)

// schemes returns tables of the registered formats, of the options of every format and of the options of each.
func schemes() string {
	var out strings.Builder
	var rows [][]string
	for _, f := range formats.All() {
		rows = append(rows, []string{code(f.Example), f.Reads, code(f.Extension)})
		if f.Extension == "" {
			rows[len(rows)-1][2] = ""
		}
	}
	out.WriteString(table([]string{"name", "what it reads", "`data convert` writes"}, rows))
	fmt.Fprintf(&out, "\n## Options of every scheme\n\n%s", options(datasets.CommonOptions()))
	out.WriteString("\n## Options of each scheme\n")
	for _, f := range formats.All() {
		if len(f.Options) > 0 {
			fmt.Fprintf(&out, "\n### %s\n\n%s", f.Scheme, options(f.Options))
		}
	}
	return out.String()
}

func options(all []datasets.Option) string {
	var rows [][]string
	for _, o := range all {
		value := ""
		if o.Default != "" {
			value = code(o.Default)
		}
		rows = append(rows, []string{code(o.Name), value, o.Means})
	}
	return table([]string{"option", "default", "meaning"}, rows)
}

// public returns a table of the public recordings that v1lab data fetch can download.
func public() (string, error) {
	sets, err := fetch.Registry()
	if err != nil {
		return "", err
	}
	var rows [][]string
	for _, s := range sets {
		rows = append(rows, []string{code(s.Name), plain(s.Title), plain(s.Read), plain(s.Licence), s.Page})
	}
	return table([]string{"name", "recording", "read it as", "licence", "page"}, rows), nil
}
