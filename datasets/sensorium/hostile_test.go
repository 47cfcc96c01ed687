package sensorium_test

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"encoding/binary"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"v1lab/datasets"
	"v1lab/datasets/array"
)

// Errors name the file within the tree, what was found and what is accepted.
func TestBadTrees(t *testing.T) {
	for name, test := range map[string]struct {
		change func(map[string]array.Array)
		want   []string
	}{
		"no tiers":         {func(a map[string]array.Array) { delete(a, "meta/trials/tiers.npy") }, []string{"no meta/trials/tiers.npy", "that holds data and meta"}},
		"tiers of numbers": {func(a map[string]array.Array) { a["meta/trials/tiers.npy"] = array.New(make([]int, 16)) }, []string{"tiers.npy: dtype int64, want text"}},
		"tiers in a table": {func(a map[string]array.Array) { a["meta/trials/tiers.npy"] = array.New(small().tiers, 4, 4) }, []string{"tiers.npy: shape [4, 4], want one axis"}},
		"one tier":         {func(a map[string]array.Array) { a["meta/trials/tiers.npy"] = array.Scalar("train") }, []string{"tiers.npy: shape [], want one axis"}},
		"few tiers":        {func(a map[string]array.Array) { a["meta/trials/tiers.npy"] = array.New(small().tiers[:15]) }, []string{"images: 16 .npy files, want one for each of 15 trials in meta/trials/tiers.npy"}},
		"no trials":        {func(a map[string]array.Array) { a["meta/trials/tiers.npy"] = array.New([]string{}) }, []string{"images: 16 .npy files, want one for each of 0 trials"}},
		"no ids": {func(a map[string]array.Array) { delete(a, "meta/trials/frame_image_id.npy") },
			[]string{"no image_id.npy or colorframeprojector_image_id.npy or frame_image_id.npy, found frame_image_class.npy, tiers.npy, trial_idx.npy"}},
		"few ids":          {func(a map[string]array.Array) { a["meta/trials/frame_image_id.npy"] = array.New([]int{1, 2}) }, []string{"frame_image_id.npy: 2 values, want 16"}},
		"few classes":      {func(a map[string]array.Array) { a["meta/trials/frame_image_class.npy"] = array.New([]string{"x"}) }, []string{"frame_image_class.npy: 1 values, want 16"}},
		"wrong ids":        {func(a map[string]array.Array) { a["meta/trials/frame_image_id.npy"] = array.New(make([]int, 16)) }, []string{"3.npy: differs from the image of trial 0, of which it should be a repeat"}},
		"no images":        {func(a map[string]array.Array) { without(a, "data/images/") }, []string{"images: 0 .npy files, want one for each of 16 trials"}},
		"an image missing": {func(a map[string]array.Array) { delete(a, "data/images/10.npy") }, []string{"images: 15 .npy files, want one for each of 16"}},
		"a misnamed image": {func(a map[string]array.Array) { rename(a, "data/images/10.npy", "data/images/16.npy") }, []string{"10.npy: missing, want one file for each trial in meta/trials/tiers.npy"}},
		"films":            {func(a map[string]array.Array) { films(a) }, []string{"videos: a recording of films, want still images in data/images"}},
		"few responses":    {func(a map[string]array.Array) { delete(a, "data/responses/3.npy") }, []string{"responses: 15 .npy files, want one for each of 16"}},
		"few behaviours":   {func(a map[string]array.Array) { delete(a, "data/behavior/3.npy") }, []string{"behavior: 15 .npy files, want one for each of 16"}},
		"misnamed pupil":   {func(a map[string]array.Array) { rename(a, "data/pupil_center/14.npy", "data/pupil_center/x.npy") }, []string{"14.npy: missing, found 0.npy, 1.npy, 10.npy, 11.npy"}},
		"image size":       {func(a map[string]array.Array) { a["data/images/10.npy"] = array.New(make([]float32, 12), 1, 4, 3) }, []string{"10.npy: shape [1, 4, 3], want [1, 3, 4] as in trial 1"}},
		"larger image":     {func(a map[string]array.Array) { a["data/images/4.npy"] = array.New(make([]float32, 1200), 1, 30, 40) }, []string{"4.npy: shape [1, 30, 40], want [1, 3, 4] as in trial 1"}},
		"image of one row": {func(a map[string]array.Array) { a["data/images/1.npy"] = array.New(make([]float32, 12)) }, []string{"1.npy: shape [12], want [height, width] or [channels, height, width] with at most 16 channels"}},
		"channels last":    {func(a map[string]array.Array) { a["data/images/1.npy"] = array.New(make([]float32, 36*3), 36, 1, 3) }, []string{"1.npy: shape [36, 1, 3], want [height, width] or"}},
		"empty image":      {func(a map[string]array.Array) { a["data/images/1.npy"] = array.New([]float32{}, 0, 4) }, []string{"1.npy: shape [0, 4], want"}},
		"image of text": {func(a map[string]array.Array) {
			a["data/images/2.npy"] = array.New(slices.Repeat([]string{"x"}, 12), 1, 3, 4)
		}, []string{"2.npy: dtype str, want numbers"}},
		"neurons":          {func(a map[string]array.Array) { a["data/responses/2.npy"] = array.New(make([]float32, 4)) }, []string{"2.npy: shape [4], want 5 values as in trial 1"}},
		"more neurons":     {func(a map[string]array.Array) { a["data/responses/2.npy"] = array.New(make([]float32, 6)) }, []string{"2.npy: shape [6], want 5 values as in trial 1"}},
		"traces":           {func(a map[string]array.Array) { a["data/responses/1.npy"] = array.New(make([]float32, 50), 5, 10) }, []string{"1.npy: shape [5, 10], want one axis"}},
		"no neurons":       {func(a map[string]array.Array) { a["data/responses/1.npy"] = array.New([]float32{}) }, []string{"1.npy: no values, want one for each neuron"}},
		"scalar behaviour": {func(a map[string]array.Array) { a["data/behavior/4.npy"] = array.Scalar(float32(1)) }, []string{"4.npy: shape [], want 3 values as in trial 1"}},
		"many behaviours":  {func(a map[string]array.Array) { a["data/behavior/1.npy"] = array.New(make([]float32, 100)) }, []string{"1.npy: 100 values, want at most 64"}},
		"unit ids":         {func(a map[string]array.Array) { a["meta/neurons/unit_ids.npy"] = array.New([]int{1, 2, 3, 4}) }, []string{"unit_ids.npy: 4 values, want 5"}},
		"positions": {func(a map[string]array.Array) {
			a["meta/neurons/cell_motor_coordinates.npy"] = array.New(make([]float64, 10), 5, 2)
		}, []string{"cell_motor_coordinates.npy: shape [5, 2], want [5, 3]"}},
		"position in text": {func(a map[string]array.Array) {
			a["meta/neurons/cell_motor_coordinates.npy"] = array.New([]string{"x"})
		}, []string{"cell_motor_coordinates.npy: dtype str, want numbers"}},
		"statistics": {func(a map[string]array.Array) {
			a["meta/statistics/responses/all/std.npy"] = array.New(make([]float32, 6))
		}, []string{"std.npy: 6 values, want 5"}},
	} {
		arrays := small().arrays()
		test.change(arrays)
		files := map[string][]byte{}
		for name, a := range arrays {
			files[name] = npy(t, a)
		}
		places := map[string]string{"mouse.zip: ": place(t, zipped(t, "m/", files))}
		if strings.Contains(name, "image") {
			places["mouse"] = folder(t, files)
		}
		for where, path := range places {
			_, err := open(t, "sensorium:"+path)
			oneLine(t, name, err, append(test.want, where)...)
		}
	}
	for text, want := range map[string]string{
		"sensorium:":            "sensorium: no path, want sensorium:FOLDER or sensorium:FILE.zip",
		"sensorium:absent":      "absent: no such file",
		"sensorium:doc.go":      "doc.go: not a zip archive, or cut short",
		"sensorium:../array":    "no meta/trials/tiers.npy, want a folder that holds data and meta",
		"sensorium:tree.go,x":   "tree.go: not a zip archive",
		"sensorium:,tree_test,": "no such file",
	} {
		_, err := open(t, text)
		oneLine(t, text, err, want)
	}
}

