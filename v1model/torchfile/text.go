package torchfile

import (
	"fmt"
	"strconv"
	"strings"
)

// short cuts text from a file to one line of readable length.
func short(text string) string {
	const most = 100
	if len(text) > most {
		text = strings.ToValidUTF8(text[:most], "") + "..."
	}
	if quoted := strconv.Quote(text); quoted[1:len(quoted)-1] != text {
		return quoted
	}
	return text
}

// list writes names in one line, the first of them if there are many.
func list(names []string) string {
	if len(names) == 0 {
		return "nothing"
	}
	const shown = 5
	var parts []string
	for _, name := range names[:min(len(names), shown)] {
		parts = append(parts, short(name))
	}
	text := strings.Join(parts, ", ")
	if more := len(names) - shown; more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}

// keyText writes a key of a dictionary or a list's entry.
func keyText(value any) string {
	switch v := value.(type) {
	case string:
		return short(v)
	case int64:
		return strconv.FormatInt(v, 10)
	}
	return describe(value)
}

// describe names the kind of a value in a pickle.
func describe(value any) string {
	switch v := value.(type) {
	case nil:
		return "None"
	case *dict:
		return "a dictionary"
	case *tensor:
		return "a single tensor"
	case *sequence:
		return "a list"
	case tuple:
		return "a tuple"
	case global:
		return "the name " + short(string(v))
	case string:
		return "text"
	default:
		return "a number"
	}
}
