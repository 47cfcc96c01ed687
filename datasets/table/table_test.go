package table_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"v1lab/datasets"
	"v1lab/datasets/internal/mutate"
	"v1lab/datasets/table"
)

func open(t testing.TB, text string) (*datasets.Dataset, error) {
	t.Helper()
	spec, err := datasets.ParseSpec(text)
	if err != nil {
		t.Fatal(err)
	}
	return table.Open(spec)
}

const height, width = 3, 4

func write(t testing.TB, path string, content []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
}

func encoded(t testing.TB, im image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, im); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// grey is a picture whose pixel [y, x] is start + 10 y + x.
func grey(start int) *image.Gray {
	im := image.NewGray(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			im.SetGray(x, y, color.Gray{Y: uint8(start + 10*y + x)})
		}
	}
	return im
}

// recording writes n grey pictures p00.png, p01.png, ... in the folder images beside a table of these lines.
func recording(t testing.TB, n int, lines ...string) string {
	t.Helper()
	dir := t.TempDir()
	for i := range n {
		write(t, filepath.Join(dir, "images", fmt.Sprintf("p%02d.png", i)), encoded(t, grey(i)))
	}
	write(t, filepath.Join(dir, "responses.csv"), []byte(strings.Join(lines, "\n")+"\n"))
	return "csv:" + dir + "/responses.csv?images=" + dir + "/images"
}

func TestColumns(t *testing.T) {
	d, err := open(t, recording(t, 7,
		"\ufeffimage,split,repeat,cell 7,cell 9",
		"p00.png,train,,1,2", "p01.png,Training,,3,-4.5", "p02.png,train,,5,1e-3", "p03.png,val,,7,",
		"p05.png,test,1,20,21", "p04.png,test,2,14,15", "p04.png,test,0,10,11", "p04.png,test,1,12,nan",
	))
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Validate(); err != nil {
		t.Fatal(err)
	}
	im, r := d.Train.Images, d.Test.Responses
	if im.N != 3 || im.Height != height || im.Width != width || im.Channels != 1 || d.Val.Images.N != 1 || r.N != 2 || r.Repeats != 3 || d.Split != nil {
		t.Fatalf("%d images of %v, %d for validation, %d repeats of %d", im.N, im.Shape(), d.Val.Images.N, r.Repeats, r.N)
	}
	if d.Neurons[0].ID != "cell 7" || d.Neurons[1].ID != "cell 9" {
		t.Errorf("neurons %+v", d.Neurons)
	}
	if got := im.At(2)[width+1]; got != 2+10+1 {
		t.Errorf("pixel %v, want 13", got)
	}
	if got := d.Train.Responses.Values; got[3] != -4.5 || got[5] != 1e-3 {
		t.Errorf("responses %v", got)
	}
	if v := d.Val.Responses.At(0)[1]; v == v {
		t.Errorf("empty field read as %v", v)
	}
	// The first test picture of the table is p05, with one repeat; those of p04 follow the column repeat.
	if r.At(0, 0)[0] != 20 || !math.IsNaN(float64(r.At(1, 0)[0])) || r.At(0, 1)[0] != 10 || r.At(1, 1)[0] != 12 || !math.IsNaN(float64(r.At(1, 1)[1])) || r.At(2, 1)[1] != 15 {
		t.Errorf("repeats %v", r.Values)
	}
	if d.Test.Images.At(1)[0] != 4 {
		t.Errorf("test picture 1 starts with %v, want p04's 4", d.Test.Images.At(1)[0])
	}
}

