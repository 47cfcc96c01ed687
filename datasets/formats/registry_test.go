package formats_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"v1lab/datasets"
	"v1lab/datasets/formats"
)

// The table of options in the documents lists what each format accepts, and nothing else.
func TestFormatsDescribeTheirOptions(t *testing.T) {
	paths := map[string][]string{"allen": {"", "../allen/testdata/experiment.nwb"}, "iclr2019": {"", "../iclr2019/testdata"}}
	accepted := regexp.MustCompile(`\(accepted: ([^)]*)\)$`)
	for _, f := range formats.All() {
		listed := []string{"no_such_option"}
		for _, o := range slices.Concat(datasets.CommonOptions(), f.Options) {
			if o.Name == "KEY" { // stands for those between the marks
				listed = append(listed, strings.Fields(strings.Split(o.Means, "`")[1])...)
				continue
			}
			listed = append(listed, o.Name)
		}
		var found []string
		if paths[f.Scheme] == nil {
			paths[f.Scheme] = []string{""}
		}
		for _, path := range paths[f.Scheme] {
			_, err := formats.Open(f.Scheme + ":" + path + "?no_such_option=1")
			if err == nil || !accepted.MatchString(err.Error()) {
				t.Errorf("%s:%s: error %v does not list the options", f.Scheme, path, err)
				continue
			}
			found = append(found, strings.Split(accepted.FindStringSubmatch(err.Error())[1], ", ")...)
		}
		for _, name := range found {
			if !slices.Contains(listed, name) {
				t.Errorf("%s accepts option %s, which its description leaves out", f.Scheme, name)
			}
		}
		for _, name := range listed[1:] {
			if !slices.Contains(found, name) {
				t.Errorf("%s describes option %s, which it does not accept", f.Scheme, name)
			}
		}
	}
}

func TestRegisterRefuses(t *testing.T) {
	good := datasets.Format{Scheme: "own", Example: "own:x", Reads: "x", Open: func(datasets.Spec) (*datasets.Dataset, error) { return nil, nil }}
	for want, change := range map[string]func(*datasets.Format){
		`scheme "own:"`:       func(f *datasets.Format) { f.Scheme = "own:" },
		"scheme npz is taken": func(f *datasets.Format) { f.Scheme, f.Example = "npz", "npz:x" },
		"Open is nil":         func(f *datasets.Format) { f.Open = nil },
		"Reads is":            func(f *datasets.Format) { f.Reads = "" },
		"Example is":          func(f *datasets.Format) { f.Example = "other:x" },
		"go together":         func(f *datasets.Format) { f.Extension = ".own" },
		"extension .h5 is taken by hdf5": func(f *datasets.Format) {
			f.Extension, f.Write = ".h5", func(string, *datasets.Dataset) error { return nil }
		},
	} {
		t.Run(want, func(t *testing.T) {
			defer func() {
				if text, _ := recover().(string); !strings.Contains(text, want) {
					t.Errorf("panic %q; want %q", text, want)
				}
			}()
			f := good
			change(&f)
			formats.Register(f)
		})
	}
}
