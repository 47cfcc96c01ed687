package array

import (
	"archive/zip"
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"math/bits"
	"os"
	"slices"
	"strings"
	"unicode"

	"github.com/google/renameio/v2"

	"v1lab/datasets/infile"
)

// ReadNPY reads one .npy file. Errors name the file. No more memory is allocated than the values take, which the file has room for.
func ReadNPY(path string) (Array, error) {
	file, err := infile.Open(path)
	if err != nil {
		return Array{}, named(path, err)
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return Array{}, named(path, err)
	}
	if info.IsDir() {
		return Array{}, fmt.Errorf("%s: is a directory", path)
	}
	a, err := read(file, uint64(info.Size()))
	if err != nil {
		return Array{}, named(path, err)
	}
	return a, nil
}

// WriteNPY writes one .npy file, replacing an existing one whole.
func WriteNPY(path string, a Array) error {
	return replace(path, func(w io.Writer) error { return encode(w, a) })
}

// ReadNPZ reads the named arrays of an .npz archive, or all whose type is readable if none is named.
// Errors name the file and the key; a key that is missing is an error that lists those there are.
// No more memory is allocated than the values take: at the most 64 MiB and 200 times what the archive takes, or for a member that is stored
// as it is, what it takes there.
func ReadNPZ(path string, keys ...string) (map[string]Array, error) {
	file, archive, size, err := openNPZ(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	there := members(archive)
	all := len(keys) == 0
	if all {
		keys = slices.Sorted(maps.Keys(there))
	}
	arrays, left := map[string]Array{}, infile.Unpacked(size)
	for _, key := range keys {
		member, ok := there[key]
		if !ok {
			return nil, fmt.Errorf("%s: no array %q, found %s", path, key, list(there))
		}
		a, err := readMember(member, &left)
		switch {
		case all && errors.Is(err, errType):
			continue
		case err != nil:
			return nil, fmt.Errorf("%s: %s: %w", path, key, err)
		}
		arrays[key] = a
	}
	return arrays, nil
}

// KeysNPZ lists the arrays of an .npz archive in alphabetical order.
func KeysNPZ(path string) ([]string, error) {
	file, archive, _, err := openNPZ(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return slices.Sorted(maps.Keys(members(archive))), nil
}

func openNPZ(path string) (file io.Closer, archive *zip.Reader, size uint64, err error) {
	f, err := infile.Open(path)
	if err != nil {
		return nil, nil, 0, named(path, err)
	}
	info, err := f.Stat()
	if err == nil {
		archive, err = zip.NewReader(f, info.Size())
	}
	if err != nil {
		f.Close()
		return nil, nil, 0, named(path, err)
	}
	return f, archive, uint64(info.Size()), nil
}

// members are the arrays by key, of several with one name the first.
func members(archive *zip.Reader) map[string]*zip.File {
	there := map[string]*zip.File{}
	for _, f := range archive.File {
		key, ok := strings.CutSuffix(f.Name, ".npy")
		if _, twice := there[key]; ok && !twice {
			there[key] = f
		}
	}
	return there
}

// WriteNPZ writes an uncompressed .npz archive in the alphabetical order of its keys, replacing an existing file whole.
// The same arrays give the same bytes.
func WriteNPZ(path string, arrays map[string]Array) error {
	return replace(path, func(w io.Writer) error {
		archive := zip.NewWriter(w)
		for _, key := range slices.Sorted(maps.Keys(arrays)) {
			member, err := archive.CreateHeader(&zip.FileHeader{Name: key + ".npy", Method: zip.Store})
			if err != nil {
				return err
			}
			if err := encode(member, arrays[key]); err != nil {
				return fmt.Errorf("%s: %w", key, err)
			}
		}
		return archive.Close()
	})
}

// deflateLimit is how many bytes one byte of deflated data can stand for, and slack what a short member may take beyond.
const (
	deflateLimit = 1032
	slack        = 1 << 10
)

// readMember reads one array; left is how much more the archive may unpack to.
func readMember(f *zip.File, left *uint64) (Array, error) {
	size := f.UncompressedSize64
	if high, most := bits.Mul64(f.CompressedSize64+slack, deflateLimit); high == 0 && size > most || f.Method == zip.Store && size > f.CompressedSize64 {
		return Array{}, fmt.Errorf("damaged archive: %d bytes are said to hold %d", f.CompressedSize64, size)
	}
	if size > *left {
		return Array{}, fmt.Errorf("unpacks to %d bytes, at most %d are accepted for what the archive has", size, *left)
	}
	*left -= size
	r, err := f.Open()
	if err != nil {
		return Array{}, fmt.Errorf("damaged archive: %w", err)
	}
	defer r.Close()
	a, err := read(r, size)
	// The checksum is looked at where the content ends; damage explains whatever else is wrong.
	if _, end := io.Copy(io.Discard, r); end != nil {
		return Array{}, fmt.Errorf("damaged archive: %w", end)
	}
	return a, err
}

func replace(path string, write func(io.Writer) error) error {
	file, err := renameio.NewPendingFile(path, renameio.WithPermissions(0o644), renameio.WithExistingPermissions())
	if err != nil {
		return named(path, err)
	}
	defer file.Cleanup()
	w := bufio.NewWriterSize(file, 1<<20)
	if err := write(w); err != nil {
		return named(path, err)
	}
	if err := w.Flush(); err != nil {
		return named(path, err)
	}
	if err := file.CloseAtomicallyReplace(); err != nil {
		return named(path, err)
	}
	return nil
}

// named prefixes an error with the file once, in place of what the operating system and npyio say around the cause.
func named(path string, err error) error {
	var pathErr *fs.PathError
	var linkErr *os.LinkError
	switch {
	case errors.As(err, &linkErr):
		return fmt.Errorf("%s: %w", path, linkErr.Err)
	case errors.As(err, &pathErr):
		return fmt.Errorf("%s: %w", path, pathErr.Err)
	case errors.Is(err, zip.ErrFormat):
		return fmt.Errorf("%s: not an .npz archive, or cut short: %w", path, zip.ErrFormat)
	}
	return fmt.Errorf("%s: %w", path, err)
}

func list[T any](keys map[string]T) string {
	if len(keys) == 0 {
		return "none"
	}
	names := slices.Sorted(maps.Keys(keys))
	const most = 40
	if len(names) > most {
		names = append(names[:most], "...")
	}
	return printable(strings.Join(names, ", "))
}

// printable makes a short line of text that may come from a damaged file.
func printable(s string) string {
	const most = 1000
	if len(s) > most {
		s = s[:most] + "..."
	}
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return unicode.ReplacementChar
	}, s)
}