func TestPartsThatAreNotGiven(t *testing.T) {
	response := func(i int) float32 { return float32(i*7%30) + 0.5 }
	lines := []string{"file,n"}
	for i := range 30 {
		lines = append(lines, fmt.Sprintf("p%02d.png,%v", i, response(i)))
	}
	d, err := open(t, recording(t, 30, lines...)+"&image=file&seed=2")
	if err != nil {
		t.Fatal(err)
	}
	if d.Train.Images.N != 24 || d.Val.Images.N != 3 || d.Test.Images.N != 3 || d.Split.Seed != 2 || d.Neurons[0].ID != "n" {
		t.Errorf("split %d/%d/%d, %+v", d.Train.Images.N, d.Val.Images.N, d.Test.Images.N, d.Neurons)
	}
	for k, i := range d.Split.TestIndex {
		if d.Test.Images.At(k)[0] != float32(i) || d.Test.Responses.At(0, k)[0] != response(i) {
			t.Errorf("test picture %d is not picture %d", k, i)
		}
	}

	// What is shown again is for testing.
	d, err = open(t, recording(t, 30, append(lines, "p03.png,100", "p29.png,200", "p03.png,300")...)+"&image=file")
	if err != nil {
		t.Fatal(err)
	}
	if d.Train.Images.N != 25 || d.Val.Images.N != 3 || d.Test.Images.N != 2 || d.Test.Responses.Repeats != 3 || d.Test.Responses.At(2, 0)[0] != 300 {
		t.Errorf("split %d/%d/%d, repeats %v", d.Train.Images.N, d.Val.Images.N, d.Test.Images.N, d.Test.Responses.Values)
	}
}

// kinds are pictures of one pattern as programs write it.
func TestKindsOfPictures(t *testing.T) {
	at := func(y, x int) (r, g, b uint8) { return uint8(10*y + x), uint8(100 + 10*y), uint8(200 + x) }
	rect := image.Rect(0, 0, width, height)
	rgba, nrgba, deep := image.NewRGBA(rect), image.NewNRGBA(rect), image.NewNRGBA64(rect)
	deepGrey, palette := image.NewGray16(rect), image.NewPaletted(rect, nil)
	greyPalette := image.NewPaletted(rect, color.Palette{color.Gray{Y: 0}, color.Gray{Y: 7}})
	for y := range height {
		for x := range width {
			r, g, b := at(y, x)
			rgba.Set(x, y, color.RGBA{r, g, b, 255})
			nrgba.Set(x, y, color.NRGBA{r, g, b, 255})
			deep.Set(x, y, color.NRGBA64{uint16(r) * 257, uint16(g) * 257, uint16(b) * 257, 0xffff})
			deepGrey.Set(x, y, color.Gray16{Y: uint16(r)*257 + 128})
			palette.Palette = append(palette.Palette, color.RGBA{r, g, b, 255})
			palette.SetColorIndex(x, y, uint8(y*width+x))
			greyPalette.SetColorIndex(x, y, uint8(x%2))
		}
	}
	var jpg bytes.Buffer
	if err := jpeg.Encode(&jpg, grey(100), &jpeg.Options{Quality: 100}); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		content  []byte
		channels int
		want     [3]float32 // of row 2, column 3
		within   float64
	}{
		"rgba":         {encoded(t, rgba), 3, [3]float32{23, 120, 203}, 0},
		"nrgba":        {encoded(t, nrgba), 3, [3]float32{23, 120, 203}, 0},
		"16 bit":       {encoded(t, deep), 3, [3]float32{23, 120, 203}, 0},
		"palette":      {encoded(t, palette), 3, [3]float32{23, 120, 203}, 0},
		"grey, 16 bit": {encoded(t, deepGrey), 1, [3]float32{23 + 128.0/257}, 1e-5},
		"grey palette": {encoded(t, greyPalette), 1, [3]float32{7}, 0},
		"jpeg":         {jpg.Bytes(), 1, [3]float32{123}, 3},
	} {
		dir := t.TempDir()
		table := "image,split,n\n"
		for i := range 4 {
			write(t, filepath.Join(dir, fmt.Sprint(i)), c.content)
			table += fmt.Sprintf("%d,%s,%d\n", i, []string{"train", "train", "val", "test"}[i], i)
		}
		write(t, filepath.Join(dir, "r.csv"), []byte(table))
		d, err := open(t, "csv:"+dir+"/r.csv")
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		im := d.Test.Images
		if im.Channels != c.channels {
			t.Fatalf("%s: %d channels, want %d", name, im.Channels, c.channels)
		}
		got := im.At(0)[(2*width+3)*im.Channels:]
		for k := range im.Channels {
			if math.Abs(float64(got[k]-c.want[k])) > c.within {
				t.Errorf("%s: channel %d is %v, want %v", name, k, got[k], c.want[k])
			}
		}
	}
}

