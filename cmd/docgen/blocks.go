package docgen

import (
	"fmt"
	"regexp"
	"strings"
)

// opening matches the comment before a block. Markdown viewers do not show it.
var opening = regexp.MustCompile(`(?m)^<!-- generated: (.+) -->$`)

// Rewrite returns a page in which the content of every block is replaced by block(name).
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

// table returns a Markdown table. Each cell becomes one line.
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

// code formats text as inline code in Markdown.
func code(text string) string { return "`" + text + "`" }

// plain escapes text so that Markdown shows it unchanged.
func plain(text string) string { return strings.NewReplacer("*", `\*`, "<", "&lt;").Replace(text) }
