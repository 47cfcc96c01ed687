package formats

import (
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"v1lab/datasets"
)

// open opens the recording or the sessions at spec.Path: one path, several joined by commas, or a folder of sessions.
func open(format datasets.Format, spec datasets.Spec) (*datasets.Dataset, error) {
	if format.FromName || spec.Path == "" {
		return format.Open(spec)
	}
	paths, err := sessionPaths(format, spec)
	if err != nil {
		return nil, err
	}
	if format.Joins { // it joins them itself
		spec.Path = strings.Join(paths, ",")
		return format.Open(spec)
	}
	if len(paths) == 1 {
		spec.Path = paths[0]
		return format.Open(spec)
	}
	names, err := sessionNames(paths)
	if err != nil {
		return nil, fmt.Errorf("data %q: %w", spec, err)
	}
	var sessions []*datasets.Dataset
	var first *datasets.Layout // kept instead of sessions, whose images Together puts elsewhere
	for k, path := range paths {
		one := spec
		one.Path = path
		d, err := format.Open(one)
		if err != nil {
			return nil, err
		}
		if k == 0 {
			first = d.Layout
		}
		sessions = append(sessions, d)
	}
	d, err := datasets.Together(sessions, names)
	if err != nil {
		return nil, fmt.Errorf("data %q: %w", spec, err)
	}
	if first != nil { // all were read by the same options
		d.Layout = &datasets.Layout{Unused: first.Unused}
		for _, a := range first.Arrays {
			a.Name = names[0] + ": " + a.Name
			d.Layout.Arrays = append(d.Layout.Arrays, a)
		}
	}
	return d, nil
}

// sessionPaths returns the paths of the sessions. A path that exists as it is written is one; otherwise commas divide the path, and %3F, %2C and so on are
// characters that have a meaning in a name.
func sessionPaths(format datasets.Format, spec datasets.Spec) ([]string, error) {
	paths := []string{spec.Path}
	if _, err := os.Stat(spec.Path); err != nil {
		paths = strings.Split(spec.Path, ",")
		for i, path := range paths {
			if path == "" {
				return nil, fmt.Errorf("data %q: an empty path between commas, want one for each session; %%2C is a comma in a path", spec)
			}
			paths[i] = unescaped(path)
			if format.Joins && len(paths) > 1 && strings.Contains(paths[i], ",") {
				return nil, fmt.Errorf("data %q: a comma in the path of one of several sessions, which %s cannot read; rename it", spec, spec.Scheme)
			}
		}
	}
	if len(paths) > 1 || format.Sessions == nil {
		return paths, nil
	}
	if info, err := os.Stat(paths[0]); err != nil || !info.IsDir() {
		return paths, nil
	}
	found, err := format.Sessions(paths[0])
	if err != nil || len(found) == 0 {
		return paths, err
	}
	return found, nil
}

// OneName joins the names of several recordings to the name of one whose sessions they are. They must be of one scheme that reads files, with the same options.
func OneName(names ...string) (string, error) {
	if len(names) == 1 {
		return names[0], nil
	}
	var paths []string
	var first datasets.Spec
	for i, name := range names {
		spec, err := datasets.ParseSpec(name)
		if err != nil {
			return "", err
		}
		format, ok := Find(spec.Scheme)
		if !ok {
			return "", fmt.Errorf("data %q: unknown scheme %q, want %s", name, spec.Scheme, strings.Join(Schemes(), ", "))
		}
		if format.FromName || spec.Path == "" {
			return "", fmt.Errorf("data %q: %s reads no file that could be one of several sessions; accepted: files, as data convert or data simulate write them", name, spec.Scheme)
		}
		if i == 0 {
			first = spec
		}
		if spec.Scheme != first.Scheme || spec.Options.Encode() != first.Options.Encode() {
			return "", fmt.Errorf("data %q and %q: sessions of one fit; accepted: one scheme and the same options, data convert writes others as npz", names[0], name)
		}
		own, err := sessionPaths(format, spec)
		if err != nil {
			return "", err
		}
		for _, path := range own {
			paths = append(paths, escaped.Replace(path))
		}
	}
	_, rest, _ := strings.Cut(names[0], "?")
	joined := first.Scheme + ":" + strings.Join(paths, ",")
	if rest != "" {
		joined += "?" + rest
	}
	return joined, nil
}

