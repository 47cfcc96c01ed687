package strictyaml

import (
	"fmt"
	"math"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml/ast"

	"v1lab/datasets"
)

// Unmarshal fills *to with the values of a YAML text. Keys are the yaml tags of struct fields; fields that the text does not name keep their
// values. Lists, maps and pointers are allocated again, so that copies of *to share nothing with it.
func Unmarshal(text []byte, to any) error {
	node, err := document(text)
	if err != nil {
		return err
	}
	return assign(reflect.ValueOf(to).Elem(), node, "")
}

// String returns the text at a path of keys, such as fit.schedule, of a YAML mapping; ok is false if there is none.
func String(text []byte, path string) (value string, ok bool, err error) {
	node, err := document(text)
	if err != nil {
		return "", false, err
	}
	keys := strings.Split(path, ".")
	for i, key := range keys {
		mapping, isMapping := node.(*ast.MappingNode)
		if !isMapping {
			return "", false, prefixed(strings.Join(keys[:i], "."), fmt.Errorf("found %s, accepted: a mapping", shown(node)))
		}
		entry := slices.IndexFunc(mapping.Values, func(e *ast.MappingValueNode) bool {
			name, err := keyOf(e)
			return err == nil && name == key
		})
		if entry < 0 {
			return "", false, nil
		}
		node = mapping.Values[entry].Value
	}
	if value, ok = scalar(node); !ok {
		err = fmt.Errorf("%s: found %s, accepted: a word", path, shown(node))
	}
	return value, ok, err
}

// Set sets the part of *to at path, a path of keys such as core.features, to the value in text: a number, word or switch as it stands,
// optionally in quotes; comma-separated values for a list; YAML for a mapping.
func Set(to any, path, text string) error {
	return set(reflect.ValueOf(to).Elem(), strings.Split(path, "."), path, text)
}

func set(v reflect.Value, path []string, full, text string) error {
	if v.Kind() == reflect.Pointer {
		fresh := reflect.New(v.Type().Elem())
		if !v.IsNil() {
			fresh.Elem().Set(v.Elem())
		}
		if err := set(fresh.Elem(), path, full, text); err != nil {
			return err
		}
		v.Set(fresh)
		return nil
	}
	if len(path) == 0 {
		if text == "" && v.Kind() == reflect.String { // which has no other way to be as if it were not set
			v.SetString("")
			return nil
		}
		return setValue(v, text)
	}
	switch v.Kind() {
	case reflect.Struct:
		f, err := field(v, path[0], full)
		if err != nil {
			return err
		}
		return set(f, path[1:], full, text)
	case reflect.Map: // options, by any name
		value := reflect.New(v.Type().Elem()).Elem()
		if err := set(value, path[1:], full, text); err != nil {
			return err
		}
		fresh := reflect.MakeMap(v.Type())
		for _, k := range v.MapKeys() {
			fresh.SetMapIndex(k, v.MapIndex(k))
		}
		fresh.SetMapIndex(reflect.ValueOf(path[0]), value)
		v.Set(fresh)
		return nil
	}
	return fmt.Errorf("%s: unknown key, it is not a mapping", full)
}

func setValue(v reflect.Value, text string) error {
	text = strings.TrimSpace(text)
	switch v.Kind() {
	case reflect.Slice, reflect.Map, reflect.Struct:
		if v.Kind() == reflect.Slice && !strings.HasPrefix(text, "[") {
			if strings.HasSuffix(text, ",") {
				return unfit(v, "")
			}
			text = "[" + text + "]"
		}
		node, err := document([]byte(text))
		if err != nil || strings.Contains(text, "#") { // the rest would be a comment
			return unfit(v, "")
		}
		return assign(v, node, "")
	}
	if text != "" && strings.Contains(`"'`, text[:1]) {
		node, err := document([]byte(text))
		if err != nil {
			return unfit(v, "")
		}
		return assign(v, node, "")
	}
	switch text {
	case "", "~", "null", "Null", "NULL":
		return unfit(v, "")
	}
	return assignText(v, text)
}

// assign sets v to the value of a node; key is the node's path.
func assign(v reflect.Value, node ast.Node, key string) error {
	if _, null := node.(*ast.NullNode); null && v.Kind() != reflect.Struct {
		if !v.IsZero() { // otherwise it would be unclear whether v keeps its value
			return prefixed(key, fmt.Errorf("found no value, %w", unfit(v, "")))
		}
		return nil
	}
	switch v.Kind() {
	case reflect.Pointer:
		fresh := reflect.New(v.Type().Elem())
		if err := assign(fresh.Elem(), node, key); err != nil {
			return err
		}
		v.Set(fresh)
		return nil
	case reflect.Struct, reflect.Map:
		mapping, ok := node.(*ast.MappingNode)
		if !ok {
			return prefixed(key, fmt.Errorf("found %s, accepted: a mapping", shown(node)))
		}
		return assignMapping(v, mapping, key)
	case reflect.Slice:
		list, ok := node.(*ast.SequenceNode)
		if !ok {
			return prefixed(key, fmt.Errorf("found %s, %w", shown(node), unfit(v, "")))
		}
		fresh := reflect.MakeSlice(v.Type(), len(list.Values), len(list.Values))
		for i, item := range list.Values {
			if _, null := item.(*ast.NullNode); null {
				return prefixed(key, fmt.Errorf("found no value at place %d, %w", i+1, unfit(v, "")))
			}
			at := key
			if fresh.Index(i).Kind() == reflect.Struct {
				at = fmt.Sprintf("%s[%d]", key, i)
			}
			if err := assign(fresh.Index(i), item, at); err != nil {
				return err
			}
		}
		v.Set(fresh)
		return nil
	}
	text, ok := scalar(node)
	if !ok {
		return prefixed(key, fmt.Errorf("found %s, %w", shown(node), unfit(v, "")))
	}
	if err := assignText(v, text); err != nil {
		return prefixed(key, fmt.Errorf("found %s, %w", text, err))
	}
	return nil
}

