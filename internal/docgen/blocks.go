package docgen

import (
	"fmt"
	"regexp"
	"strings"
)

// opening matches the comment before a block; a Markdown viewer does not show it.
var opening = regexp.MustCompile(`(?m)^<!-- generated: (.+) -->$`)

// Rewrite returns a page with the content of every block replaced by what block makes of its name.
func Rewrite(page string, block func(name string) (string, error)) (string, error) {
	var out strings.Builder
	for {
		at := opening.FindStringSubmatchIndex(page)
		if at == nil {
			out.WriteString(page)
			return out.String(), nil
		}
		name := page[at[2]:at[3]]
		closing := fmt.Sprintf("<!-- end of %s -->", name)
		_, rest, ok := strings.Cut(page[at[1]:], closing)
		if !ok {
			return "", fmt.Errorf("block %q: no %q after it", name, closing)
		}
		text, err := block(name)
		if err != nil {
			return "", fmt.Errorf("block %q: %w", name, err)
		}
		fmt.Fprintf(&out, "%s\n\n%s\n\n%s", page[:at[1]], strings.TrimSpace(text), closing)
		page = rest
	}
}

// table is a Markdown table. Cells are one line each.
func table(header []string, rows [][]string) string {
	var out strings.Builder
	line := func(cells []string) {
		out.WriteString("|")
		for _, c := range cells {
			out.WriteString(" " + strings.NewReplacer("\n", " ", "|", `\|`).Replace(strings.TrimSpace(c)) + " |")
		}
		out.WriteString("\n")
	}
	line(header)
	out.WriteString(strings.Repeat("|---", len(header)) + "|\n")
	for _, r := range rows {
		line(r)
	}
	return out.String()
}

// code is text as code in a line of Markdown.
func code(text string) string { return "`" + text + "`" }

// plain is text that Markdown shows as it is.
func plain(text string) string { return strings.NewReplacer("*", `\*`, "<", "&lt;").Replace(text) }
