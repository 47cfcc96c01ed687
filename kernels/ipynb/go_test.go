package ipynb_test

import (
	"encoding/json"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"v1lab/kernels/ipynb"
)

// made is a notebook of the given cells; those that begin with "# " are texts.
func made(t interface{ Fatal(...any) }, cells ...string) []byte {
	var list []map[string]any
	for i, source := range cells {
		c := map[string]any{"cell_type": "code", "id": string(rune('a' + i)), "source": source, "metadata": map[string]any{}, "outputs": []any{}, "execution_count": nil}
		if strings.HasPrefix(source, "# ") {
			c = map[string]any{"cell_type": "markdown", "source": source, "metadata": map[string]any{"tags": []string{"x"}}}
		}
		list = append(list, c)
	}
	data, err := json.Marshal(map[string]any{"cells": list, "metadata": map[string]any{"kernelspec": map[string]any{"name": "v1lab", "language": "go"}}, "nbformat": 4, "nbformat_minor": 5})
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// sources are the cells of a notebook, in its bytes.
func sources(t interface{ Fatal(...any) }, notebook []byte) (all []string) {
	var nb struct {
		Cells []struct{ Source any }
	}
	if err := json.Unmarshal(notebook, &nb); err != nil {
		t.Fatal(err)
	}
	for _, c := range nb.Cells {
		switch s := c.Source.(type) {
		case string:
			all = append(all, s)
		case []any:
			text := ""
			for _, line := range s {
				text += line.(string)
			}
			all = append(all, text)
		}
	}
	return all
}

// roundTrip checks that a notebook becomes a Go file that parses, which becomes the same notebook, and the same file again.
func roundTrip(t interface {
	Fatal(...any)
	Errorf(string, ...any)
}, notebook []byte) string {
	file, err := ipynb.ToGo(notebook, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := parser.ParseFile(token.NewFileSet(), "nb.go", file, 0); err != nil {
		t.Errorf("%v in %s", err, file)
	}
	back, err := ipynb.FromGo(file, notebook)
	if err != nil || string(back) != string(notebook) {
		t.Errorf("%v: back is %s, want %s; file %s", err, back, notebook, file)
	}
	fresh, err := ipynb.FromGo(file, nil)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := sources(t, fresh), sources(t, notebook); strings.Join(got, "\x00") != strings.Join(want, "\x00") {
		t.Errorf("cells %q, want %q; file %s", got, want, file)
	}
	if again, err := ipynb.ToGo(fresh, nil); err != nil || string(again) != string(file) {
		t.Errorf("%v: the file is then %s, was %s", err, again, file)
	}
	return string(file)
}

func TestRoundTrip(t *testing.T) {
	for name, test := range map[string]struct {
		cells []string
		want  []string // in the file
	}{
		"usual": {[]string{"# Title\n\n  text \n%% no cell\n\\\\%% nor this\n", "import (\n\t\"fmt\"\n\n\tm \"math\" // why\n)\n\nvar a = m.Pi\n\n%%\nfmt.Println(a)", "%%\nfor i := range 3 {\n\n\tfmt.Println(i)\n}\n"},
			[]string{"func cell2() { //gonb:%%\n\tfmt.Println(a)\n} // end", "\tcell2()\n\tcell3()\n}\n", "\t\"fmt\"\n\tm \"math\"\n)", "// %% no cell"[:3] + `\%% no cell`}},
		"texts":        {[]string{"%%\nfmt.Println(`\na\n!b\n%%\n`)\n/*\nx\n*/", "const s = `\n\tx\n`"}, []string{"\na\n!b\n%%\n`)\n\t/*\nx\n*/"}},
		"commands":     {[]string{"!ls `\n%args -x\n//gonb:!pwd\n%%\nfmt.Print(1)\n!echo \"\nfmt.Print(2)"}, []string{"//gonb:!ls `\n//gonb:%args -x\n//gonb://gonb:!pwd\n"}},
		"bash":         {[]string{"%%bash\necho 1", "%%writefile a\n// %% code"}, []string{"// (this cell is not in Go)\n//cell: %%bash\n//cell: echo 1\n"}},
		"again":        {[]string{"func f() {}", "func f() int { return 1 }", "type t int\nfunc (t) m() {}", "func (t) m() {}"}, []string{"(this cell declares f again)", "(this cell declares t.m again)"}},
		"imports":      {[]string{"import \"math/rand\"", "import \"math/rand/v2\"", "import \"os\"; var x = 1", "import _ \"image/png\""}, []string{"imports another package named rand", "shares its line", "_ \"image/png\""}},
		"in imports":   {[]string{"import (\n//gonb:!ls\n!pwd\n// %% code\n//import: a\n\"os\"\n)"}, []string{"//import: //gonb:!ls\n//import: !pwd\n//import: // %% code\n//import: //import: a\n"}},
		"broken":       {[]string{"%%\nfmt.Print(", "", "\n\n", " ", "%%"}, []string{"cannot be parsed", "func cell5() { //gonb:%%\n} //"}},
		"marks":        {[]string{"// %% code\n//import: x\n//cell: y\n//gonb:z", "%%\n// %% code\n//import: x\n//gonb:y\n", "const s = `\n// %% end\n`"}, []string{"//gonb:// %% code", "a text in this cell looks like a mark"}},
		"two":          {[]string{"%%\n%%\n", "%exec f\nfunc f() {}", "!a \\\n b"}, []string{"two lines %%"}},
		"start":        {[]string{"func init_b() {}", "func init_a() {}\n%%\n"}, []string{"\tinit_a()\n\tinit_b()\n\tcell2()\n"}},
		"other":        {[]string{"%%\r\nfmt.Print(1)", "func main() {}", "func cell1() {}", "// ä€𝛂 <&>\u2028"}, []string{"carriage returns", "declares main again"}},
		"cell's names": {[]string{"func cell2() {}", "%%\nfmt.Print(1)"}, []string{"declares cell2 again"}},
		"none":         {nil, []string{"func main() {\n}\n"}},
	} {
		t.Run(name, func(t *testing.T) {
			file := roundTrip(t, made(t, test.cells...))
			for _, want := range test.want {
				if !strings.Contains(file, want) {
					t.Errorf("no %q in %s", want, file)
				}
			}
		})
	}
	files, err := filepath.Glob("../../notebooks/*.ipynb")
	if err != nil || len(files) < 9 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if text := roundTrip(t, data); strings.Contains(text, "//cell: ") {
			t.Errorf("%s has cells that no Go file can hold", file)
		}
	}
}

// TestAnyCells: whatever is in a notebook, it comes back.
func TestAnyCells(t *testing.T) {
	line := rapid.SampledFrom([]string{"", " ", "\t", "x", "%%", "%% -a", "%%bash", "!ls", "!a \\", "//gonb:!ls", "//gonb:%%", "import \"os\"", "import (", ")", "`", "/*", "*/", "// %% code", "// %% end", "//cell: a", "//import: b", "} // end of the cell's statements",
		"func f() {", "}", "{", "func cell1() { //gonb:%%", "var a = `", "\tfmt.Print(\"a\")", "# ", "package main", "\\%% a", "a\r", "'", "\""})
	rapid.Check(t, func(t *rapid.T) {
		var cells []string
		for range rapid.IntRange(0, 3).Draw(t, "cells") {
			cells = append(cells, strings.Join(rapid.SliceOfN(line, 0, 6).Draw(t, "lines"), "\n"))
		}
		roundTrip(t, made(t, cells...))
	})
}

// TestEdited: a cell that was edited in the Go file loses its outputs, the others keep theirs. A file that is none of a notebook is refused.
func TestEdited(t *testing.T) {
	notebook := []byte(strings.ReplaceAll(string(made(t, "%%\na()", "%%\nb()")), `"outputs":[]`, `"outputs":[{"output_type":"stream","name":"stdout","text":"kept"}]`))
	file, err := ipynb.ToGo(notebook, nil)
	if err != nil {
		t.Fatal(err)
	}
	edited := strings.Replace(string(file), "\ta()\n", "\ta(1)\n\n\tc()\n", 1)
	back, err := ipynb.FromGo([]byte(edited), notebook)
	if err != nil || strings.Count(string(back), `"kept"`) != 1 || sources(t, back)[0] != "%%\na(1)\n\nc()" {
		t.Errorf("%v: %s", err, back)
	}
	for name, text := range map[string]string{"no Go file of a notebook": "package main\n", "was cut off": edited[:strings.Index(edited, "// %% end")],
		`the kind "prose"`: strings.Replace(edited, "// %% code", "// %% prose", 1), "statements\" is missing": strings.Replace(edited, "} // end of the cell's statements", "}", 1)} {
		if _, err := ipynb.FromGo([]byte(text), nil); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("error %v, want %q", err, name)
		}
	}
	if _, err := ipynb.ToGo([]byte("{}"), nil); err == nil || !strings.Contains(err.Error(), "no notebook") {
		t.Errorf("error %v", err)
	}
}
