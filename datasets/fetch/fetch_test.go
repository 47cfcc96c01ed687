package fetch_test

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/md5"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gofrs/flock"
	"pgregory.net/rapid"

	"v1lab/datasets/fetch"
)

// content is an archive of some 100 kB.
var content = sync.OnceValue(func() []byte {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	member, _ := w.CreateHeader(&zip.FileHeader{Name: "noise", Method: zip.Store})
	rng := rand.New(rand.NewPCG(1, 1))
	for range 100_000 {
		member.Write([]byte{byte(rng.Uint32())})
	}
	w.Close()
	return b.Bytes()
})

func sha(b []byte) string { s := sha256.Sum256(b); return "sha256:" + hex.EncodeToString(s[:]) }

// server answers each request by the next of its scripts, the last one for ever, and keeps what was asked.
type server struct {
	*httptest.Server
	mu       sync.Mutex
	scripts  []http.HandlerFunc
	requests []http.Header
}

func serve(t testing.TB, scripts ...http.HandlerFunc) *server {
	s := &server{scripts: scripts}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		script := s.scripts[min(len(s.requests), len(s.scripts)-1)]
		s.requests = append(s.requests, r.Header.Clone())
		s.mu.Unlock()
		script(w, r)
	}))
	t.Cleanup(s.Close)
	return s
}

func (s *server) asked() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.requests)
}

// good is a server as they should be; tag "" gives no way to know content again.
func good(body []byte, tag string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if tag != "" {
			w.Header().Set("ETag", tag)
		}
		w.Header().Set("Content-Disposition", `attachment; filename="../../evil.zip"`)
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(body))
	}
}

// drop breaks the connection after n bytes of the body.
func drop(next http.HandlerFunc, n int) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) { next(&dropping{w, n}, r) }
}

type dropping struct {
	http.ResponseWriter
	left int
}

func (d *dropping) Write(p []byte) (int, error) {
	if d.left < len(p) {
		d.ResponseWriter.Write(p[:d.left]) //nolint:errcheck // about to break
		d.ResponseWriter.(http.Flusher).Flush()
		panic(http.ErrAbortHandler)
	}
	d.left -= len(p)
	return d.ResponseWriter.Write(p)
}

func status(code int) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(code) }
}

// whole sends body whatever was asked, with further headers.
func whole(body string, headers ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		for i := 0; i < len(headers); i += 2 {
			w.Header().Set(headers[i], headers[i+1])
		}
		w.Write([]byte(body)) //nolint:errcheck // the client may have gone
	}
}

// raw writes a whole answer to the connection and closes it.
func raw(answer string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		c, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			panic(err)
		}
		c.Write([]byte(answer)) //nolint:errcheck // the client may have gone
		c.Close()
	}
}

func set(url string, change ...func(*fetch.File)) fetch.Set {
	f := fetch.File{Name: "data.zip", URL: url + "/x/evil.zip?name=../../evil", Hash: fetch.NotPublished}
	for _, c := range change {
		c(&f)
	}
	return fetch.Set{Name: "test", Title: "Test", Page: url, Licence: "none", Files: []fetch.File{f}}
}

func hash(h string) func(*fetch.File) { return func(f *fetch.File) { f.Hash = h } }
func size(n int) func(*fetch.File)    { return func(f *fetch.File) { f.Size = int64(n) } }
func name(n string) func(*fetch.File) { return func(f *fetch.File) { f.Name = n } }

var quick = fetch.Options{Wait: func(int) time.Duration { return time.Millisecond }}

func get(s fetch.Set, dir string) ([]fetch.Fetched, error) {
	return fetch.Get(context.Background(), s, dir, quick)
}

// holds fails unless dir has exactly these files, and data.zip is content.
func holds(t testing.TB, dir string, names ...string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for _, e := range entries {
		if e.Name() != ".fetch.lock" {
			found = append(found, e.Name())
		}
	}
	if !slices.Equal(found, names) {
		t.Errorf("the folder has %v, want %v", found, names)
	}
	if slices.Contains(names, "data.zip") {
		if got, err := os.ReadFile(filepath.Join(dir, "data.zip")); err != nil || !bytes.Equal(got, content()) {
			t.Errorf("data.zip: %d bytes that are not what was served (%v)", len(got), err)
		}
	}
}

