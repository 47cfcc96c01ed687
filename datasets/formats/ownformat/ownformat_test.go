// Package ownformat_test adds a format from outside, as docs/developers/format.md tells to.
package ownformat_test

import (
	"encoding/binary"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"v1lab/datasets"
	"v1lab/datasets/formats"
)

// folder writes a recording of 4 neurons and 40 images of 6 x 5 pixels.
func folder(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	pixels, responses := make([]byte, 40*6*5), make([]float32, 40*4)
	for i := range pixels {
		pixels[i] = byte(i * i % 251)
	}
	for i := range responses {
		responses[i] = float32(i%7) + float32(i%4)/10
	}
	numbers, err := binary.Append(nil, binary.LittleEndian, responses)
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string][]byte{"images.u8": pixels, "responses.f32": numbers} {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestARegisteredFormatIsOpenedCheckedAndConverted(t *testing.T) {
	spec := "raw:" + folder(t) + "?height=6&width=5&seed=2"
	d, err := formats.Open(spec + "&neurons=0-2")
	if err != nil {
		t.Fatal(err)
	}
	if d.Train.Images.N != 32 || d.NumNeurons() != 3 || d.Normalisation == nil {
		t.Errorf("%d training images, %d neurons, normalisation %v", d.Train.Images.N, d.NumNeurons(), d.Normalisation)
	}
	raw, err := formats.OpenRaw(spec)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range datasets.Check(raw) {
		if f.Severity == datasets.SeverityError {
			t.Errorf("%s: %s", f.Code, f.Message)
		}
	}
	npz, err := formats.Writer(".npz")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "x.npz")
	if err := npz.Write(path, raw); err != nil {
		t.Fatal(err)
	}
	converted, err := formats.OpenRaw("npz:" + path)
	if err != nil {
		t.Fatal(err)
	}
	if datasets.Fingerprint(converted) != datasets.Fingerprint(raw) {
		t.Error("the recording changed on its way through an archive")
	}
	for spec, want := range map[string]string{
		spec + "&hight=7":    `unknown option "hight", did you mean "height"?`,
		"raw:/nowhere":       "/nowhere/images.u8: no such file",
		"row:" + t.TempDir(): "raw, sensorium",
	} {
		if _, err := formats.Open(spec); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v; want %q", spec, err, want)
		}
	}
	if !slices.ContainsFunc(formats.All(), func(f datasets.Format) bool { return f.Scheme == "raw" }) {
		t.Error("formats.All leaves it out")
	}
}

// The page shows the file that is compiled here.
func TestThePageShowsThisFormat(t *testing.T) {
	page, err := os.ReadFile("../../../docs/developers/format.md")
	if err != nil {
		t.Fatal(err)
	}
	code, err := os.ReadFile("raw_test.go")
	if err != nil {
		t.Fatal(err)
	}
	want := strings.Replace(string(code), "package ownformat_test", "package raw", 1)
	if !strings.Contains(string(page), "```go\n"+want+"```\n") {
		t.Error("docs/developers/format.md: the code is not that of raw_test.go; copy it there, as package raw")
	}
}