func TestErrors(t *testing.T) {
	const head = "image,split,n"
	train := []string{head, "p00.png,train,1", "p01.png,train,1", "p02.png,train,2", "p03.png,test,1"}
	with := func(line string) string { return recording(t, 5, append(train, line)...) }
	picture := func(content []byte) string {
		spec := with("odd.png,train,3")
		write(t, filepath.Join(strings.SplitN(spec, "images=", 2)[1], "odd.png"), content)
		return spec
	}
	rect := image.Rect(0, 0, width, height)
	clear := image.NewNRGBA(rect)
	colour := image.NewRGBA(rect)
	for i := range colour.Pix {
		colour.Pix[i] = 0xff
	}
	tall := encoded(t, grey(1))
	binary.BigEndian.PutUint32(tall[20:], 1<<30)
	binary.BigEndian.PutUint32(tall[29:], crc32.ChecksumIEEE(tall[12:29]))
	sound := encoded(t, grey(1))
	outside := with("../secret.png,train,3")
	for spec, want := range map[string]string{
		"csv:":                   "csv: no file, want csv:FILE.csv?images=FOLDER",
		"csv:gone.csv":           "gone.csv: no such file",
		"csv:gone.csv?images=":   `option images="", want a text that is not empty`,
		recording(t, 1):          "responses.csv: empty, want a line that names the columns",
		"csv:gone.csv?picture=x": `unknown option "picture"`,
		recording(t, 1, "image,,", "p00.png,1,2"):                 "responses.csv: line 1: no column of responses beside \"image\", \"\", \"\"",
		recording(t, 1, head):                                     "responses.csv: no trials, want a line for each",
		recording(t, 1, "file,n", "p00.png,1"):                    `responses.csv: line 1: no column "image", found "file", "n"; the option image names another`,
		recording(t, 1, "image,split", "p00.png,train"):           "responses.csv: line 1: no column of responses beside \"image\", \"split\"",
		recording(t, 1, "image,n,n", "p00.png,1,2"):               `responses.csv: line 1: two columns are called "n"`,
		recording(t, 2, "image,n", "p00.png,1", "p00.png,2"):      "responses.csv: every picture is shown more than once, want a column split",
		recording(t, 2, head, "p00.png,train,1", "p01.png,val,2"): "responses.csv: 1 lines for training and 0 test pictures, want some of both",
		with("p04.png,train"):                                     "responses.csv: line 6: wrong number of fields",
		with("p04.png,train,1,2"):                                 "responses.csv: line 6: wrong number of fields",
		with(`p04.png,"train,1`):                                  "responses.csv: line 6: extraneous or missing \" in quoted-field",
		with("p04.png,trial,1"):                                   `responses.csv: line 6, column "split": "trial", want train, val or test`,
		with("p04.png,train,many"):                                `responses.csv: line 6, column "n": "many", want a number, or nothing where the response is missing`,
		with("p04.png,train,inf"):                                 `responses.csv: line 6, column "n": "inf", want a number`,
		with("p04.png,train,1e99"):                                `responses.csv: line 6, column "n": "1e99", want a number`,
		with(",train,1"):                                          `responses.csv: line 6, column "image": "", want the name of a picture`,
		with("p09.png,train,1"):                                   "images/p09.png: no such file",
		with("p\x00.png,train,1"):                                 `picture "p\x00.png", want a name inside the folder`,
		with(strings.Repeat("long", 200) + ",train,1"):            `long...", want a name inside the folder`,
		outside:                     `responses.csv: picture "../secret.png", want a name inside the folder of images`,
		with("/etc/passwd,train,1"): `picture "/etc/passwd", want a name inside`,
		recording(t, 2, "image,split,repeat,n", "p00.png,train,,1", "p01.png,test,3,1", "p01.png,test,3,2"): `responses.csv: line 4: repeat 3 of picture "p01.png" is also on line 3`,
		recording(t, 2, "image,split,repeat,n", "p00.png,train,x,1"):                                        `line 2, column "repeat": "x", want the number of the repeat`,
		picture(encoded(t, image.NewGray(image.Rect(0, 0, 9, 2)))):                                          `images/odd.png: 2 x 9 pixels (height x width) in grey, want 3 x 4 pixels (height x width) in grey as "p00.png" has`,
		picture(encoded(t, colour)):    "images/odd.png: 3 x 4 pixels (height x width) in colour, want 3 x 4",
		picture([]byte("GIF89a")):      "images/odd.png: a GIF, want PNG, JPEG or TIFF",
		picture(nil):                   "images/odd.png: neither PNG nor JPEG nor TIFF",
		picture(sound[:30]):            "images/odd.png: damaged, or cut short: ",
		picture(sound[:len(sound)-20]): "images/odd.png: damaged, or cut short: ",
		picture(tall):                  "images/odd.png: 1073741824 x 4 pixels (height x width), want 1 to 4096 each",
	} {
		_, err := open(t, spec)
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: got %v, want %q", spec, err, want)
		}
	}

	dir := t.TempDir()
	write(t, filepath.Join(dir, "a.png"), encoded(t, clear))
	write(t, filepath.Join(dir, "r.csv"), []byte(head+"\na.png,train,1\na.png,test,1\n"))
	if _, err := open(t, "csv:"+dir+"/r.csv"); err == nil || !strings.Contains(err.Error(), "a.png: transparent at row 0, column 0, want pictures without transparency") {
		t.Errorf("got %v", err)
	}
	if err := os.Symlink("/etc/hostname", filepath.Join(dir, "link.png")); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "r.csv"), []byte(head+"\nlink.png,train,1\na.png,test,1\n"))
	if _, err := open(t, "csv:"+dir+"/r.csv"); err == nil || !strings.Contains(err.Error(), "link.png: path escapes from parent") {
		t.Errorf("got %v", err)
	}
}

