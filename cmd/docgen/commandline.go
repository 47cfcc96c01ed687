package docgen

import (
	"fmt"
	"strings"

	"github.com/alecthomas/kong"
)

// CommandLine describes the arguments and flags of every verb that is not hidden.
func CommandLine(model *kong.Application) string {
	var out strings.Builder
	fmt.Fprintf(&out, "%s\n\nFlags that every verb takes:\n\n%s", strings.TrimSpace(model.Help), flags(model.Flags))
	verbs(&out, model.Name, model.Children)
	return out.String()
}

// verbs describes the verbs below a node, and those below them.
func verbs(out *strings.Builder, above string, nodes []*kong.Node) {
	for _, n := range nodes {
		if n.Hidden {
			continue
		}
		name := above + " " + n.Name
		if n.DefaultCmd != nil { // what n does by itself has the name of n
			own := *n.DefaultCmd
			own.Name, own.Hidden = n.Name, false
			verbs(out, above, []*kong.Node{&own})
		}
		if len(n.Children) > 0 {
			verbs(out, name, n.Children)
			continue
		}
		fmt.Fprintf(out, "\n## %s\n\n%s\n\n", name, strings.TrimSpace(n.Help))
		if n.Detail != "" {
			fmt.Fprintf(out, "%s\n\n", detail(n.Detail))
		}
		var usage []string
		for _, a := range n.Positional {
			usage = append(usage, a.Summary())
		}
		for _, f := range n.Flags {
			if f.Required {
				usage = append(usage, f.Summary())
			}
		}
		if len(n.Flags) > 0 {
			usage = append(usage, "[flags]")
		}
		fmt.Fprintf(out, "```text\n%s %s\n```\n\n", name, strings.Join(usage, " "))
		var rows [][]string
		for _, a := range n.Positional {
			rows = append(rows, []string{code(a.Name), plain(a.Help)})
		}
		if len(rows) > 0 {
			fmt.Fprintf(out, "%s\n", table([]string{"argument", "meaning"}, rows))
		}
		out.WriteString(flags(n.Flags))
	}
}

// flags returns a table of flags, or an empty text if there are none.
func flags(all []*kong.Flag) string {
	var rows [][]string
	for _, f := range all {
		if f.Hidden || f.Name == "help" {
			continue
		}
		name := "--" + f.Name
		if !f.IsBool() {
			name += "=" + f.FormatPlaceHolder()
		}
		meaning := f.Help
		if f.HasDefault && !strings.Contains(meaning, "Default:") {
			meaning += " Default: " + f.Default + "."
		}
		rows = append(rows, []string{code(name), plain(meaning)})
	}
	if len(rows) == 0 {
		return ""
	}
	return table([]string{"flag", "meaning"}, rows)
}

// detail returns a verb's longer help. Indented lines become a list.
func detail(text string) string {
	var lines []string
	for line := range strings.Lines(strings.TrimSpace(text)) {
		if item, indented := strings.CutPrefix(line, "  "); indented {
			line = "- " + item
		}
		lines = append(lines, plain(line))
	}
	return strings.Join(lines, "")
}