// escaped replaces what has a meaning in a name by percent escapes.
var escaped = strings.NewReplacer("%", "%25", ",", "%2C", "?", "%3F")

// unescaped replaces percent escapes, unless the path exists as it is written or has a percent sign that is no escape.
func unescaped(path string) string {
	if _, err := os.Stat(path); err == nil {
		return path
	}
	if plain, err := url.PathUnescape(path); err == nil {
		return plain
	}
	return path
}

// sessionNames names sessions by their files without extension, and by the folder too where that is not enough.
func sessionNames(paths []string) ([]string, error) {
	for _, depth := range []int{1, 2, 3} {
		names := make([]string, len(paths))
		for i, path := range paths {
			absolute, err := filepath.Abs(path)
			if err != nil {
				return nil, err
			}
			if k := slices.Index(paths[:i], path); k >= 0 {
				return nil, fmt.Errorf("session %s is named twice, want each once", path)
			}
			parts := strings.Split(filepath.ToSlash(absolute), "/")
			last := len(parts) - 1
			for _, extension := range []string{filepath.Ext(parts[last]), ".zarr"} {
				parts[last] = strings.TrimSuffix(parts[last], extension)
			}
			names[i] = strings.ReplaceAll(strings.Join(parts[max(0, last+1-depth):], "/"), ",", "_") // option session divides at commas
		}
		if sorted := slices.Sorted(slices.Values(names)); len(slices.Compact(sorted)) == len(names) {
			return names, nil
		}
	}
	return nil, fmt.Errorf("sessions of the same name, want names that differ")
}

// Absolute makes the paths in a recording's name absolute, so that a run finds its recording from any folder.
func Absolute(name string) (string, error) {
	spec, err := datasets.ParseSpec(name)
	if err != nil {
		return name, err
	}
	if name, err = absoluteOptions(name, spec); err != nil || spec.Path == "" {
		return name, err
	}
	paths := []string{spec.Path}
	if _, err := os.Stat(spec.Path); err != nil {
		paths = strings.Split(spec.Path, ",")
	}
	for i, path := range paths {
		if path == "" {
			continue // opening it says so
		}
		if paths[i], err = filepath.Abs(path); err != nil {
			return "", fmt.Errorf("data %q: %w", name, err)
		}
	}
	return spec.Scheme + ":" + strings.Join(paths, ",") + strings.TrimPrefix(name, spec.Scheme+":"+spec.Path), nil
}

// absoluteOptions makes the options absolute that are paths or names of recordings themselves. Others stay as they are written.
func absoluteOptions(name string, spec datasets.Spec) (string, error) {
	format, _ := Find(spec.Scheme)
	head, query, _ := strings.Cut(name, "?")
	words := strings.Split(query, "&")
	for i, word := range words {
		key, _, _ := strings.Cut(word, "=")
		if key, err := url.QueryUnescape(key); err != nil || !slices.Contains(format.Paths, key) {
			continue
		}
		value := spec.Options.Get(key)
		if value == "" {
			continue // opening it says so
		}
		absolute, err := filepath.Abs(value)
		if NamesRecording(value) {
			absolute, err = Absolute(value)
		}
		if err != nil {
			return "", fmt.Errorf("data %q: option %s: %w", name, key, err)
		}
		if absolute != value {
			words[i] = key + "=" + readable.Replace(url.QueryEscape(absolute))
		}
	}
	if query == "" {
		return name, nil
	}
	return head + "?" + strings.Join(words, "&"), nil
}

// readable undoes the escapes of characters that have no meaning inside an option's value.
var readable = strings.NewReplacer("%2F", "/", "%3A", ":", "%2C", ",", "%3D", "=", "%3F", "?")

// NamesRecording tells whether a text, such as the value of an option, begins with a known scheme, and so is no path of a file.
func NamesRecording(text string) bool {
	scheme, _, ok := strings.Cut(text, ":")
	_, known := Find(scheme)
	return ok && known
}
