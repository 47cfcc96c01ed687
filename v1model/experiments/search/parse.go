package search

import (
	"errors"
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
)

var (
	keyForm   = regexp.MustCompile(`^[A-Za-z0-9_]+(\.[A-Za-z0-9_]+)*$`)
	rangeForm = regexp.MustCompile(`(?s)^([a-z]*)\s*\((.*)\)$`)
)

func parseRange(text string) (Range, error) {
	key, body, _ := strings.Cut(text, "=")
	r := Range{Key: strings.TrimSpace(key)}
	if !keyForm.MatchString(r.Key) {
		return r, fmt.Errorf("key %q; accepted: a key of the config, such as readout.sparsity", r.Key)
	}
	parts := rangeForm.FindStringSubmatch(strings.TrimSpace(body))
	if parts == nil {
		return r, fmt.Errorf("%s: %q is no range; accepted: %s", r.Key, body, forms)
	}
	r.Form = Form(parts[1])
	items, err := split(parts[2])
	if err == nil {
		switch r.Form {
		case Log, Linear, Integer:
			err = r.setBounds(items)
		case Choice:
			err = r.setChoices(items)
		default:
			err = fmt.Errorf("form %q; accepted: %s", r.Form, forms)
		}
	}
	if err != nil {
		return r, fmt.Errorf("%s: %w", r.Key, err)
	}
	return r, nil
}

// split divides at commas that are outside of brackets and quotes.
func split(list string) (items []string, err error) {
	depth, quoted, start := 0, false, 0
	for i := 0; i < len(list); i++ {
		switch c := list[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '[':
			depth++
		case c == ']':
			depth--
		case c == ',' && depth == 0:
			items = append(items, strings.TrimSpace(list[start:i]))
			start = i + 1
		}
		if depth < 0 {
			break
		}
	}
	if depth != 0 || quoted {
		return nil, fmt.Errorf("(%s): brackets or quotes do not match", list)
	}
	return append(items, strings.TrimSpace(list[start:])), nil
}

func (r *Range) setBounds(items []string) error {
	if len(items) != 2 {
		return fmt.Errorf("%s of %d numbers; accepted: %s(a,b)", r.Form, len(items), r.Form)
	}
	for i, bound := range []*float64{&r.Low, &r.High} {
		x, err := strconv.ParseFloat(items[i], 64)
		if err != nil || math.IsInf(x, 0) || math.IsNaN(x) {
			return fmt.Errorf("%s: %q is no finite number", r.Form, items[i])
		}
		if r.Form == Integer && (x != math.Trunc(x) || math.Abs(x) > 1<<53) {
			return fmt.Errorf("int: %q is no whole number", items[i])
		}
		*bound = x
	}
	low, high := r.text(r.Low), r.text(r.High)
	switch {
	case r.Low > r.High:
		return fmt.Errorf("%s(%s,%s) is empty; accepted: the smaller number first", r.Form, low, high)
	case r.Low == r.High:
		return fmt.Errorf("%s(%s,%s) is one value; accepted: two numbers that differ, or a fixed value: --set %s=%s", r.Form, low, high, r.Key, low)
	case r.Form == Log && r.Low <= 0:
		return fmt.Errorf("log(%s,%s) has no logarithm; accepted: numbers above 0, or lin(%s,%s)", low, high, low, high)
	case math.IsInf(r.High-r.Low, 0):
		return fmt.Errorf("%s(%s,%s) is too wide for a number", r.Form, low, high)
	}
	return nil
}

func (r *Range) setChoices(items []string) error {
	seen := map[string]bool{}
	for _, item := range items {
		v, err := parseChoice(item)
		if err != nil {
			return err
		}
		text := Format(v)
		if seen[text] {
			return fmt.Errorf("one: %s is there twice; accepted: each choice once", text)
		}
		seen[text] = true
		r.Choices = append(r.Choices, v)
	}
	if len(items) == 1 {
		return fmt.Errorf("one(%s) is one value; accepted: several, or a fixed value: --set %s=%[1]s", items[0], r.Key)
	}
	return nil
}

func parseChoice(item string) (Value, error) {
	switch {
	case item == "":
		return nil, errors.New(`one: a choice is empty; accepted: a, b and c in one(a,b,c), or ""`)
	case item[0] == '"':
		s, err := strconv.Unquote(item)
		if err != nil {
			return nil, fmt.Errorf("one: %s is no quoted text", item)
		}
		return s, nil
	case item == "true" || item == "false":
		return item == "true", nil
	}
	if i, err := strconv.Atoi(item); err == nil {
		return i, nil
	}
	if x, err := strconv.ParseFloat(item, 64); err == nil && !math.IsInf(x, 0) && !math.IsNaN(x) {
		return x, nil
	}
	return item, nil
}
