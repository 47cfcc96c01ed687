package arrayfile

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"v1lab/datasets/internal/namedarrays"
)

// find returns the name in the file of each key that an option gives, or that the file has under its own name or a usual other one, and the options that
// name labels instead of arrays.
func (o Options) find(path, noun string, f File) (names map[string]string, tiers map[string][]string, err error) {
	names, tiers = maps.Clone(o.names), map[string][]string{}
	keys := namedarrays.Keys()
	if o.first {
		keys = namedarrays.FirstKeys()
	}
	for _, key := range keys {
		if _, ok := names[key]; !ok && f.Has(key) && !slices.Contains(o.without, key) {
			names[key] = key
		}
	}
	if !o.first {
		if err := o.findOthers(path, f, names); err != nil {
			return nil, nil, err
		}
	}
	labelled := names["tiers"] != "" || names["split"] != ""
	for _, key := range slices.Sorted(maps.Keys(o.names)) {
		name := o.names[key]
		if isPart := key == "train" || key == "val" || key == "test"; isPart && !f.Has(name) && labelled {
			tiers[key] = strings.Split(name, ",")
			delete(names, key)
			continue
		}
		if err := f.Check(name); err != nil {
			return nil, nil, fmt.Errorf("%w (option %s=%s; found %s)", err, key, name, found(f, noun))
		}
	}
	if err := o.settle(path, names); err != nil {
		return nil, nil, err
	}
	return names, tiers, o.checkWithout(path, noun, f)
}

// findOthers looks for keys under the names that others give them.
func (o Options) findOthers(path string, f File, names map[string]string) error {
	for _, key := range namedarrays.Keys() {
		for _, other := range namedarrays.Aliases(key) {
			if !f.Has(other) || slices.Contains(o.without, other) || used(names, other) {
				continue
			}
			there, taken := names[key]
			switch {
			case !taken:
				names[key] = other
			case o.names[key] != "" || !namedarrays.Divides(key):
				// The user chose, or the first of several counts.
			default:
				return fmt.Errorf("%s: %s and %s could both be %s; accepted: option %s=%s or %s=%s", path, there, other, key, key, there, key, other)
			}
		}
	}
	return nil
}

func used(names map[string]string, name string) bool {
	for _, other := range names {
		if other == name {
			return true
		}
	}
	return false
}

// settle lets an option that names the labels count more than index arrays that the file happens to have, and the reverse.
func (o Options) settle(path string, names map[string]string) error {
	indexed := o.names["train"] != "" && names["train"] != "" || o.names["test"] != "" && names["test"] != ""
	labelled := o.names["tiers"] != "" || o.names["split"] != ""
	switch {
	case indexed && labelled:
		return fmt.Errorf("%s: options name both labels of images and indices of images; accepted: one of them", path)
	case indexed:
		delete(names, "tiers")
		if o.names["split"] == "" {
			delete(names, "split")
		}
	case labelled:
		for _, key := range []string{"train", "val", "test"} {
			delete(names, key)
		}
		if o.names["tiers"] != "" {
			delete(names, "split")
		} else {
			delete(names, "tiers")
		}
	}
	return nil
}

// checkWithout checks that option without has an effect.
func (o Options) checkWithout(path, noun string, f File) error {
	for _, name := range o.without {
		known := false
		for _, key := range namedarrays.Keys() {
			known = known || key == name || slices.Contains(namedarrays.Aliases(key), name)
		}
		for key, other := range o.names {
			if other == name {
				return fmt.Errorf("%s: option %s=%s names what option without=%s leaves out; accepted: one of them", path, key, name, name)
			}
		}
		switch {
		case !f.Has(name):
			return fmt.Errorf("%s: no %s %q, which option without=%s leaves out, found %s", path, noun, name, name, found(f, noun))
		case !known:
			return fmt.Errorf("%s: %s %s is not used anyway, option without=%s has no effect", path, noun, name, name)
		}
	}
	return nil
}