func TestGet(t *testing.T) {
	sum := md5.Sum(content())
	for what, c := range map[string]struct {
		change   []func(*fetch.File)
		verified string
	}{
		"by SHA-256":    {[]func(*fetch.File){hash(sha(content())), size(len(content()))}, "sha256"},
		"by MD5":        {[]func(*fetch.File){hash("md5:" + strings.ToUpper(hex.EncodeToString(sum[:])))}, "md5"},
		"by length":     {[]func(*fetch.File){size(len(content()))}, "length"},
		"not published": {nil, ""},
	} {
		s := serve(t, good(content(), `"1"`))
		dir := filepath.Join(t.TempDir(), "new", "folder")
		first, err := get(set(s.URL, c.change...), dir)
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		f := first[0]
		if f.Verified != c.verified || !f.New || f.Bytes != int64(len(content())) || "sha256:"+f.SHA256 != sha(content()) || f.Path != filepath.Join(dir, "data.zip") || f.Time.IsZero() {
			t.Errorf("%s: %+v", what, f)
		}
		holds(t, dir, "data.zip", "fetched.json")
		if encoding := s.requests[0].Get("Accept-Encoding"); encoding != "identity" {
			t.Errorf("asked for encoding %q", encoding)
		}

		again, err := get(set(s.URL, c.change...), dir)
		if want := c.verified; err != nil || again[0].New || s.asked() != 1 || again[0].Time != f.Time ||
			again[0].Verified != want && again[0].Verified != "receipt" || again[0].Verified == "" {
			t.Errorf("%s: the second fetch: %+v, %d requests (%v)", what, again, s.asked(), err)
		}
	}
}

func TestReceiptSaysWhatIsThere(t *testing.T) {
	s, dir := serve(t, good(content(), `"1"`)), t.TempDir()
	if _, err := get(set(s.URL), dir); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(dir, "fetched.json"))
	if err != nil {
		t.Fatal(err)
	}
	var receipt struct {
		Set, Page, Licence string
		Files              []fetch.Fetched
	}
	if err := json.Unmarshal(text, &receipt); err != nil || receipt.Set != "test" || receipt.Page != s.URL || len(receipt.Files) != 1 || receipt.Files[0].Bytes != int64(len(content())) {
		t.Errorf("%s (%v)", text, err)
	}
	if err := os.WriteFile(filepath.Join(dir, "fetched.json"), []byte("{"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := get(set(s.URL), dir); err == nil || !strings.Contains(err.Error(), "fetched.json: damaged") {
		t.Errorf("error %v", err)
	}
}

// A connection that breaks is taken up where it broke, with the server's mark of the file.
func TestGoesOnWhereItBroke(t *testing.T) {
	ok := good(content(), `"1"`)
	s, dir := serve(t, drop(ok, 30_000), drop(ok, 40_000), ok), t.TempDir()
	if _, err := get(set(s.URL), dir); err != nil {
		t.Fatal(err)
	}
	holds(t, dir, "data.zip", "fetched.json")
	for i, want := range []string{"", "bytes=30000-", "bytes=70000-"} {
		if r := s.requests[i]; r.Get("Range") != want || want != "" && r.Get("If-Range") != `"1"` {
			t.Errorf("request %d: Range %q, If-Range %q, want %q", i, r.Get("Range"), r.Get("If-Range"), want)
		}
	}
}

// A process that ended in the middle leaves a part, with which the next goes on.
func TestGoesOnInAnotherProcess(t *testing.T) {
	ok := good(content(), `"1"`)
	s, dir := serve(t, drop(ok, 50_000), ok), t.TempDir()
	ctx, cancel := context.WithCancel(context.Background())
	_, err := fetch.Get(ctx, set(s.URL), dir, fetch.Options{Wait: func(int) time.Duration { cancel(); return time.Hour }})
	if !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), "interrupted after 50000 bytes; fetch again to continue") {
		t.Fatalf("error %v", err)
	}
	holds(t, dir, "data.zip.part", "data.zip.part.json")
	var said []string
	_, err = fetch.Get(context.Background(), set(s.URL), dir, fetch.Options{Progress: func(p fetch.Progress) {
		if p.Message != "" {
			said = append(said, fmt.Sprint(p.Message, " of ", p.Total))
		}
	}})
	if want := fmt.Sprint("continuing after 50000 bytes of ", len(content())); err != nil || len(said) != 1 || said[0] != want {
		t.Errorf("said %q, want %q (%v)", said, want, err)
	}
	holds(t, dir, "data.zip", "fetched.json")
	if r := s.requests[1]; r.Get("Range") != "bytes=50000-" {
		t.Errorf("Range %q", r.Get("Range"))
	}
}

