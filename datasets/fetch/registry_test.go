package fetch_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"v1lab/datasets/fetch"
)

// The registry that comes along holds what it must, and says where nothing is published.
func TestRegistry(t *testing.T) {
	sets, err := fetch.Registry()
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"sensorium2022", "lurz2020", "cadena2019", "antolik2016", "allen-natural-scenes", "ecker2019", "tang2018",
		"franke-willeke2022", "nat60k", "allen-dandi", "tvsd", "cowley-v4"} {
		s, err := fetch.Find(sets, want)
		if err != nil {
			t.Error(err)
			continue
		}
		for _, f := range s.Files {
			if f.Address == "" || !strings.HasPrefix(f.URL, "https://") {
				t.Errorf("%s: %s: address %q, url %q; want where it is published, and https", s.Name, f.Name, f.Address, f.URL)
			}
		}
		if len(s.Files) == 0 && s.Note == "" {
			t.Errorf("%s: no files and no note why", s.Name)
		}
	}
	dandi, err := fetch.Find(sets, "allen-dandi")
	if err != nil || dandi.Page != "https://dandiarchive.org/dandiset/000728" || !strings.HasPrefix(dandi.Licence, "CC BY 4.0") || !strings.HasPrefix(dandi.Size, "62.5 TB") {
		t.Errorf("%+v (%v)", dandi, err)
	}
	if _, err := fetch.Get(context.Background(), dandi, t.TempDir(), fetch.Options{}); err == nil || !strings.Contains(err.Error(), "see https://dandiarchive.org/dandiset/000728: Choose a session B on the page") {
		t.Errorf("error %v", err)
	}
	one, err := fetch.Find(sets, "sensorium2022")
	if err != nil {
		t.Fatal(err)
	}
	if one, err = one.Only("static26872-*.zip"); err != nil || len(one.Files) != 1 || one.Files[0].About != "mouse 1, Sensorium" {
		t.Errorf("%+v (%v)", one.Files, err)
	}
	if _, err := one.Only("*.h5"); err == nil || !strings.Contains(err.Error(), `file pattern "*.h5": no match among static26872`) {
		t.Errorf("error %v", err)
	}
	if _, err := one.Only("["); err == nil || !strings.Contains(err.Error(), "syntax error in pattern") {
		t.Errorf("error %v", err)
	}
	if _, err := fetch.Find(sets, "cadena2018"); err == nil || !strings.Contains(err.Error(), `no entry "cadena2018", did you mean "cadena2019"? accepted: sensorium2022, `) {
		t.Errorf("error %v", err)
	}
	if _, err := fetch.Find(nil, "x"); err == nil || !strings.Contains(err.Error(), "the registry is empty") {
		t.Errorf("error %v", err)
	}
	none, err := fetch.Find(sets, "ecker2019")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := fetch.Get(context.Background(), none, t.TempDir(), fetch.Options{}); err == nil || !strings.Contains(err.Error(), "no address of its files is published; see https://github.com/aecker/cnn-sys-ident") {
		t.Errorf("error %v", err)
	}
}

func TestLoadRefuses(t *testing.T) {
	path := filepath.Join(t.TempDir(), "r.yaml")
	entry := func(files string) string {
		return "- {name: a, title: A, page: \"https://x.org\", licence: not stated, files: [" + files + "]}\n"
	}
	file := func(name, url, hash string) string {
		return entry("{name: '" + name + "', url: '" + url + "', hash: '" + hash + "'}")
	}
	for _, c := range []struct{ text, want string }{
		{file("../a.zip", "https://x.org", "not published"), `file name "../a.zip": want letters`},
		{file(".bashrc", "https://x.org", "not published"), `file name ".bashrc"`},
		{file(`a\b`, "https://x.org", "not published"), `file name "a\\b"`},
		{file("", "https://x.org", "not published"), `file name ""`},
		{file("a.part", "https://x.org", "not published"), `file name "a.part"`},
		{file("fetched.json", "https://x.org", "not published"), `file name "fetched.json"`},
		{file("a", "file:///etc/passwd", "not published"), `url: "file:///etc/passwd", want https://HOST/PATH`},
		{file("a", "https://user:secret@x.org/", "not published"), `want https://HOST/PATH`},
		{file("a", "https://x.org", "sha256:12"), `hash "sha256:12", want sha256:HEX, md5:HEX or "not published"`},
		{file("a", "https://x.org", ""), `hash ""`},
		{entry("{name: a, url: \"https://x.org\", hash: not published, size: -1}"), "size -1"},
		{entry("{name: a, url: \"https://x.org\", hash: not published}, {name: A, url: \"https://x.org\", hash: not published}"), `file name "A" is taken`},
		{strings.Replace(entry(""), "name: a", "name: ../a", 1), "name: want small letters"},
		{strings.Replace(entry(""), "licence: not stated", "licence: ''", 1), "title and licence"},
		{strings.Replace(entry(""), "https://x.org", "x.org", 1), `page: "x.org"`},
		{entry("") + entry(""), `name "a" is taken`},
		{"- {name: a, titel: A}", "titel"},
	} {
		if err := os.WriteFile(path, []byte(c.text), 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := fetch.Load(path); err == nil || !strings.Contains(err.Error(), c.want) || !strings.HasPrefix(err.Error(), path+": ") {
			t.Errorf("%s: error %v, want %q", c.text, err, c.want)
		}
	}
	if _, err := fetch.Load(path + ".gone"); err == nil || !strings.Contains(err.Error(), "no such file") {
		t.Errorf("error %v", err)
	}
}
