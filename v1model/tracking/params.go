package tracking

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
)

// flatten returns the values of a config by the names that --set takes, such as core.features.
func flatten(config []byte) (map[string]string, error) {
	var tree map[string]any
	if err := yaml.Unmarshal(config, &tree); err != nil {
		return nil, fmt.Errorf("config: %w", err)
	}
	params := map[string]string{}
	var walk func(prefix string, of map[string]any)
	walk = func(prefix string, of map[string]any) {
		for key, v := range of {
			switch v := v.(type) {
			case map[string]any:
				walk(prefix+key+".", v)
			case []any:
				var items []string
				for _, item := range v {
					items = append(items, fmt.Sprint(item))
				}
				params[prefix+key] = strings.Join(items, ",")
			default:
				params[prefix+key] = fmt.Sprint(v)
			}
		}
	}
	walk("", tree)
	return params, nil
}

// pairs lists keys and values as the interface takes parameters and tags, sorted by key. Texts beyond the interface's limit are cut, and end in dots.
func pairs(of map[string]string) []map[string]string {
	list := []map[string]string{}
	for _, key := range slices.Sorted(maps.Keys(of)) {
		value := of[key]
		if len(value) > mostText {
			value = strings.ToValidUTF8(value[:mostText-3], "") + "..."
		}
		list = append(list, map[string]string{"key": key, "value": value})
	}
	return list
}