// A few bytes that claim 4096 x 4096 pixels, thousands of times over, ask for more than is given.
func TestAbsurdTotal(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "big.png"), encoded(t, image.NewGray(image.Rect(0, 0, 4096, 4096))))
	lines := "image,split,n\nbig.png,test,1\n" + strings.Repeat("big.png,train,1\n", 70)
	write(t, filepath.Join(dir, "r.csv"), []byte(lines))
	_, err := open(t, "csv:"+dir+"/r.csv")
	if err == nil || !strings.Contains(err.Error(), "71 pictures of 4096 x 4096 pixels (height x width) in grey, want at most 1073741824 values together") {
		t.Errorf("got %v", err)
	}
}

var small = []string{"image,split,repeat,a,b", "p00.png,train,,1,2", "p01.png,train,,3,4", "p02.png,val,,5,6", "p03.png,test,0,7,8", "p03.png,test,1,9,1.5"}

func TestDamagedFiles(t *testing.T) {
	spec := recording(t, 4, small...)
	dir := strings.SplitN(spec, "images=", 2)[1]
	for _, path := range []string{filepath.Join(filepath.Dir(dir), "responses.csv"), filepath.Join(dir, "p01.png")} {
		mutate.CheckOpen(t, path, 500, 4<<20, func() error {
			_, err := open(t, spec)
			return err
		})
	}
	var jpg bytes.Buffer
	if err := jpeg.Encode(&jpg, grey(3), nil); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "p01.png") // the name says nothing
	write(t, path, jpg.Bytes())
	mutate.CheckOpen(t, path, 500, 4<<20, func() error {
		_, err := open(t, spec)
		return err
	})
}