func without(a map[string]array.Array, prefix string) {
	maps.DeleteFunc(a, func(name string, _ array.Array) bool { return strings.HasPrefix(name, prefix) })
}

func rename(a map[string]array.Array, from, to string) {
	a[to] = a[from]
	delete(a, from)
}

func films(a map[string]array.Array) {
	without(a, "data/images/")
	a["data/videos/0.npy"] = array.New([]float32{1})
}

// A test image shown ten thousand times beside ten thousand shown once would need 10^8 places.
func TestMostlyPadding(t *testing.T) {
	r := recording{neurons: 1, tiers: []string{"train", "train", "validation"}, ids: []int{1, 2, 3}}
	for i := range 2000 {
		r.tiers = append(r.tiers, "test")
		r.ids = append(r.ids, 10+max(0, i-1000))
	}
	files := r.files(t)
	for name := range files {
		if strings.HasPrefix(name, "data/behavior") || strings.HasPrefix(name, "data/pupil") {
			delete(files, name)
		}
	}
	_, err := open(t, "sensorium:"+place(t, zipped(t, "", files)))
	oneLine(t, "padding", err, "frame_image_id.npy: 1000 test images, one of them shown 1001 times: 1001000 places for 2000 trials, want at most 36096")
}

func TestIrregularFiles(t *testing.T) {
	root := folder(t, small().files(t))
	name := filepath.Join(root, "data", "images", "3.npy")
	for kind, make := range map[string]func() error{
		"a folder":      func() error { return os.Mkdir(name, 0o755) },
		"a broken link": func() error { return os.Symlink("nowhere", name) },
		"a device":      func() error { return os.Symlink(os.DevNull, name) },
		"a huge file": func() error {
			if err := os.WriteFile(name, nil, 0o600); err != nil {
				return err
			}
			return os.Truncate(name, 65<<20)
		},
	} {
		if err := os.RemoveAll(name); err != nil {
			t.Fatal(err)
		}
		if err := make(); err != nil {
			t.Fatal(err)
		}
		_, err := open(t, "sensorium:"+root)
		oneLine(t, kind, err, filepath.Join("images", "3.npy")+": ")
	}
	// A link to another folder of images is followed.
	linked := filepath.Join(t.TempDir(), "linked")
	if err := os.Mkdir(linked, 0o755); err != nil {
		t.Fatal(err)
	}
	whole := folder(t, small().files(t))
	for _, dir := range []string{"data", "meta"} {
		if err := os.Symlink(filepath.Join(whole, dir), filepath.Join(linked, dir)); err != nil {
			t.Fatal(err)
		}
	}
	if d := mustOpen(t, "sensorium:"+linked); d.Train.Images.N != 5 {
		t.Errorf("%d images", d.Train.Images.N)
	}
}

