package fetch

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"

	"v1lab/datasets/durable"
)

const (
	maxTries   = 5       // in a row without progress
	progress   = 1 << 20 // bytes after which an attempt counts as progress
	stall      = time.Minute
	maxUnknown = 1 << 38 // largest file of unknown length, in bytes
)

// transfer downloads one file to its part file, in as many attempts as needed.
type transfer struct {
	file            File
	part, stateFile string
	options         Options

	have int64 // bytes in the part file
	state
}

// state is stored next to the part file: which file it is a part of.
type state struct {
	URL      string `json:"url"`
	ETag     string `json:"etag,omitempty"`
	Modified string `json:"modified,omitempty"`
	Total    int64  `json:"total"` // 0 if not known
}

// temporary is an error that another attempt may not meet.
type temporary struct{ error }

func (t temporary) Unwrap() error { return t.error }

// run returns when the part file has the length that the server states, or with a permanent error.
func (t *transfer) run(ctx context.Context) error {
	if err := t.recall(); err != nil {
		return err
	}
	best := t.have
	for tries := 0; ; {
		err := t.attempt(ctx)
		switch {
		case err == nil:
			return nil
		case ctx.Err() != nil:
			return fmt.Errorf("interrupted after %d bytes; fetch again to continue: %w", t.have, ctx.Err())
		case !errors.As(err, new(temporary)):
			return err
		}
		if t.have >= best+progress {
			best, tries = t.have, 0
		}
		if tries++; tries >= maxTries {
			return fmt.Errorf("given up after %d attempts, %d bytes are kept; fetch again to continue: %w", tries, t.have, err)
		}
		t.say(fmt.Sprintf("%v; attempt %d of %d", err, tries+1, maxTries))
		select {
		case <-ctx.Done():
		case <-time.After(t.wait(tries)):
		}
	}
}

func (t *transfer) wait(attempt int) time.Duration {
	if t.options.Wait != nil {
		return t.options.Wait(attempt)
	}
	return min(30*time.Second, time.Second<<(attempt-1))
}

func (t *transfer) say(message string) {
	if t.options.Progress != nil {
		t.options.Progress(Progress{t.file.Name, t.have, t.total(), message})
	}
}

// total returns the file's length if known: from the registry, otherwise from the server.
func (t *transfer) total() int64 {
	if t.file.Size > 0 {
		return t.file.Size
	}
	return t.Total
}

// recall reads what an earlier transfer left. It drops a part file that cannot safely be continued.
func (t *transfer) recall() error {
	info, err := os.Stat(t.part)
	if err != nil {
		return nil //nolint:nilerr // nothing is there
	}
	text, err := os.ReadFile(t.stateFile)
	if err != nil || json.Unmarshal(text, &t.state) != nil || t.URL != t.file.URL || !t.continuable() || t.total() > 0 && info.Size() > t.total() {
		return t.restart()
	}
	t.have = info.Size()
	if t.have > 0 {
		t.say(fmt.Sprintf("continuing after %d bytes", t.have))
	}
	return nil
}

// continuable reports whether further bytes can be verified to belong to the part file: by the server's mark, or at the end by the hash.
func (t *transfer) continuable() bool { return t.mark() != "" || t.file.Hash != NotPublished }

// mark returns the value for If-Range: a strong ETag, otherwise the date.
func (t *transfer) mark() string {
	if t.ETag != "" && !strings.HasPrefix(t.ETag, "W/") {
		return t.ETag
	}
	return t.Modified
}

func (t *transfer) restart() error {
	t.have, t.state = 0, state{}
	if err := durable.Remove(t.stateFile); err != nil {
		return plain(err)
	}
	if err := durable.Remove(t.part); err != nil {
		return plain(err)
	}
	return nil
}

func (t *transfer) discard() { t.restart() } //nolint:errcheck // leftovers do no harm: the next fetch looks at them

func (t *transfer) attempt(ctx context.Context) error {
	if t.have > 0 && !t.continuable() {
		if err := t.restart(); err != nil {
			return err
		}
	}
	if t.have > 0 && t.have == t.total() {
		return nil
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, t.file.URL, nil)
	if err != nil {
		return err
	}
	request.Header.Set("User-Agent", "v1lab")
	request.Header.Set("Accept-Encoding", "identity") // so that lengths and ranges refer to the file itself
	if t.have > 0 {
		request.Header.Set("Range", fmt.Sprintf("bytes=%d-", t.have))
		if mark := t.mark(); mark != "" {
			request.Header.Set("If-Range", mark)
		}
	}
	response, err := client(t.options.Client).Do(request)
	if err != nil {
		return unreachable(request.URL.Hostname(), err)
	}
	defer response.Body.Close() //nolint:errcheck // only read
	if response.StatusCode == http.StatusRequestedRangeNotSatisfiable && t.have > 0 && response.Header.Get("Content-Range") == fmt.Sprintf("bytes */%d", t.have) {
		return nil // all of it is here
	}
	if err := t.accept(response); err != nil {
		return err
	}
	return t.receive(response, cancel)
}

