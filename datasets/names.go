package datasets

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Printable returns a name that a terminal or a page shows on one line as it is: control characters and marks that turn the direction of
// writing, which could show something else, are replaced by escapes such as \u001b. Of text of several lines, keep tells which stay.
func Printable(text string, keep ...rune) string {
	unsafe := func(r rune) bool {
		return (unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r)) && !slices.Contains(keep, r)
	}
	if !strings.ContainsFunc(text, unsafe) {
		return text
	}
	var shown strings.Builder
	for i, r := range text {
		if unsafe(r) {
			fmt.Fprintf(&shown, "\\u%04x", r)
		} else {
			_, n := utf8.DecodeRuneInString(text[i:]) // 1 of what is no UTF-8, which stays
			shown.WriteString(text[i : i+n])
		}
	}
	return shown.String()
}

// Names returns the names of n neurons for lists and tables: the id, or the index if a neuron has no id. Ids are unique only within a
// session, so with several sessions the session comes first, as in 2-10-5/17. neurons is [n], or nil if nothing is known about them.
func Names(neurons []Neuron, n int) []string {
	sessions := map[string]bool{}
	for _, c := range neurons {
		sessions[c.Session] = true
	}
	names := make([]string, n)
	for i := range names {
		names[i] = strconv.Itoa(i)
		if i >= len(neurons) {
			continue
		}
		c := neurons[i]
		if c.ID != "" {
			names[i] = c.ID
		}
		if len(sessions) > 1 && c.Session != "" {
			names[i] = c.Session + "/" + names[i]
		}
	}
	return names
}
