package gallery_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"html"
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"v1lab/notebooks/gallery"
)

// picture is a PNG of one colour as a notebook keeps it.
func picture(t *testing.T, width, height int) string {
	t.Helper()
	im := image.NewRGBA(image.Rect(0, 0, width, height))
	for i := range im.Pix {
		im.Pix[i] = 0xff
	}
	im.Set(0, 0, color.Black)
	var b bytes.Buffer
	if err := png.Encode(&b, im); err != nil {
		t.Fatal(err)
	}
	return base64.StdEncoding.EncodeToString(b.Bytes())
}

func write(t *testing.T, name string, cells ...map[string]any) string {
	t.Helper()
	content, err := json.Marshal(map[string]any{"cells": cells, "nbformat": 4})
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, content, 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func output(png string) map[string]any {
	return map[string]any{"output_type": "display_data", "data": map[string]any{"image/png": png}}
}

// Every notebook has a card: its last three pictures made small, failures in plain text; nothing is fetched, nothing of a notebook becomes markup.
func TestCards(t *testing.T) {
	good := write(t, "good.ipynb", map[string]any{"cell_type": "markdown", "source": "# A <b>title</b>\n\nWhat `it` is\nabout.\n\nMore."},
		map[string]any{"cell_type": "code", "source": []string{"x"}, "outputs": []any{output(picture(t, 640, 320)), output(picture(t, 100, 50)), output(picture(t, 10, 10)), output(picture(t, 900, 3))}})
	bad := write(t, "bad.ipynb", map[string]any{"cell_type": "code", "source": "y", "outputs": []any{}})
	var page strings.Builder
	err := gallery.Write(&page, "All & more", []gallery.Entry{
		{Notebook: good, Page: "good.html", Took: 1234 * time.Millisecond},
		{Notebook: bad, Took: time.Minute, Err: errors.New("cell 1 of 1 failed: <oh>\nmore")},
		{Notebook: "/nowhere/gone.ipynb", Err: errors.New("does not exist")},
	})
	if err != nil {
		t.Fatal(err)
	}
	text := page.String()
	for _, want := range []string{"<h1>All &amp; more</h1>", `<a href="good.html">A &lt;b&gt;title&lt;/b&gt;</a>`, "What it is about.", "good.ipynb · 4 figures · ran in 1.2s",
		"<h2>bad</h2>", "cell 1 of 1 failed: &lt;oh&gt;</p>", "failed after 1m0s", "does not exist"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in the page", want)
		}
	}
	for _, never := range []string{"<b>", "<oh>", "More.", "http", "<script"} {
		if strings.Contains(text, never) {
			t.Errorf("%q in the page", never)
		}
	}
	var sizes []image.Point
	for _, part := range strings.Split(text, "base64,")[1:] {
		encoded, _, _ := strings.Cut(html.UnescapeString(part), `"`)
		raw, err := base64.StdEncoding.DecodeString(encoded)
		if err != nil {
			t.Fatal(err)
		}
		im, err := png.Decode(bytes.NewReader(raw))
		if err != nil {
			t.Fatal(err)
		}
		sizes = append(sizes, im.Bounds().Size())
	}
	if len(sizes) != 3 || sizes[0] != image.Pt(100, 50) || sizes[1] != image.Pt(10, 10) || sizes[2] != image.Pt(320, 1) {
		t.Errorf("thumbnails of %v", sizes)
	}
}

func TestRefuses(t *testing.T) {
	broken := filepath.Join(t.TempDir(), "broken.ipynb")
	if err := os.WriteFile(broken, []byte("{"), 0o644); err != nil {
		t.Fatal(err)
	}
	damaged := write(t, "damaged.ipynb", map[string]any{"cell_type": "code", "source": "y", "outputs": []any{output("AAAA")}})
	for path, want := range map[string]string{broken: "broken.ipynb is no notebook", damaged: "damaged.ipynb: a picture", "/nowhere/x.ipynb": "/nowhere/x.ipynb"} {
		var page strings.Builder
		if err := gallery.Write(&page, "t", []gallery.Entry{{Notebook: path}}); err == nil || !strings.Contains(err.Error(), want) || page.Len() > 0 {
			t.Errorf("%s: error %v, want %q, and no page", path, err, want)
		}
	}
}

// TestPlace: a gallery replaces a gallery, also one of an earlier version, and no other page.
func TestPlace(t *testing.T) {
	var page strings.Builder
	if err := gallery.Write(&page, "Notebooks", nil); err != nil {
		t.Fatal(err)
	}
	ours := page.String()
	mark := `<meta name="generator" content="v1lab notebook: gallery">` + "\n"
	older := strings.Replace(ours, mark, "", 1)
	if older == ours {
		t.Fatal("the page has no mark")
	}
	for name, test := range map[string]struct {
		files map[string]string
		want  string
	}{
		"empty":          {nil, "index.html"},
		"gallery":        {map[string]string{"index.html": ours}, "index.html"},
		"older":          {map[string]string{"index.html": older}, "index.html"},
		"page":           {map[string]string{"index.html": "<h1>mine</h1>"}, "gallery.html"},
		"page, gallery":  {map[string]string{"index.html": "", "gallery.html": ours}, "gallery.html"},
		"pages":          {map[string]string{"index.html": "x", "gallery.html": "y"}, "gallery-2.html"},
		"index.ipynb":    {map[string]string{"index.ipynb": "{}"}, "gallery.html"},
		"both notebooks": {map[string]string{"index.ipynb": "{}", "gallery.ipynb": "{}"}, "gallery-2.html"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			for file, text := range test.files {
				if err := os.WriteFile(filepath.Join(dir, file), []byte(text), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			if got, err := gallery.Place(dir); err != nil || got != filepath.Join(dir, test.want) {
				t.Errorf("%s, %v; want %s", got, err, test.want)
			}
		})
	}
	if _, err := gallery.Place(filepath.Join(t.TempDir(), "none")); err != nil {
		t.Errorf("a folder that is not there yet: %v", err)
	}
}