// Servers that cannot continue, or whose file changed, are asked for all of it again.
func TestBeginsAnew(t *testing.T) {
	old := append([]byte("PK\x03\x04"), bytes.Repeat([]byte("old"), 40_000)...)
	ignores := func(w http.ResponseWriter, r *http.Request) {
		r.Header.Del("Range")
		good(content(), `"1"`)(w, r)
	}
	wrongPart := func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Range", fmt.Sprintf("bytes 7-%d/%d", len(content())-1, len(content())))
		w.WriteHeader(http.StatusPartialContent)
		w.Write(content()[7:]) //nolint:errcheck // refused
	}
	otherTag := func(w http.ResponseWriter, r *http.Request) {
		r.Header.Del("If-Range")
		good(content(), `"2"`)(w, r)
	}
	for what, scripts := range map[string][]http.HandlerFunc{
		"a server that ignores ranges":             {drop(ignores, 30_000), ignores},
		"a server without marks":                   {drop(good(content(), ""), 30_000), good(content(), "")},
		"a weak mark":                              {drop(good(old, `W/"1"`), 30_000), good(content(), `W/"1"`)},
		"a file that changed":                      {drop(good(old, `"1"`), 30_000), good(content(), `"2"`)},
		"a file that changed, and no If-Range":     {drop(good(old, `"1"`), 30_000), otherTag, good(content(), `"2"`)},
		"a part from elsewhere":                    {drop(good(content(), `"1"`), 30_000), wrongPart, good(content(), `"1"`)},
		"a file that became shorter":               {drop(good(append(content(), 0), `"1"`), len(content())), status(http.StatusRequestedRangeNotSatisfiable), good(content(), `"2"`)},
		"a busy server":                            {status(503), status(429), good(content(), `"1"`)},
		"a connection that breaks before the head": {raw(""), good(content(), `"1"`)},
	} {
		s, dir := serve(t, scripts...), t.TempDir()
		if _, err := get(set(s.URL), dir); err != nil {
			t.Errorf("%s: %v", what, err)
			continue
		}
		t.Run(what, func(t *testing.T) { holds(t, dir, "data.zip", "fetched.json") })
	}
}

// With a published hash a server without marks may be continued: the hash will tell.
func TestHashAllowsToContinue(t *testing.T) {
	ok := good(content(), "")
	s, dir := serve(t, drop(ok, 30_000), ok), t.TempDir()
	if _, err := get(set(s.URL, hash(sha(content()))), dir); err != nil {
		t.Fatal(err)
	}
	if s.requests[1].Get("Range") != "bytes=30000-" || s.requests[1].Get("If-Range") != "" {
		t.Errorf("%v", s.requests[1])
	}
	holds(t, dir, "data.zip", "fetched.json")
}

// What is refused, with the error's text and what stays in the folder.
func TestRefuses(t *testing.T) {
	html := "<!DOCTYPE html><html><body>Sign in</body></html>"
	short := string(content()[:len(content())-100])
	kept := []string{"data.zip.part", "data.zip.part.json"}
	for what, c := range map[string]struct {
		script http.HandlerFunc
		change func(*fetch.File)
		want   string
		left   []string
	}{
		"wrong bytes":                 {good(content(), `"1"`), hash(sha([]byte("other"))), "what the server sent is wrong: its sha256 is", nil},
		"a web page":                  {whole(html), nil, "sends a web page instead of data; the address", nil},
		"a web page called data":      {whole(html, "Content-Type", "application/zip"), nil, "found a web page instead of data", nil},
		"no archive":                  {whole("/annex/objects/MD5E-s1--0.zip", "Content-Type", "application/zip"), nil, `found no .zip file: it begins with "/annex/objects/M"`, nil},
		"nothing":                     {whole("", "Content-Type", "application/zip"), nil, "found an empty file", nil},
		"an archive cut short":        {whole(short, "Content-Type", "application/zip"), nil, fmt.Sprintf("the archive of %d bytes is cut short or damaged", len(short)), nil},
		"more than the registry says": {whole(string(content()), "Content-Length", fmt.Sprint(len(content()))), size(50), fmt.Sprintf("has %d bytes, want 50 as in the registry", len(content())), nil},
		"more than it may": {func(w http.ResponseWriter, r *http.Request) {
			w.(http.Flusher).Flush() // no length
			w.Write(content())       //nolint:errcheck // refused
		}, size(50_000), "sends more than the 50000 bytes of the file; what came was removed", nil},
		"less than it says": {func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Length", fmt.Sprint(len(content())+100))
			w.Header().Set("ETag", `"1"`)
			w.Write(content()) //nolint:errcheck // the rest is a lie
		}, nil, fmt.Sprintf("given up after 5 attempts, %d bytes are kept; fetch again to continue", len(content())), kept},
		"less than the registry says": {func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("ETag", `"1"`)
			w.(http.Flusher).Flush()
			w.Write(content()) //nolint:errcheck // the rest is a lie
		}, size(len(content()) + 1), fmt.Sprintf("stopped after %d of %d bytes", len(content()), len(content())+1), kept},
		"no length at all": {raw("HTTP/1.0 200 OK\r\nContent-Type: application/zip\r\n\r\n" + short), nil, "neither 127.0.0.1 nor the registry says how long the file is", nil},
		"an encoding":      {whole(string(content()), "Content-Encoding", "gzip"), nil, `sends content encoded by "gzip"`, nil},
		"no file":          {status(404), nil, "answers 404 Not Found to http://127.0.0.1", nil},
		"no permission":    {status(403), nil, "answers 403 Forbidden", nil},
		"always busy":      {status(503), nil, "given up after 5 attempts, 0 bytes are kept; fetch again to continue: 127.0.0.1 answers 503 Service Unavailable", nil},
		"a part unasked":   {status(206), nil, "answers 206 Partial Content", nil},
		"a loop": {func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, r.URL.String(), http.StatusFound) },
			nil, "more than 10 redirections", nil},
	} {
		s, dir := serve(t, c.script), t.TempDir()
		change := c.change
		if change == nil {
			change = func(*fetch.File) {}
		}
		_, err := get(set(s.URL, change), dir)
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") || !strings.HasPrefix(err.Error(), filepath.Join(dir, "data.zip")+": ") {
			t.Errorf("%s: error %v, want one line with %q", what, err, c.want)
		}
		t.Run(what, func(t *testing.T) { holds(t, dir, c.left...) })
	}
}

