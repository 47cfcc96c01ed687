package v1labhome

import (
	"maps"
	"slices"
	"strings"
)

// Environ returns env, a list of key=value, with the variables in set given new values and those in
// drop removed. No key occurs twice, which matters to programs that are started by exec(2).
func Environ(env []string, set map[string]string, drop ...string) []string {
	last := map[string]string{}
	for _, kv := range env {
		if key, value, ok := strings.Cut(kv, "="); ok {
			last[key] = value
		}
	}
	maps.Copy(last, set)
	var out []string
	for _, key := range slices.Sorted(maps.Keys(last)) {
		if !slices.Contains(drop, key) {
			out = append(out, key+"="+last[key])
		}
	}
	return out
}