// member is a file in an archive whose header may lie.
type member struct {
	header  zip.FileHeader
	content []byte
}

// pack writes members after the good ones, raw: what the headers say is not made true.
func pack(t testing.TB, files map[string][]byte, members ...member) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, name := range slices.Sorted(maps.Keys(files)) {
		m, err := w.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := m.Write(files[name]); err != nil {
			t.Fatal(err)
		}
	}
	for _, m := range members {
		raw, err := w.CreateRaw(&m.header)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := raw.Write(m.content); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func named(name string) member { return member{header: zip.FileHeader{Name: name}} }

func deflated(t testing.TB, content []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := flate.NewWriter(&b, flate.BestCompression)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(content); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestHostileArchives(t *testing.T) {
	files := small().files(t)
	good := zipped(t, "", files)
	outside := "a name that leads out of the archive"
	bomb := deflated(t, make([]byte, 1<<20))
	var bombs []member
	for i := range 2000 {
		bombs = append(bombs, member{zip.FileHeader{Name: fmt.Sprintf("data/images/bomb%d.npy", i), Method: zip.Deflate, CompressedSize64: uint64(len(bomb)), UncompressedSize64: 1 << 20}, bomb})
	}
	link := zip.FileHeader{Name: "data/images/16.npy"}
	link.SetMode(os.ModeSymlink | 0o777)
	for name, test := range map[string]struct {
		content []byte
		want    string
	}{
		"parent":            {pack(t, files, named("../x.npy")), "../x.npy: " + outside},
		"parent inside":     {pack(t, files, named("data/../../x.npy")), "data/../../x.npy: " + outside},
		"absolute":          {pack(t, files, named("/etc/passwd")), "/etc/passwd: " + outside},
		"backslash":         {pack(t, files, named(`..\x.npy`)), "../x.npy: " + outside},
		"drive":             {pack(t, files, named("C:x.npy")), "C:x.npy: " + outside},
		"dot":               {pack(t, files, named("data/./images/0.npy")), outside},
		"empty step":        {pack(t, files, named("data//images/0.npy")), outside},
		"no name":           {pack(t, files, named("")), `"": ` + outside},
		"NUL":               {pack(t, files, named("data/images/\x00.npy")), outside},
		"new line":          {pack(t, files, named("../\n")), `"../\n": ` + outside},
		"deep":              {pack(t, files, named(strings.Repeat("a/", 30000)+"x")), "a name of 60001 bytes, want at most 512"},
		"twice":             {pack(t, files, named("data/images/0.npy")), "data/images/0.npy: in the archive twice"},
		"link":              {pack(t, files, member{header: link}), "data/images/16.npy: not a regular file"},
		"encrypted":         {pack(t, files, member{header: zip.FileHeader{Name: "x", Flags: 1}}), "x: encrypted, want it plain"},
		"method":            {pack(t, files, member{header: zip.FileHeader{Name: "x", Method: 12}}), "x: compression method 12, accepted are 0 (stored) and 8 (deflated)"},
		"two recordings":    {pack(t, files, named("other/meta/trials/tiers.npy")), "2 recordings in one archive (meta/trials/tiers.npy and other/meta/trials/tiers.npy), want one"},
		"not a recording":   {zipped(t, "", map[string][]byte{"data/images/0.npy": nil}), "no meta/trials/tiers.npy in the archive, want one that holds data and meta"},
		"empty":             {zipped(t, "", nil), "no meta/trials/tiers.npy in the archive"},
		"no archive":        {[]byte("hello"), "not a zip archive, or cut short"},
		"cut":               {good[:len(good)/2], "not a zip archive, or cut short"},
		"stored size":       {pack(t, files, member{header: zip.FileHeader{Name: "x", UncompressedSize64: 1 << 40}}), "x: stored as 0 bytes of 1099511627776"},
		"packed size":       {pack(t, files, member{header: zip.FileHeader{Name: "x", CompressedSize64: 1 << 62, UncompressedSize64: 1 << 62}}), "x: 4611686018427387904 bytes in an archive of"},
		"impossible":        {pack(t, files, member{zip.FileHeader{Name: "x", Method: zip.Deflate, CompressedSize64: 3, UncompressedSize64: 1 << 40}, []byte("abc")}), "x: 3 bytes cannot unfold to 1099511627776"},
		"many bombs":        {pack(t, files, bombs...), "unfolds to"},
		"overlapping bombs": {overlapping(t, files), "members of more than the archive's"},
	} {
		var err error
		allocated := allocation(func() { _, err = open(t, "sensorium:"+place(t, test.content)) })
		oneLine(t, name, err, "mouse.zip: ", test.want)
		if allocated > allocationLimit+uint64(len(test.content)) {
			t.Errorf("%s: %d bytes allocated", name, allocated)
		}
	}

	// A member may not hold more, or less, or other bytes than its header says.
	for name, change := range map[string]func(h *zip.FileHeader){
		"longer":   func(h *zip.FileHeader) { h.UncompressedSize64-- },
		"shorter":  func(h *zip.FileHeader) { h.UncompressedSize64++ },
		"checksum": func(h *zip.FileHeader) { h.CRC32++ },
	} {
		content := files["data/images/9.npy"]
		raw := deflated(t, content)
		m := member{zip.FileHeader{Name: "data/images/9.npy", Method: zip.Deflate, CRC32: crc(content), CompressedSize64: uint64(len(raw)), UncompressedSize64: uint64(len(content))}, raw}
		change(&m.header)
		rest := maps.Clone(files)
		delete(rest, m.header.Name)
		_, err := open(t, "sensorium:"+place(t, pack(t, rest, m)))
		oneLine(t, name, err, "mouse.zip: data/images/9.npy: ")
	}
}

// overlapping makes an archive in which a thousand members are one stretch of bytes.
func overlapping(t testing.TB, files map[string][]byte) []byte {
	t.Helper()
	shared := make([]byte, 8192)
	rng := rand.New(rand.NewPCG(1, 1))
	for i := range shared {
		shared[i] = byte(rng.Uint32())
	}
	var many []member
	for i := range 1000 {
		many = append(many, member{header: zip.FileHeader{Name: fmt.Sprintf("bomb%03d", i), CompressedSize64: 8192, UncompressedSize64: 8192}})
	}
	// Written without their bytes; those of the first stand for all.
	many[0].content = shared
	content := pack(t, files, many...)
	start := bytes.Index(content, []byte("bomb000")) - 30
	directory := bytes.LastIndex(content, []byte("bomb000")) - 46
	for i := 0; i < 1000; i++ {
		at := directory + i*(46+len("bomb000"))
		if string(content[at:at+4]) != "PK\x01\x02" {
			t.Fatalf("no entry %d", i)
		}
		binary.LittleEndian.PutUint32(content[at+42:], uint32(start))
	}
	return content
}

func crc(content []byte) uint32 {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	m, _ := w.Create("x")
	_, _ = m.Write(content)
	_ = w.Close()
	r, _ := zip.NewReader(bytes.NewReader(b.Bytes()), int64(b.Len()))
	return r.File[0].CRC32
}

// allocationLimit is what opening a damaged archive of a few kB may allocate altogether.
const allocationLimit = 8 << 20

func allocation(do func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	do()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// Five hundred and more damaged archives: each is refused by an error that names archive and member, or was damaged where nothing is read.
func TestMutatedArchives(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 20))
	files := small().files(t)
	good := zipped(t, "mouse/", files)
	want := datasets.Fingerprint(mustOpen(t, "sensorium:"+place(t, good)))
	names := slices.Sorted(maps.Keys(files))
	tried, refused := 0, 0
	try := func(kind, inside string, content []byte) {
		t.Helper()
		tried++
		var d *datasets.Dataset
		var err error
		path := place(t, content)
		if used := allocation(func() { d, err = open(t, "sensorium:"+path) }); used > allocationLimit {
			t.Errorf("%s: %d bytes allocated", kind, used)
		}
		switch {
		case err != nil:
			refused++
			oneLine(t, kind, err, "mouse.zip: "+inside)
		case kind == "cut":
			t.Errorf("%s: read", kind)
		case inside == "" && datasets.Fingerprint(d) != want:
			t.Errorf("%s: read as something else", kind)
		}
	}
	for range 120 {
		try("cut", "", good[:rng.IntN(len(good))])
	}
	for range 150 {
		content := slices.Clone(good)
		for range 1 + rng.IntN(3) {
			content[rng.IntN(len(content))] ^= byte(1 + rng.IntN(255))
		}
		try("flipped", "", content)
	}
	// The directory's own fields, which are few among all bytes.
	directory := bytes.Index(good, []byte("PK\x01\x02"))
	for range 100 {
		content := slices.Clone(good)
		at := directory + rng.IntN(len(good)-directory-4)
		binary.LittleEndian.PutUint32(content[at:], []uint32{0, 1, 1 << 20, 1<<31 - 1, 1<<32 - 1, rng.Uint32()}[rng.IntN(6)])
		try("directory", "", content)
	}
	// Members that are sound for the archive and damaged themselves.
	damage := []func([]byte) []byte{
		func(b []byte) []byte { return b[:rng.IntN(len(b))] },
		func(b []byte) []byte { b[rng.IntN(128)] ^= byte(1 + rng.IntN(255)); return b },
		func(b []byte) []byte { return bytes.Replace(b, []byte("<f4"), []byte("|O8"), 1) },
		func(b []byte) []byte { return bytes.Replace(b, []byte("'<"), []byte("'?"), 1) },
		func(b []byte) []byte { return bytes.Replace(b, []byte("), }    "), []byte("99999,)}"), 1) },
		func(b []byte) []byte { return bytes.Replace(b, []byte("'shape': ("), []byte("'shape': (-"), 1) },
		func(b []byte) []byte { b[6] = 2; copy(b[8:], "\xff\xff\xff\x7f"); return b },
		func(b []byte) []byte { copy(b[8:], "\xff\xff"); return b },
		func([]byte) []byte { return nil },
		func([]byte) []byte { return make([]byte, 4096) },
		func([]byte) []byte { return npy(t, array.New([]string{"a", "b"})) },
	}
	for i := range 180 {
		name := names[rng.IntN(len(names))]
		changed := maps.Clone(files)
		changed[name] = damage[i%len(damage)](slices.Clone(files[name]))
		if bytes.Equal(changed[name], files[name]) {
			continue
		}
		inside := name
		if strings.HasPrefix(name, "data/images") && i%len(damage) == 1 {
			inside = "data/images" // a changed shape is seen where another image disagrees
		}
		if strings.HasPrefix(name, "data/responses") && i%len(damage) == 1 {
			inside = "data/responses"
		}
		if strings.HasPrefix(name, "meta/trials") {
			inside = "" // changed text or ids are told from the files of the trials, if they can be
		}
		if inside != "" {
			try("member", inside, zipped(t, "mouse/", changed))
			continue
		}
		if _, err := open(t, "sensorium:"+place(t, zipped(t, "mouse/", changed))); err != nil {
			oneLine(t, "trials", err, "mouse.zip: ")
			refused++
		}
		tried++
	}
	if tried < 500 || refused < tried/2 {
		t.Errorf("%d of %d refused", refused, tried)
	}
}

// FuzzArchive opens arbitrary bytes as an archive.
func FuzzArchive(f *testing.F) {
	r := recording{neurons: 2, tiers: []string{"train", "train", "test", "test"}, ids: []int{1, 2, 3, 3}}
	files := r.files(f)
	f.Add(zipped(f, "", files))
	f.Add(pack(f, files))
	f.Add(pack(f, nil, named("meta/trials/tiers.npy"), named("../x")))
	f.Fuzz(func(t *testing.T, content []byte) {
		if _, err := open(t, "sensorium:"+place(t, content)); err != nil {
			oneLine(t, "fuzzed", err, "mouse.zip: ")
		}
	})
}

// FuzzMember opens an archive that is sound and holds arbitrary bytes as its first trial, tiers or positions.
func FuzzMember(f *testing.F) {
	r := recording{neurons: 2, tiers: []string{"train", "train", "test", "test"}, ids: []int{1, 2, 3, 3}}
	files := r.files(f)
	places := []string{"data/images/0.npy", "data/responses/0.npy", "data/behavior/0.npy", "meta/trials/tiers.npy", "meta/trials/frame_image_id.npy", "meta/neurons/unit_ids.npy", "meta/neurons/cell_motor_coordinates.npy"}
	for i, name := range places {
		f.Add(i, files[name])
	}
	f.Fuzz(func(t *testing.T, i int, content []byte) {
		changed := maps.Clone(files)
		changed[places[uint(i)%uint(len(places))]] = content
		if _, err := open(t, "sensorium:"+place(t, zipped(t, "", changed))); err != nil {
			oneLine(t, "fuzzed", err, "mouse.zip: ")
		}
	})
}
