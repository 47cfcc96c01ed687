package docgen_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"v1lab/cmd/docgen"
	"v1lab/kernels/v1labhome"
)

func ExampleRewrite() {
	page := "# Presets\n\n<!-- generated: presets -->\nold\n<!-- end of presets -->\n\nMore.\n"
	page, err := docgen.Rewrite(page, func(name string) (string, error) { return "the list of " + name, nil })
	fmt.Println(page, err)
	// Output:
	// # Presets
	//
	// <!-- generated: presets -->
	//
	// the list of presets
	//
	// <!-- end of presets -->
	//
	// More.
	//  <nil>
}

func TestRewriteErrorsNameTheBlock(t *testing.T) {
	for page, want := range map[string]string{
		"<!-- generated: a -->\n":                      `block "a": no "<!-- end of a -->" after it`,
		"<!-- generated: b -->\n\n<!-- end of b -->\n": `block "b": no such thing`,
	} {
		_, err := docgen.Rewrite(page, func(string) (string, error) { return "", errors.New("no such thing") })
		if err == nil || err.Error() != want {
			t.Errorf("%q: %v, want %s", page, err, want)
		}
	}
}

// A struct's fields have the names of the file, the words of a reader, and the comments of the code; those of structs inside it follow.
func TestFields(t *testing.T) {
	root, err := v1labhome.Root()
	if err != nil {
		t.Fatal(err)
	}
	source := docgen.Source{Root: root}
	fields, err := source.Fields("v1lab/v1model/evaluate.Report", "json")
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]docgen.Field{}
	for _, f := range fields {
		found[f.Key] = f
	}
	for key, want := range map[string]string{
		"test_corr":         "number or null", // a named number
		"explainable":       "number or null", // of an embedded struct
		"neurons":           "list of objects",
		"neurons[].id":      "text", // of a list's struct
		"neurons[].cc_norm": "number or null",
	} {
		if got := found[key].Type; got != want {
			t.Errorf("%s: %q, want %q", key, got, want)
		}
	}
	if c := found["test_corr"].Comment; !strings.HasPrefix(c, "mean over neurons") {
		t.Errorf("comment of test_corr: %q", c)
	}
	for of, want := range map[string]string{
		"Report":                      "accepted: IMPORT/PATH.Type",
		"v1lab/v1model/evaluate.None": "no type None in v1lab/v1model/evaluate",
	} {
		if _, err := source.Fields(of, "json"); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", of, err, want)
		}
	}
}
