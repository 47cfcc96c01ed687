package ipynb_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"v1lab/kernels/ipynb"
)

func TestRead(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.ipynb")
	nb := `{"cells": [{"cell_type": "markdown", "source": "text"}, {"cell_type": "code", "source": ["a\n", "b"]}, {"cell_type": "code", "source": "c"}, {"cell_type": "code"}]}`
	if err := os.WriteFile(path, []byte(nb), 0o644); err != nil {
		t.Fatal(err)
	}
	if got, err := ipynb.Read(path); err != nil || !slices.Equal(got, []string{"a\nb", "c", ""}) {
		t.Errorf("found %q, %v", got, err)
	}
	if err := os.WriteFile(path, []byte("{"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := ipynb.Read(path); err == nil || !strings.Contains(err.Error(), "notebook "+path) {
		t.Errorf("broken notebook: error %v", err)
	}
}

func TestParameters(t *testing.T) {
	for cell, want := range map[string]string{
		"%%\nx := lab.Param(\"seed\", \"1\")":                                     "[seed] false",
		"var (\n\ta = lab.Param(`a-b`, lab.Param(\"c.d\", \"\")) // both\n)":      "[a-b c.d] false",
		"n := lab.Int ( \"steps\", 2000, 1)":                                      "[steps] false",
		"// lab.Param(\"no\", \"\")\ntext := `lab.Param(\"no\", \"\")`":           "[] false",
		"%%\nother.Param(\"no\", \"\"); lab.Fit(\"no\")":                          "[] false",
		"for _, n := range all { lab.Param(n, \"\") }":                            "[] true",
		"!echo $V1LAB_PARAM_OUT_DIR\n%%\nos.Getenv(\"V1LAB_PARAM_SEED\")":         "[out_dir seed] false",
		"%%\nthis is no { Go \"\nx = lab.Param(\"late\", \"\") 'unclosed \x00 ''": "[late] false",
	} {
		if names, all := ipynb.Parameters(cell); fmt.Sprint(names, all) != want {
			t.Errorf("%q: found %v %t, want %s", cell, names, all, want)
		}
	}
}

func ExampleImports() {
	fmt.Println(ipynb.Imports("%env A=1\nimport f \"v1lab/notebooks/figures\"\n%%\nf.Show()"))
	// Output: [v1lab/notebooks/figures]
}