// The same of names of other kinds.
func TestRefusesOtherKinds(t *testing.T) {
	s := serve(t, whole("PK\x03\x04 an archive", "Content-Type", "application/octet-stream"))
	for _, n := range []string{"a.nwb", "a.h5", "a.npy", "a.gz", "A.HDF5"} {
		if _, err := get(set(s.URL, name(n)), t.TempDir()); err == nil || !strings.Contains(err.Error(), "it begins with \"PK") {
			t.Errorf("%s: error %v", n, err)
		}
	}
	if _, err := get(set(s.URL, name("a.pkl")), t.TempDir()); err != nil {
		t.Errorf("a kind without a mark: %v", err)
	}
}

func TestStall(t *testing.T) {
	ok := good(content(), `"1"`)
	release := make(chan struct{})
	hangs := func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("ETag", `"1"`)
		w.Header().Set("Content-Length", fmt.Sprint(len(content())))
		w.Write(content()[:40_000]) //nolint:errcheck // the test will tell
		w.(http.Flusher).Flush()
		<-release
	}
	s, dir := serve(t, hangs, ok), t.TempDir()
	defer close(release)
	o := quick
	o.Stall = 100 * time.Millisecond
	var said string
	o.Progress = func(p fetch.Progress) { said += p.Message }
	if _, err := fetch.Get(context.Background(), set(s.URL), dir, o); err != nil || !strings.Contains(said, "broke off after 40000 bytes: nothing came for 100ms; attempt 2 of 5") {
		t.Errorf("said %q (%v)", said, err)
	}
	holds(t, dir, "data.zip", "fetched.json")
}

func TestNoNetwork(t *testing.T) {
	closed := serve(t, status(200))
	closed.Close()
	_, err := get(set(closed.URL), t.TempDir())
	if !errors.Is(err, fetch.ErrNoNetwork) || !strings.Contains(err.Error(), "no network: 127.0.0.1 cannot be reached (") {
		t.Errorf("a closed port: %v", err)
	}
	o := quick
	o.Client = &http.Client{Transport: &http.Transport{DialContext: func(context.Context, string, string) (net.Conn, error) {
		return nil, &net.OpError{Op: "dial", Err: &net.DNSError{Err: "no such host", Name: "data.example.org", IsNotFound: true}}
	}}}
	_, err = fetch.Get(context.Background(), set("https://data.example.org"), t.TempDir(), o)
	if !errors.Is(err, fetch.ErrNoNetwork) || !strings.Contains(err.Error(), "no network: data.example.org is not found (no such host)") {
		t.Errorf("no name service: %v", err)
	}
}

