package jupyter_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"v1lab/kernels/jupyter"
)

func TestCheckParams(t *testing.T) {
	text := filepath.Join(t.TempDir(), "text.ipynb")
	if err := os.WriteFile(text, []byte("no json"), 0o644); err != nil {
		t.Fatal(err)
	}
	first := notebook(t, "import \"v1lab/notebooks/lab\"", "%%\nlab.Fit(lab.Param(\"data\", \"\"), lab.Int(\"max.steps\", 5, 1))")
	second, computed, none := notebook(t, "%%\nos.Getenv(\"V1LAB_PARAM_OUT\")"), notebook(t, "%%\nlab.Param(name, \"\")"), notebook(t, "%%")
	for _, test := range []struct {
		notebooks []string
		names     string
		want      string // "" for no error
	}{
		{[]string{first}, "data max-steps", ""},
		{[]string{first}, "DATA", ""},
		{[]string{first, second}, "out data", ""},
		{[]string{first, second}, "data steps", fmt.Sprintf(`parameter "steps": no cell of %s, %s asks for it; accepted: data, max.steps, out`, first, second)},
		{[]string{none}, "seed", fmt.Sprintf(`parameter "seed": no cell of %s asks for it; accepted: none`, none)},
		{[]string{none}, "", ""},
		{[]string{first, computed}, "whatever", ""},
		{[]string{first, text}, "whatever", ""},
		{[]string{first}, "max-steps max_steps", `parameters "max-steps" and "max_steps" are the same one`},
		{[]string{computed}, "a$b", `parameter "a$b": a name is letters`},
	} {
		params := map[string]string{}
		for name := range strings.FieldsSeq(test.names) {
			params[name] = "1"
		}
		err := jupyter.CheckParams(test.notebooks, params)
		if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: error %v, want %q", test.names, err, test.want)
		}
	}
}
