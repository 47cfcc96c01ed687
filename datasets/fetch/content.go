package fetch

import (
	"archive/zip"
	"bytes"
	"crypto/md5" //nolint:gosec // to compare with what a source publishes
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"strings"
)

// kinds lists the bytes with which files of an extension must begin.
var kinds = map[string][]string{
	".zip":  {"PK\x03\x04", "PK\x05\x06"},
	".npz":  {"PK\x03\x04", "PK\x05\x06"},
	".npy":  {"\x93NUMPY"},
	".h5":   {"\x89HDF\r\n\x1a\n"},
	".hdf5": {"\x89HDF\r\n\x1a\n"},
	".nwb":  {"\x89HDF\r\n\x1a\n"},
	".gz":   {"\x1f\x8b"},
}

// headSize is the number of bytes that checkHead needs.
const headSize = 512

// checkHead refuses web pages and content whose first bytes do not match the file's extension.
func checkHead(name string, head []byte) error {
	if len(head) == 0 {
		return errors.New("found an empty file")
	}
	ext := strings.ToLower(path.Ext(name))
	text := bytes.ToLower(bytes.TrimLeft(head, "\xef\xbb\xbf \t\r\n"))
	if ext != ".html" && (bytes.HasPrefix(text, []byte("<!doctype html")) || bytes.HasPrefix(text, []byte("<html"))) {
		return errors.New("found a web page instead of data")
	}
	starts, ok := kinds[ext]
	if !ok {
		return nil
	}
	for _, start := range starts {
		if bytes.HasPrefix(head, []byte(start)) {
			return nil
		}
	}
	return fmt.Errorf("found no %s file: it begins with %q", ext, head[:min(len(head), 16)])
}

// sums describes the content of a file on disk.
type sums struct {
	bytes       int64
	head        []byte
	sha256, md5 string
	directory   error // from reading the directory at the end of a zip archive
}

func examine(file string) (sums, error) {
	f, err := os.Open(file)
	if err != nil {
		return sums{}, plain(err)
	}
	defer f.Close() //nolint:errcheck // only read
	info, err := f.Stat()
	if err != nil {
		return sums{}, plain(err)
	}
	if !info.Mode().IsRegular() {
		return sums{}, fmt.Errorf("found no regular file (%s)", info.Mode().Type())
	}
	strong, weak := sha256.New(), md5.New() //nolint:gosec // see above
	s := sums{head: make([]byte, headSize)}
	n, err := io.ReadFull(f, s.head)
	if err != nil && err != io.ErrUnexpectedEOF && err != io.EOF {
		return s, plain(err)
	}
	s.head = s.head[:n]
	s.bytes, err = io.Copy(io.MultiWriter(strong, weak), io.MultiReader(bytes.NewReader(s.head), f))
	if err != nil {
		return s, plain(err)
	}
	s.sha256, s.md5 = hex.EncodeToString(strong.Sum(nil)), hex.EncodeToString(weak.Sum(nil))
	_, s.directory = zip.NewReader(f, s.bytes)
	return s, nil
}

// compare checks the content against f and returns what verified it.
func (s sums) compare(f File) (by string, err error) {
	if err := checkHead(f.Name, s.head); err != nil {
		return "", err
	}
	if f.Size > 0 {
		if s.bytes != f.Size {
			return "", fmt.Errorf("it has %d bytes, want %d", s.bytes, f.Size)
		}
		by = "length"
	}
	if ext := strings.ToLower(path.Ext(f.Name)); s.directory != nil && (ext == ".zip" || ext == ".npz") {
		return "", fmt.Errorf("the archive of %d bytes is cut short or damaged: %w", s.bytes, s.directory)
	}
	algorithm, want, err := f.digest()
	if err != nil || algorithm == "" {
		return by, err
	}
	if found := map[string]string{"sha256": s.sha256, "md5": s.md5}[algorithm]; found != want {
		return "", fmt.Errorf("its %s is %s, want %s", algorithm, found, want)
	}
	return algorithm, nil
}