func FuzzTable(f *testing.F) {
	spec := recording(f, 4, small...)
	dir := strings.SplitN(spec, "images=", 2)[1]
	f.Add([]byte(strings.Join(small, "\n")))
	f.Fuzz(func(t *testing.T, content []byte) {
		path := filepath.Join(t.TempDir(), "responses.csv")
		write(t, path, content)
		d, err := open(t, "csv:"+path+"?images="+dir)
		if err != nil && !strings.Contains(err.Error(), dir) {
			mutate.CheckError(t, err, path)
		}
		if err == nil {
			_ = d.Validate()
		}
	})
}

func FuzzPicture(f *testing.F) {
	f.Add(encoded(f, grey(3)))
	f.Fuzz(func(t *testing.T, content []byte) {
		if len(content) > 1<<16 {
			return
		}
		dir := t.TempDir()
		path := filepath.Join(dir, "p.png")
		write(t, path, content)
		write(t, filepath.Join(dir, "r.csv"), []byte("image,split,n\np.png,train,1\np.png,val,2\np.png,test,1\n"))
		if d, err := open(t, "csv:"+dir+"/r.csv"); err != nil {
			mutate.CheckError(t, err, path)
		} else {
			_ = d.Validate()
		}
	})
}

func BenchmarkOpen(b *testing.B) {
	const n, neurons, side = 500, 600, 36
	dir := b.TempDir()
	var lines strings.Builder
	lines.WriteString("image,split")
	for j := range neurons {
		fmt.Fprintf(&lines, ",n%d", j)
	}
	im := image.NewGray(image.Rect(0, 0, 64, side))
	for i := range n {
		for k := range im.Pix {
			im.Pix[k] = uint8(i + k*k)
		}
		write(b, filepath.Join(dir, fmt.Sprintf("%d.png", i)), encoded(b, im))
		fmt.Fprintf(&lines, "\n%d.png,%s", i, []string{"train", "train", "train", "val", "test"}[i%5])
		for j := range neurons {
			fmt.Fprintf(&lines, ",%.5g", float64(i*j%1000)/7)
		}
	}
	write(b, filepath.Join(dir, "r.csv"), []byte(lines.String()))
	b.SetBytes(4 * n * (neurons + 64*side))
	for b.Loop() {
		if _, err := open(b, "csv:"+dir+"/r.csv"); err != nil {
			b.Fatal(err)
		}
	}
}

// Uniform pictures shrink a thousandfold: room for all is made only if their files are of a size that pictures have.
func TestPicturesThatUnpackToTooMuch(t *testing.T) {
	dir := t.TempDir()
	one := encoded(t, image.NewGray(image.Rect(0, 0, 4096, 4096)))
	lines := []string{"image,n0"}
	for i := range 8 {
		name := fmt.Sprintf("p%d.png", i)
		write(t, filepath.Join(dir, name), one)
		lines = append(lines, name+",1")
	}
	write(t, filepath.Join(dir, "t.csv"), []byte(strings.Join(lines, "\n")))
	if _, err := open(t, "csv:"+dir+"/t.csv"); err == nil || !strings.Contains(err.Error(), "8 pictures of 4096 x 4096 pixels (height x width) in grey in files of") {
		t.Error(err)
	}
}

// A table of many neurons is read in time that grows with their number.
func TestManyColumns(t *testing.T) {
	seconds := func(n int) float64 {
		var head, row strings.Builder
		head.WriteString("image")
		row.WriteString("p00.png")
		for i := range n {
			fmt.Fprintf(&head, ",n%d", i)
			row.WriteString(",1")
		}
		name := recording(t, 1, head.String(), row.String())
		begun := time.Now()
		if _, err := open(t, name); err != nil && !strings.Contains(err.Error(), "1 different images among 1") {
			t.Fatal(err)
		}
		return time.Since(begun).Seconds()
	}
	if took := seconds(100_000); took > 5 {
		t.Errorf("100 000 columns took %.1f s", took)
	}
}
