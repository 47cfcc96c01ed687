package version_test

import (
	"fmt"
	"runtime/debug"
	"testing"

	"v1lab/v1model/version"
)

func ExampleOf() {
	info := &debug.BuildInfo{Settings: []debug.BuildSetting{{Key: "vcs.revision", Value: "8691587"}, {Key: "vcs.modified", Value: "true"}}}
	fmt.Println(version.Of(info))
	// Output: 8691587+changes
}

func TestOf(t *testing.T) {
	for _, c := range []struct {
		main     string
		settings []debug.BuildSetting
		want     string
	}{
		{"", nil, version.Unknown},
		{"(devel)", nil, version.Unknown},
		{"v0.2.0", nil, "v0.2.0"},
		{"v0.2.1-0.20261128170000-869158700000", []debug.BuildSetting{{Key: "vcs.revision", Value: "8691587"}, {Key: "vcs.modified", Value: "false"}}, "8691587"},
	} {
		info := &debug.BuildInfo{Main: debug.Module{Version: c.main}, Settings: c.settings}
		if got := version.Of(info); got != c.want {
			t.Errorf("module %q, %v: %s, want %s", c.main, c.settings, got, c.want)
		}
	}
}