func assignMapping(v reflect.Value, mapping *ast.MappingNode, key string) error {
	fresh := v
	if v.Kind() == reflect.Map {
		fresh = reflect.MakeMap(v.Type())
	}
	for _, entry := range mapping.Values {
		name, err := keyOf(entry)
		if err != nil {
			return prefixed(key, err)
		}
		at := name
		if key != "" {
			at = key + "." + name
		}
		if v.Kind() == reflect.Map {
			value := reflect.New(v.Type().Elem()).Elem()
			if _, null := entry.Value.(*ast.NullNode); null {
				return prefixed(at, fmt.Errorf("found no value, %w", unfit(value, "")))
			}
			if err := assign(value, entry.Value, at); err != nil {
				return err
			}
			fresh.SetMapIndex(reflect.ValueOf(name), value)
			continue
		}
		f, err := field(v, name, at)
		if err != nil {
			return err
		}
		if err := assign(f, entry.Value, at); err != nil {
			return err
		}
	}
	v.Set(fresh)
	return nil
}

// field returns the struct field whose yaml tag is name.
func field(v reflect.Value, name, full string) (reflect.Value, error) {
	var names []string
	for i := range v.NumField() {
		tag, _, _ := strings.Cut(v.Type().Field(i).Tag.Get("yaml"), ",")
		if tag == name {
			return v.Field(i), nil
		}
		names = append(names, tag)
	}
	return v, fmt.Errorf("%s: unknown key, did you mean %q? (accepted: %s)", full, datasets.Nearest(name, names), strings.Join(names, ", "))
}

func keyOf(entry *ast.MappingValueNode) (string, error) {
	text, ok := scalar(entry.Key)
	if !ok {
		return "", fmt.Errorf("found the key %s, accepted: a word", shown(entry.Key))
	}
	return text, nil
}

// scalar returns the text of a word, number or switch as it stands in the file, without quotes.
func scalar(node ast.Node) (text string, ok bool) {
	switch n := node.(type) {
	case *ast.StringNode:
		return n.Value, true
	case *ast.LiteralNode:
		return n.Value.Value, true
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.InfinityNode, *ast.NanNode:
		return n.GetToken().Value, true
	}
	return "", false
}

// number matches numbers: decimal digits with a point, and no leading zeros, because some read 010 as 8.
var (
	number = regexp.MustCompile(`^[-+]?((0|[1-9][0-9]*)(\.[0-9]*)?|\.[0-9]+)([eE][-+]?[0-9]+)?$`)
	zeros  = regexp.MustCompile(`^[-+]?0[0-9]+(\.[0-9]*)?$`)
)

// assignText sets v to the value of a text if v can hold exactly that value.
func assignText(v reflect.Value, text string) error {
	switch v.Kind() {
	case reflect.String:
		v.SetString(text)
		return nil
	case reflect.Bool:
		switch text {
		case "true", "True", "TRUE", "false", "False", "FALSE":
			v.SetBool(strings.ToLower(text) == "true")
			return nil
		}
		return unfit(v, "")
	}
	switch {
	case number.MatchString(strings.Replace(text, ",", ".", 1)) && strings.Contains(text, ","):
		return unfit(v, ", with a point before the decimals")
	case zeros.MatchString(text):
		return unfit(v, ", without zeros in front")
	case !number.MatchString(text):
		return unfit(v, "")
	}
	x, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return unfit(v, " that is not too large")
	}
	switch v.Kind() {
	case reflect.Float64:
		v.SetFloat(x)
		return nil
	case reflect.Int, reflect.Int64:
		i, err := strconv.ParseInt(text, 10, 64)
		if err != nil && x == math.Trunc(x) && math.Abs(x) < 1<<53 { // 1e4
			i, err = int64(x), nil
		}
		if err != nil || v.OverflowInt(i) {
			return unfit(v, "")
		}
		v.SetInt(i)
		return nil
	case reflect.Uint, reflect.Uint64:
		u, err := strconv.ParseUint(text, 10, 64)
		if err != nil && x == math.Trunc(x) && x >= 0 && x < 1<<53 {
			u, err = uint64(x), nil
		}
		if err != nil || v.OverflowUint(u) {
			return unfit(v, "")
		}
		v.SetUint(u)
		return nil
	}
	return unfit(v, "")
}

// unfit returns the error for a value that v cannot hold.
func unfit(v reflect.Value, how string) error {
	t := v.Type()
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	return fmt.Errorf("accepted: a value of type %s%s", t, how)
}

func prefixed(key string, err error) error {
	if key == "" {
		return err
	}
	return fmt.Errorf("%s: %w", key, err)
}

// shown returns the beginning of a node's text, on one line.
func shown(node ast.Node) string {
	switch node.(type) {
	case *ast.MappingNode, *ast.MappingValueNode:
		return "a mapping"
	case *ast.SequenceNode:
		return "a list"
	case *ast.NullNode:
		return "no value"
	}
	text, _, _ := strings.Cut(node.String(), "\n")
	return fmt.Sprintf("%.60s", text)
}