func TestNeverFollowsToPlainHTTP(t *testing.T) {
	open := serve(t, good(content(), `"1"`))
	secure := httptest.NewUnstartedServer(http.RedirectHandler(open.URL, http.StatusFound))
	secure.Config.ErrorLog = log.New(io.Discard, "", 0) // it tells of the handshake that the client refuses
	secure.StartTLS()
	defer secure.Close()
	o := quick
	o.Client = secure.Client()
	if _, err := fetch.Get(context.Background(), set(secure.URL), t.TempDir(), o); err == nil || !strings.Contains(err.Error(), "redirection from https to http://127.0.0.1") || open.asked() > 0 {
		t.Errorf("error %v, %d requests", err, open.asked())
	}
	// Without the server's certificate there is no trust at all.
	if _, err := get(set(secure.URL), t.TempDir()); err == nil || !strings.Contains(err.Error(), "certificate") || errors.Is(err, fetch.ErrNoNetwork) {
		t.Errorf("error %v", err)
	}
}

func TestOneAtATime(t *testing.T) {
	dir := t.TempDir()
	lock := flock.New(filepath.Join(dir, ".fetch.lock"))
	if ok, err := lock.TryLock(); !ok || err != nil {
		t.Fatal(err)
	}
	s := serve(t, good(content(), `"1"`))
	if _, err := get(set(s.URL), dir); err == nil || !strings.Contains(err.Error(), dir+": another fetch is under way there") {
		t.Errorf("error %v", err)
	}
	if err := lock.Unlock(); err != nil {
		t.Fatal(err)
	}
	if _, err := get(set(s.URL), dir); err != nil {
		t.Error(err)
	}
}

// A file that is there is not overwritten, whatever it is.
func TestKeepsWhatIsThere(t *testing.T) {
	s := serve(t, good(content(), `"1"`))
	write := func(dir, text string) {
		if err := os.WriteFile(filepath.Join(dir, "data.zip"), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	dir := t.TempDir()
	write(dir, "PK\x03\x04 mine")
	if _, err := get(set(s.URL, hash(sha(content()))), dir); err == nil || !strings.Contains(err.Error(), "exists already, but the archive of 9 bytes is cut short") {
		t.Errorf("error %v", err)
	}
	write(dir, string(content()))
	if got, err := get(set(s.URL, hash(sha(content()))), dir); err != nil || got[0].New || got[0].Verified != "sha256" || !got[0].Time.IsZero() {
		t.Errorf("a copy from elsewhere: %+v (%v)", got, err)
	}
	if s.asked() > 0 {
		t.Errorf("%d requests", s.asked())
	}
	dir = t.TempDir()
	if _, err := get(set(s.URL), dir); err != nil {
		t.Fatal(err)
	}
	var other bytes.Buffer
	if err := zip.NewWriter(&other).Close(); err != nil {
		t.Fatal(err)
	}
	write(dir, other.String())
	if _, err := get(set(s.URL), dir); err == nil || !strings.Contains(err.Error(), "exists already, but changed since it was fetched") {
		t.Errorf("error %v", err)
	}
	if err := os.Remove(filepath.Join(dir, "data.zip")); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(dir, "data.zip"), 0o755); err != nil {
		t.Fatal(err)
	}
	if _, err := get(set(s.URL), dir); err == nil || !strings.Contains(err.Error(), "found no regular file") {
		t.Errorf("error %v", err)
	}
}

// However the connection breaks, the file is whole when it appears; leftovers of any kind do no harm.
func TestAlwaysWhole(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		tag := rapid.SampledFrom([]string{"", `"1"`, `W/"1"`}).Draw(rt, "tag")
		ok := good(content(), tag)
		var scripts []http.HandlerFunc
		for range rapid.IntRange(0, 4).Draw(rt, "breaks") {
			scripts = append(scripts, drop(ok, rapid.IntRange(0, len(content())).Draw(rt, "after")))
		}
		s := serve(t, append(scripts, ok)...)
		defer s.Close()
		dir, err := os.MkdirTemp(t.TempDir(), "whole")
		if err != nil {
			rt.Fatal(err)
		}
		part := filepath.Join(dir, "data.zip.part")
		if rapid.Bool().Draw(rt, "leftovers") {
			for path, text := range map[string]string{part: rapid.String().Draw(rt, "part"), part + ".json": rapid.StringMatching(`[{}"a-z:0-9]*`).Draw(rt, "state")} {
				if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
					rt.Fatal(err)
				}
			}
		}
		o := fetch.Options{Wait: func(int) time.Duration { return 0 }}
		if rapid.Bool().Draw(rt, "hash") {
			_, err = fetch.Get(context.Background(), set(s.URL, hash(sha(content()))), dir, o)
		} else {
			_, err = fetch.Get(context.Background(), set(s.URL), dir, o)
		}
		if err != nil {
			rt.Fatal(err)
		}
		holds(t, dir, "data.zip", "fetched.json")
	})
}
