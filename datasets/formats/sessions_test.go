package formats_test

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"v1lab/datasets"
	"v1lab/datasets/array"
	"v1lab/datasets/formats"
	"v1lab/datasets/npy"
	"v1lab/datasets/npz"
)

// Several files, or a folder of them, are sessions in every scheme; characters with a meaning in a name are written as percent escapes.
func TestSessions(t *testing.T) {
	dir := t.TempDir()
	one, err := formats.OpenRaw(small + "&seed=1")
	if err != nil {
		t.Fatal(err)
	}
	two, err := formats.OpenRaw(small + "&seed=2")
	if err != nil {
		t.Fatal(err)
	}
	for name, d := range map[string]*datasets.Dataset{
		"days/mon.npz": one, "days/tue.npz": two, "what?.npz": one, "a,b.npz": two, "50%20.npz": one, "Mäuse im Käfig #1&2.npz": one, "lone/x/mon.npz": two,
	} {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := npz.Write(path, d); err != nil {
			t.Fatal(err)
		}
	}
	for name, d := range map[string]*datasets.Dataset{"mon": one, "tue": two} {
		if err := npy.Write(filepath.Join(dir, "folders", name), d); err != nil {
			t.Fatal(err)
		}
	}
	p := dir + "/"
	joined, err := datasets.Together([]*datasets.Dataset{one, two}, []string{"mon", "tue"})
	if err != nil {
		t.Fatal(err)
	}
	both := datasets.Fingerprint(joined)
	for spec, want := range map[string]string{
		"npz:" + p + "days/mon.npz," + p + "days/tue.npz": both,
		"npz:" + p + "days":                                        both,
		"npy:" + p + "folders":                                     both,
		"npy:" + p + "folders/mon," + p + "folders/tue":            both,
		"npz:" + p + "days?session=tue":                            datasets.Fingerprint(two),
		"npz:" + p + "what%3F.npz":                                 datasets.Fingerprint(one),
		"npz:" + p + "a,b.npz":                                     datasets.Fingerprint(two),
		"npz:" + p + "a%2Cb.npz":                                   datasets.Fingerprint(two),
		"npz:" + p + "50%20.npz":                                   datasets.Fingerprint(one), // as it is written
		"npz:" + p + "50%2520.npz":                                 datasets.Fingerprint(one),
		"npz:" + p + "Mäuse im Käfig #1&2.npz":                     datasets.Fingerprint(one),
		"npz:" + p + "M%C3%A4use%20im%20K%C3%A4fig%20%231%262.npz": datasets.Fingerprint(one),
		"npz:" + p + "days/mon.npz," + p + "a%2Cb.npz":             both,
		"npz:" + p + "days/mon.npz," + p + "lone/x/mon.npz":        both,
	} {
		d, err := formats.OpenRaw(spec)
		if err != nil {
			t.Errorf("%s: %v", spec, err)
			continue
		}
		if got := datasets.Fingerprint(d); got != want {
			t.Errorf("%s: other contents", spec)
		}
		if d.Spec != spec {
			t.Errorf("%s: recorded as %s", spec, d.Spec)
		}
	}
	d, err := formats.Open("npz:" + p + "days/mon.npz," + p + "lone/x/mon.npz?resize=8x8")
	if err != nil || d.Neurons[0].Session != "days/mon" || d.Neurons[len(d.Neurons)-1].Session != "x/mon" || d.Layout == nil {
		t.Errorf("%v", err)
	}
	// The two sessions that have one file name keep the folder apart; other options apply to all.
	if d.Train.Images.Height != 8 {
		t.Errorf("%d rows", d.Train.Images.Height)
	}
	if err := array.WriteNPZ(filepath.Join(dir, "narrow.npz"), trialsOf()); err != nil {
		t.Fatal(err)
	}
	for spec, want := range map[string]string{
		"npz:" + p + "days/mon.npz," + p + "gone.npz":                       "gone.npz: no such file",
		"npz:" + p + "days/mon.npz,":                                        "an empty path between commas",
		"npz:" + p + "days/mon.npz," + p + "days/mon.npz":                   "is named twice",
		"npz:" + p + "days/mon.npz," + p + "narrow.npz":                     "join: session narrow: ",
		"npz:" + p + "lone":                                                 "lone: is a directory",
		"sensorium:" + p + "a%2Cb," + p + "days":                            "a comma in the path of one of several sessions",
		"npz:" + p + "what%3G.npz":                                          "what%3G.npz: no such file",
		"mat:" + p + "folders/mon," + p + "folders/tue":                     "folders/mon: ",
		"simulated:a,b":                                                     "simulated",
		"npz:" + p + "days?without=train_images":                            "train_images",
		"npz:" + p + "days/mon.npz," + p + "days/tue.npz?session=wednesday": "wednesday",
	} {
		if _, err := formats.OpenRaw(spec); err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v, want %s", spec, err, want)
		}
	}
}

