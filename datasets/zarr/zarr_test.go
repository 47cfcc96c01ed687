package zarr_test

import (
	"archive/zip"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"v1lab/datasets"
	"v1lab/datasets/npz"
	"v1lab/datasets/zarr"
)

func open(t testing.TB, text string) (*datasets.Dataset, error) {
	t.Helper()
	spec, err := datasets.ParseSpec(text)
	if err != nil {
		t.Fatal(err)
	}
	return zarr.Open(spec)
}

// unzip puts a fixture into a folder.
func unzip(t testing.TB, name string) (dir string) {
	t.Helper()
	r, err := zip.OpenReader("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	dir = filepath.Join(t.TempDir(), strings.TrimSuffix(name, ".zip"))
	for _, f := range r.File {
		in, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(in)
		if err != nil {
			t.Fatal(err)
		}
		put(t, filepath.Join(dir, strings.TrimPrefix(f.Name, "recording.zarr/")), string(content))
	}
	return dir
}

func put(t testing.TB, path, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

const inGroup = "?train_images=stimuli/train&val_images=/stimuli/val&test_images=stimuli/test"

var fixtures = map[string]string{"v2.zip": "", "v3.zip": inGroup, "xarray2.zip": "", "xarray3.zip": "", "own.zip": ""}

// Every group holds what the archive does, however zarr-python or xarray laid it out, as a folder and as a zip file.
func TestReadsOtherPrograms(t *testing.T) {
	want, err := npz.Open(datasets.Spec{Scheme: "npz", Path: "testdata/expected.npz"})
	if err != nil {
		t.Fatal(err)
	}
	for name, options := range fixtures {
		for _, path := range []string{"testdata/" + name, unzip(t, name)} {
			got, err := open(t, "zarr:"+path+options)
			if err != nil {
				t.Error(err)
				continue
			}
			if diff := cmp.Diff(want, got, cmpopts.EquateNaNs(), cmpopts.IgnoreFields(datasets.Dataset{}, "Layout")); diff != "" {
				t.Errorf("%s:\n%s", path, diff)
			}
		}
	}
}

// A shard that reaches over the edge of the array, with its index first and a chunk that is missing, is what numpy has.
func TestShardAtTheEdge(t *testing.T) {
	want, err := npz.Open(datasets.Spec{Scheme: "npz", Path: "testdata/expected.npz"})
	if err != nil {
		t.Fatal(err)
	}
	got, err := open(t, "zarr:testdata/v3.zip"+strings.Replace(inGroup, "stimuli/train", "sharded", 1))
	if err != nil {
		t.Fatal(err)
	}
	for i, v := range want.Train.Images.Pixels {
		if row, column := i/5%4, i%5; row >= 2 && column == 4 {
			v = 7 // the fill value, as nothing was written there
		}
		if got.Train.Images.Pixels[i] != v {
			t.Fatalf("pixel %d is %v, want %v", i, got.Train.Images.Pixels[i], v)
		}
	}
}

// Text of fixed and of any length, some of it never written.
func TestText(t *testing.T) {
	for spec, want := range map[string]string{
		"zarr:testdata/v2.zip?":                "Zelle ab Größe c Zelle ab Größe c Zelle ab Größe c",
		"zarr:testdata/v3.zip" + inGroup + "&": "Zelle ab Größe c  ab " + strings.Repeat("x", 5000) + " c none ab none c",
	} {
		d, err := open(t, spec+"neuron_sessions=words&neuron_layers=text")
		if err != nil {
			t.Error(err)
			continue
		}
		var got []string
		for _, n := range d.Neurons {
			got = append(got, n.Session, n.Layer)
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s: got %v", spec, got)
		}
	}
}

func TestErrors(t *testing.T) {
	v2, refused := unzip(t, "v2.zip"), unzip(t, "refused.zip")
	changed := func(file, old, new string) string { // a copy of v2 with a file that was changed, or removed
		dir := unzip(t, "v2.zip")
		path := filepath.Join(dir, file)
		if old == "" {
			if err := os.Remove(path); err != nil {
				t.Fatal(err)
			}
			return dir
		}
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if old == "all" {
			content = []byte("all")
		}
		if !strings.Contains(string(content), old) {
			t.Fatalf("%s has no %s", file, old)
		}
		put(t, path, strings.Replace(string(content), old, new, 1))
		return dir
	}
	renamed := func() string {
		dir := unzip(t, "v2.zip")
		for _, key := range []string{"0.0", "1.0"} {
			if err := os.Rename(filepath.Join(dir, "val_responses", key), filepath.Join(dir, "val_responses", strings.ReplaceAll(key, ".", "-"))); err != nil {
				t.Fatal(err)
			}
		}
		return dir
	}
	empty := t.TempDir()
	put(t, filepath.Join(empty, "file.txt"), "text")
	const meta = "train_images/.zarray"
	for _, c := range []struct{ spec, want string }{
		{"", "zarr: no path, want zarr:FOLDER or zarr:FILE.zip"},
		{"gone.zarr", "gone.zarr: no such file"},
		{empty, "not a Zarr group: no zarr.json and no .zgroup in it"},
		{empty + "/file.txt", "file.txt: not a Zarr group, neither a folder nor a zip file: zip: not a valid zip file"},
		{v2 + "/train_images", "train_images: a single array, want a group of them"},
		{"x?train_image=a", `unknown option "train_image", did you mean "train_images"?`},
		{"testdata/v3.zip", `v3.zip: no array "train_images" and no option train_images=NAME, found neuron_ids, neuron_positions, sharded, stimuli/test, stimuli/train, stimuli/val, test_responses`},
		{v2 + "?train_images=stimuli", "v2: stimuli: not in the group (option train_images=stimuli; found neuron_ids"},
		{v2 + "?train_images=../v2/val_images", "v2: ../v2/val_images: not a path inside the group"},
		{"testdata/v3.zip?train_images=stimuli", "v3.zip: stimuli: a group, want an array"},
		{v2 + "?train_images=neuron_ids", "v2: neuron_ids: dtype str, want numbers"},
		{refused + "?images=bz2&responses=bz2", "refused: bz2: zarr.json: codec bz2, accepted are gzip, zlib, zstd, lz4, blosc, crc32c and shuffle"},
		{refused + "?images=delta&responses=bz2", "codec numcodecs.delta before codec bytes, accepted there is transpose"},
		{refused + "?images=complex&responses=bz2", "refused: complex: zarr.json: data_type complex128, accepted are numbers, booleans and text"},
		{refused + "?images=time&responses=bz2", "refused: time: zarr.json: data_type numpy.datetime64, accepted"},
		{refused + "?images=struct&responses=bz2", "refused: struct: zarr.json: data_type struct"},
		{refused + "?images=nested&responses=nested", "refused: nested: zarr.json: codec sharding_indexed before codec bytes"},
		{refused + "?images=old/bz2&responses=old/bz2", "refused: old/bz2: .zarray: codec bz2, accepted"},
		{refused + "?images=old/delta&responses=old/delta", "refused: old/delta: .zarray: codec delta, accepted"},
		{refused + "?images=old/time&responses=old/time", "refused: old/time: .zarray: dtype <M8[ns], accepted"},
		{changed(meta, "all", "not JSON"), "v2: train_images: .zarray: damaged: invalid character"},
		{changed(meta, `"zarr_format": 2`, `"zarr_format": 9`), "v2: train_images: .zarray: zarr_format 9, want 2"},
		{changed(meta, `"order": "F"`, `"order": "K"`), `v2: train_images: .zarray: order "K", want C or F`},
		{changed(meta, `"dimension_separator": "."`, `"dimension_separator": ":"`), `dimension_separator ":", want . or /`},
		{changed(meta, `"fill_value": 0`, `"fill_value": 300`), "v2: train_images: .zarray: fill_value 300 of uint8"},
		{changed(meta, `"|u1"`, `[["a", "<i4"]]`), `dtype [[\"a\", \"<i4\"]], accepted are numbers, booleans and text`},
		{changed(meta, "12", "-12"), "v2: train_images: damaged: shape [-12, 4, 5] in chunks of"},
		{changed(meta, "12", "1234567890123456"), "v2: train_images: damaged: shape [1234567890123456, 4, 5] of uint8"},
		{changed(meta, "12", "123456789"), "v2: train_images: shape [123456789, 4, 5] of uint8 in chunks of [5, 3, 4] needs 2469135780 bytes"},
		{changed(meta, "12", "12, 1"), "v2: train_images: damaged: chunks of shape [5, 3, 4] for an array of shape [12, 1, 4, 5]"},
		{changed("train_images/0.0.0", "all", "x"), "v2: train_images: chunk 0.0.0: blosc: damaged: "},
		{changed("val_images/0.0.0", "\x02\x01", "\x03\x01"), "v2: val_images: chunk 0.0.0: blosc: Blosc format 3, accepted are 1 and 2"},
		{changed("test_images/0/0/0", "all", "x"), "v2: test_images: chunk 0/0/0: damaged: 1 bytes, want 640"},
		{changed("train_responses/0.0", "all", "x"), "v2: train_responses: chunk 0.0: gzip: damaged: "},
		{renamed(), "v2: val_responses: no chunks, but a file 1-0: want names such as 0.0"},
	} {
		_, err := open(t, "zarr:"+c.spec)
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: got %v, want %q", c.spec, err, c.want)
		}
	}
	// Without a fill value a chunk that is missing is no number.
	dir := changed("train_images/.zarray", `"fill_value": 0`, `"fill_value": null`)
	if err := os.Remove(filepath.Join(dir, "train_images", "1.0.1")); err != nil {
		t.Fatal(err)
	}
	if _, err := open(t, "zarr:"+dir); err == nil || !strings.Contains(err.Error(), "v2: train_images: 1 of 12 chunks are missing, and there is no fill_value") {
		t.Errorf("got %v", err)
	}
}

// Of two members of one name in a zip file the last counts, and backslashes are folders.
func TestZipOfOtherPrograms(t *testing.T) {
	r, err := zip.OpenReader("testdata/v2.zip")
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	path := filepath.Join(t.TempDir(), "windows.zip")
	out, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	w := zip.NewWriter(out)
	first, err := w.Create(`recording.zarr\train_images\.zarray`)
	if err == nil {
		_, err = first.Write([]byte("replaced later"))
	}
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range r.File {
		in, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		to, err := w.CreateHeader(&zip.FileHeader{Name: strings.ReplaceAll(f.Name, "/", `\`), Method: zip.Store})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.Copy(to, in); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := open(t, "zarr:"+path); err != nil {
		t.Error(err)
	}
}

// rated is a copy of a fixture whose training responses are only a fill value, and have these attributes.
func rated(t *testing.T, dtype, fill, attributes string) string {
	t.Helper()
	dir := unzip(t, "v2.zip")
	responses := filepath.Join(dir, "train_responses")
	if err := os.RemoveAll(responses); err != nil {
		t.Fatal(err)
	}
	put(t, filepath.Join(responses, ".zarray"), `{"shape": [12, 6], "chunks": [12, 6], "dtype": "`+dtype+`", "fill_value": `+fill+`, "order": "C", "filters": null, "compressor": null, "zarr_format": 2}`)
	put(t, filepath.Join(responses, ".zattrs"), attributes)
	return dir
}

// Fill values of each type, also as text and as bits, stand where nothing was written; attributes say how numbers are packed.
func TestFillAndPacking(t *testing.T) {
	const none = "{}"
	for _, c := range []struct {
		dtype, fill, attributes string
		want                    float32
	}{
		{"|i1", "-3", none, -3}, {"<u2", "700", none, 700}, {"<i4", "-70000.0", none, -70000}, {">u8", "9.0", none, 9}, {"<i8", "-5", none, -5},
		{"<f2", `"0x3c00"`, none, 1}, {"<f4", `"0x40490fdb"`, none, 3.1415927}, {"<f8", "0.25", none, 0.25}, {"|b1", "true", none, 1},
		{"<i2", "10", `{"scale_factor": 0.5, "add_offset": 2}`, 7},
		{"<i2", "10", `{"scale_factor": "AAAAAAAA4D8=", "add_offset": "2"}`, 7}, // 0.5 in base 64
		{"<i2", "10", `{"_FillValue": null, "missing_value": [3, 4]}`, 10},
	} {
		d, err := open(t, "zarr:"+rated(t, c.dtype, c.fill, c.attributes))
		if err != nil {
			t.Errorf("%s, %s, %s: %v", c.dtype, c.fill, c.attributes, err)
			continue
		}
		if got := d.Train.Responses.Values[71]; got != c.want {
			t.Errorf("%s, %s, %s: %g, want %g", c.dtype, c.fill, c.attributes, got, c.want)
		}
	}
	for _, attributes := range []string{`{"_FillValue": 10}`, `{"missing_value": [3, 10]}`, `{"_FillValue": "10"}`} {
		d, err := open(t, "zarr:"+rated(t, "<i2", "10", attributes))
		if err != nil {
			t.Error(err)
		} else if got := d.Train.Responses.Values[0]; got == got {
			t.Errorf("%s: %g, want NaN", attributes, got)
		}
	}
	for _, c := range []struct{ dtype, fill, attributes, want string }{
		{"<i2", "40000", none, "fill_value 40000 of int16"},
		{"<i2", "0.5", none, "fill_value 0.5 of int16"},
		{"<u2", "-1", none, "fill_value -1 of uint16"},
		{"<f4", `"high"`, none, `fill_value \"high\" of float32`},
		{"<f8", `"0xg"`, none, `fill_value \"0xg\" of float64`},
		{"|b1", "7", none, "fill_value 7 of bool"},
		{"<i2", "0", `{"scale_factor": 0}`, "attribute scale_factor is 0, want a number"},
		{"<i2", "0", `{"scale_factor": [1, 2]}`, "attribute scale_factor is [1, 2], want a number"},
		{"<i2", "0", `{"add_offset": "NaN"}`, "attribute add_offset is "},
		{"<i2", "0", `{"_FillValue": {}}`, "attribute _FillValue is {}, want a number"},
		{"<i2", "0", `{"missing_value": [1, "many"]}`, "attribute missing_value is "},
	} {
		if _, err := open(t, "zarr:"+rated(t, c.dtype, c.fill, c.attributes)); err == nil || !strings.Contains(err.Error(), "v2: train_responses: ") || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s, %s, %s: %v, want %q", c.dtype, c.fill, c.attributes, err, c.want)
		}
	}
}
