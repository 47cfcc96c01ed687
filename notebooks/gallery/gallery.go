package gallery

import (
	"bytes"
	_ "embed"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"html/template"
	"image/png"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// Entry is one executed notebook.
type Entry struct {
	Notebook string        // path of the executed .ipynb
	Page     string        // address of its HTML page, relative to the gallery; empty: none
	Took     time.Duration // time of its run
	Err      error         // why it did not finish, or nil
}

//go:embed gallery.html
var source string

var layout = template.Must(template.New("gallery").Parse(source))

// thumbnails is the number of a notebook's last pictures that are shown.
const thumbnails = 3

// card is what the page shows of an entry.
type card struct {
	Name, Title, About, Page, Took, Failure string
	Pictures                                int // of the notebook in all
	Thumbnails                              []template.URL
}

// marks are in the head of every gallery, the second in those of earlier versions.
var marks = []string{`<meta name="generator" content="v1lab notebook: gallery">`, "main { display: grid; grid-template-columns: repeat(auto-fill, minmax(21rem, 1fr)); gap: 1.2rem; }\narticle {"}

// Place returns the path in a folder where a gallery can be written: that of the gallery which is there, or a new one. A page of another kind, such as that of a notebook index.ipynb, is never chosen.
func Place(dir string) (string, error) {
	for i := 0; ; i++ {
		name := "index.html"
		switch {
		case i == 1:
			name = "gallery.html"
		case i > 1:
			name = fmt.Sprintf("gallery-%d.html", i)
		}
		path := filepath.Join(dir, name)
		switch ours, err := isGallery(path); {
		case errors.Is(err, fs.ErrNotExist):
			// Its notebook has failed before there was a page, or has none yet.
			if _, err := os.Lstat(strings.TrimSuffix(path, ".html") + ".ipynb"); err == nil {
				continue
			}
			return path, nil
		case err != nil:
			return "", fmt.Errorf("gallery: %w", err)
		case ours:
			return path, nil
		}
	}
}

// isGallery reports whether a file is a gallery.
func isGallery(path string) (bool, error) {
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
		return false, nil
	} else if _, linkErr := os.Lstat(path); err != nil && linkErr == nil { // a link to nothing
		return false, nil
	}
	file, err := os.Open(path)
	if err != nil {
		return false, err
	}
	defer file.Close() //nolint:errcheck // read only
	head, err := io.ReadAll(io.LimitReader(file, 1500))
	return err == nil && slices.ContainsFunc(marks, func(mark string) bool { return strings.Contains(string(head), mark) }), err
}

// Write writes the page. A notebook that cannot be read is an error that names it.
func Write(w io.Writer, title string, entries []Entry) error {
	var cards []card
	for _, e := range entries {
		c, err := cardOf(e)
		if err != nil {
			return err
		}
		cards = append(cards, c)
	}
	var page bytes.Buffer
	if err := layout.Execute(&page, map[string]any{"Title": title, "Cards": cards}); err != nil {
		return fmt.Errorf("gallery: %w", err)
	}
	_, err := w.Write(page.Bytes())
	return err
}

// notebook is the part of nbformat 4 that a card is made of.
type notebook struct {
	Cells []struct {
		Kind    string `json:"cell_type"`
		Source  text   `json:"source"`
		Outputs []struct {
			Data map[string]json.RawMessage `json:"data"`
		} `json:"outputs"`
	} `json:"cells"`
}

// text is a string, or lines of one.
type text string

func (t *text) UnmarshalJSON(b []byte) error {
	var lines []string
	if err := json.Unmarshal(b, &lines); err == nil {
		*t = text(strings.Join(lines, ""))
		return nil
	}
	return json.Unmarshal(b, (*string)(t))
}

func cardOf(e Entry) (card, error) {
	name := filepath.Base(e.Notebook)
	c := card{Name: name, Title: strings.TrimSuffix(name, filepath.Ext(name)), Page: e.Page, Took: e.Took.Round(100 * time.Millisecond).String()}
	if e.Err != nil {
		c.Failure, _, _ = strings.Cut(e.Err.Error(), "\n")
	}
	content, err := os.ReadFile(e.Notebook)
	if err != nil {
		if e.Err != nil { // it failed before the notebook was written
			return c, nil
		}
		return c, fmt.Errorf("gallery: %w", err)
	}
	var nb notebook
	if err := json.Unmarshal(content, &nb); err != nil {
		if e.Err != nil { // the failure already says so
			return c, nil
		}
		return c, fmt.Errorf("gallery: %s is no notebook: %w", e.Notebook, err)
	}
	var pictures []string
	for _, cell := range nb.Cells {
		if cell.Kind == "markdown" && c.About == "" {
			c.describe(string(cell.Source))
		}
		for _, o := range cell.Outputs {
			var data text
			if raw, ok := o.Data["image/png"]; ok && json.Unmarshal(raw, &data) == nil {
				pictures = append(pictures, string(data))
			}
		}
	}
	c.Pictures = len(pictures)
	for _, p := range pictures[max(0, len(pictures)-thumbnails):] {
		url, err := thumbnail(p)
		if err != nil {
			return c, fmt.Errorf("gallery: %s: a picture: %w", e.Notebook, err)
		}
		c.Thumbnails = append(c.Thumbnails, url)
	}
	return c, nil
}

// describe sets the title to the first heading of a Markdown cell, and the description to the paragraph after it.
func (c *card) describe(markdown string) {
	for paragraph := range strings.SplitSeq(markdown, "\n\n") {
		paragraph = strings.TrimSpace(paragraph)
		if heading, rest, _ := strings.Cut(paragraph, "\n"); strings.HasPrefix(heading, "#") {
			c.Title = strings.TrimSpace(strings.TrimLeft(heading, "#"))
			paragraph = strings.TrimSpace(rest)
		}
		if paragraph != "" {
			c.About = strings.Join(strings.Fields(strings.NewReplacer("**", "", "`", "").Replace(paragraph)), " ")
			return
		}
	}
}

// thumbnail returns a smaller picture, at most 320 pixels wide, as a data URL.
func thumbnail(encoded string) (template.URL, error) {
	raw, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(encoded), ""))
	if err != nil {
		return "", err
	}
	picture, err := png.Decode(bytes.NewReader(raw))
	if err != nil {
		return "", err
	}
	var small bytes.Buffer
	if err := png.Encode(&small, shrink(picture, 320)); err != nil {
		return "", err
	}
	return template.URL("data:image/png;base64," + base64.StdEncoding.EncodeToString(small.Bytes())), nil
}