// Every path of a name becomes absolute, and a comma that is in the name of a file stays.
func TestAbsolute(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	if err := os.WriteFile("c,d.npz", nil, 0o600); err != nil {
		t.Fatal(err)
	}
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string][]string{
		"npz:a.npz?seed=1": {"npz:", "/a.npz?seed=1"}, "npz:a.npz,b%3F.npz?x=a%2Fb": {"npz:", "/a.npz,", "/b%3F.npz?x=a%2Fb"}, "npz:c,d.npz": {"npz:", "/c,d.npz"},
		"simulated:?seed=2": {"simulated:?seed=2"}, "csv:a.csv?seed=1&images=in%26out/b": {"csv:", "/a.csv?seed=1&images=", "/in%26out/b"}, "csv:a.csv?images=/b": {"csv:", "/a.csv?images=/b"}, "sensorium:a,b": {"sensorium:", "/a,", "/b"},
	} {
		if got, err := formats.Absolute(name); err != nil || got != strings.Join(want, here) {
			t.Errorf("%s: %s, %v", name, got, err)
		}
	}
	if _, err := formats.Absolute("none"); err == nil {
		t.Error("a name without scheme")
	}
}

// Several animals take the memory of their data once: opening and normalising allocates little beside the arrays, and as much for each animal.
func TestSessionsAllocateTheirDataOnce(t *testing.T) {
	var ratios []float64
	for _, n := range []int{1, 2, 4} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		d, err := formats.Open(fmt.Sprintf("simulated:?neurons=60&images=400&val=20&test=10&repeats=4&sessions=%d", n))
		if err != nil {
			t.Fatal(err)
		}
		runtime.ReadMemStats(&after)
		if d.Normalisation == nil {
			t.Fatal("not normalised")
		}
		ratios = append(ratios, float64(after.TotalAlloc-before.TotalAlloc)/float64(bytesOf(d)))
	}
	for _, r := range ratios {
		if r > 1.5 || r > 1.15*ratios[0] {
			t.Errorf("allocated bytes over bytes of data, of 1, 2 and 4 animals: %.2f; accepted: about as much for each, up to 1.5", ratios)
			break
		}
	}
}

func bytesOf(d *datasets.Dataset) (n int) {
	n = len(d.Train.Images.Pixels) + len(d.Val.Images.Pixels) + len(d.Test.Images.Pixels)
	for _, b := range d.Blocks() {
		n += len(b.Train.Responses.Values) + len(b.Val.Responses.Values) + len(b.Test.Responses.Values) + len(b.Test.Expected.Values)
	}
	return 4 * n
}

// Names of files become one name, whatever their characters; names that cannot be one recording are refused.
func TestOneName(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"a,b.npz", "c.npz", "50%25.npz"} {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	at := "npz:" + dir + "/"
	for _, c := range []struct {
		names      []string
		want, fail string
	}{
		{[]string{at + "c.npz?resize=8x8"}, at + "c.npz?resize=8x8", ""},
		{[]string{at + "a,b.npz?resize=8x8", at + "c.npz?resize=8x8"}, at + "a%2Cb.npz," + dir + "/c.npz?resize=8x8", ""},
		{[]string{at + "c.npz", at + "50%25.npz", at + "d.npz," + dir + "/e.npz"}, at + "c.npz," + dir + "/50%2525.npz," + dir + "/d.npz," + dir + "/e.npz", ""},
		{[]string{at + "c.npz", at + "d.npz?resize=8x8"}, "", "accepted: one scheme and the same options"},
		{[]string{at + "c.npz", "mat:" + dir + "/c.mat"}, "", "accepted: one scheme and the same options"},
		{[]string{at + "c.npz", "simulated:?seed=1"}, "", "reads no file"},
		{[]string{at + "c.npz", "nope:x"}, "", "unknown scheme"},
	} {
		got, err := formats.OneName(c.names...)
		if c.fail != "" {
			if err == nil || !strings.Contains(err.Error(), c.fail) {
				t.Errorf("%q: %v, want %q", c.names, err, c.fail)
			}
			continue
		}
		if err != nil || got != c.want {
			t.Errorf("%q: %q, %v; want %q", c.names, got, err, c.want)
		}
	}
}