// accept checks the header of an answer. It empties the part file if the answer starts from the beginning.
func (t *transfer) accept(r *http.Response) error {
	offered := state{URL: t.file.URL, ETag: r.Header.Get("ETag"), Modified: r.Header.Get("Last-Modified"), Total: max(r.ContentLength, 0)}
	switch {
	case r.StatusCode == http.StatusOK:
	case r.StatusCode == http.StatusPartialContent && t.have > 0:
		start, total, err := contentRange(r.Header.Get("Content-Range"))
		if err != nil {
			return err
		}
		if start != t.have || offered.ETag != "" && t.ETag != "" && offered.ETag != t.ETag || t.Total > 0 && total > 0 && total != t.Total {
			return t.again("the server's file changed")
		}
		offered.ETag, offered.Modified, offered.Total = t.ETag, t.Modified, max(total, t.Total)
	case r.StatusCode == http.StatusRequestedRangeNotSatisfiable && t.have > 0:
		return t.again("the server's file is shorter than what is here")
	case r.StatusCode == http.StatusTooManyRequests, r.StatusCode == http.StatusRequestTimeout, r.StatusCode >= 500:
		return temporary{fmt.Errorf("%s answers %s", r.Request.URL.Hostname(), r.Status)}
	default:
		return fmt.Errorf("%s answers %s to %s", r.Request.URL.Hostname(), r.Status, t.file.URL)
	}
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err == nil && kind == "text/html" && !strings.HasSuffix(t.file.Name, ".html") {
		return fmt.Errorf("%s sends a web page instead of data; the address %s may be out of date", r.Request.URL.Hostname(), t.file.URL)
	}
	if encoding := r.Header.Get("Content-Encoding"); encoding != "" && encoding != "identity" {
		return fmt.Errorf("%s sends content encoded by %q; accepted: identity", r.Request.URL.Hostname(), encoding)
	}
	if t.file.Size > 0 && offered.Total > 0 && offered.Total != t.file.Size {
		return fmt.Errorf("%s has %d bytes, want %d as in the registry", r.Request.URL.Hostname(), offered.Total, t.file.Size)
	}
	if framed := offered.Total > 0 || len(r.TransferEncoding) > 0 || r.ProtoMajor > 1 || r.ContentLength == 0; !framed && t.file.Size == 0 && t.file.Hash == NotPublished {
		return fmt.Errorf("neither %s nor the registry says how long the file is: a whole one could not be told from a part", r.Request.URL.Hostname())
	}
	if r.StatusCode == http.StatusOK {
		if err := t.restart(); err != nil {
			return err
		}
	}
	t.state = offered
	text, err := json.Marshal(t.state)
	if err == nil {
		err = durable.WriteFile(t.stateFile, text, 0o644)
	}
	return plain(err)
}

// again empties the part file and returns an error that asks for another attempt.
func (t *transfer) again(why string) error {
	if err := t.restart(); err != nil {
		return err
	}
	return temporary{errors.New(why + ": starting again")}
}

// receive appends the body to the part file.
func (t *transfer) receive(r *http.Response, cancel context.CancelCauseFunc) (err error) {
	patience := t.options.Stall
	if patience <= 0 {
		patience = stall
	}
	stalled := fmt.Errorf("nothing came for %v", patience)
	clock := time.AfterFunc(patience, func() { cancel(stalled) })
	defer clock.Stop()
	body := bufio.NewReaderSize(r.Body, 1<<17)
	if t.have == 0 {
		head, err := body.Peek(headSize)
		if err != nil && err != io.EOF {
			return t.broken(r, err)
		}
		if err := checkHead(t.file.Name, head); err != nil {
			t.discard()
			return fmt.Errorf("from %s: %w", r.Request.URL.Hostname(), err)
		}
	}
	file, err := durable.OpenFile(t.part, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o644)
	if err != nil {
		return plain(err)
	}
	defer func() {
		if failed := errors.Join(file.Sync(), file.Close()); failed != nil && err == nil {
			err = plain(failed)
		}
	}()
	limit := t.total()
	if limit == 0 {
		limit = maxUnknown
	}
	buffer := make([]byte, 1<<17)
	for {
		n, readErr := body.Read(buffer)
		if n > 0 {
			clock.Reset(patience)
			if t.have+int64(n) > limit {
				t.discard()
				return fmt.Errorf("%s sends more than the %d bytes of the file; what came was removed", r.Request.URL.Hostname(), limit)
			}
			if _, err := file.Write(buffer[:n]); err != nil {
				return plain(err)
			}
			t.have += int64(n)
			t.say("")
		}
		switch {
		case readErr == nil:
		case readErr != io.EOF:
			return t.broken(r, readErr)
		case t.total() > 0 && t.have < t.total():
			return temporary{fmt.Errorf("%s stopped after %d of %d bytes", r.Request.URL.Hostname(), t.have, t.total())}
		default:
			return nil
		}
	}
}

// broken returns the error for a failure to read the body.
func (t *transfer) broken(r *http.Response, err error) error {
	if cause := context.Cause(r.Request.Context()); cause != nil {
		err = cause
	}
	return temporary{fmt.Errorf("connection to %s broke off after %d bytes: %w", r.Request.URL.Hostname(), t.have, err)}
}

// contentRange parses "bytes START-END/TOTAL"; total is 0 for a star.
func contentRange(text string) (start, total int64, err error) {
	span, ok := strings.CutPrefix(text, "bytes ")
	span, length, ok2 := strings.Cut(span, "/")
	first, _, ok3 := strings.Cut(span, "-")
	start, err = strconv.ParseInt(first, 10, 64)
	if length != "*" && err == nil {
		total, err = strconv.ParseInt(length, 10, 64)
	}
	if !ok || !ok2 || !ok3 || err != nil || total < 0 {
		return 0, 0, fmt.Errorf("the server sends a part with Content-Range %q, want bytes START-END/TOTAL", text)
	}
	return start, total, nil
}
