package array

import (
	"archive/zip"
	"crypto/sha256"
	"encoding/hex"
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

	"v1lab/datasets/durable"
	"v1lab/datasets/infile"
)

// ReadNPY reads one .npy file. Errors name the file. It allocates no more than the values take, which cannot exceed the size of the file.
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

// WriteNPY writes one .npy file and replaces an existing one atomically.
func WriteNPY(path string, a Array) error {
	return replace(path, func(w io.Writer) error { return encode(w, a) })
}

// ReadNPZ reads the named arrays of an .npz archive, or all arrays of a supported type if none is named.
// Of several arrays with one name, the last counts, as for NumPy. Errors name the file and the key; the error for a missing key lists the existing ones.
// It allocates no more than the values take: at most 64 MiB and 200 times the size of the archive, or the size of the member if it is not
// compressed.
func ReadNPZ(path string, keys ...string) (map[string]Array, error) {
	file, archive, size, err := openNPZ(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return readArchive(path, archive, size, keys)
}

// Origin is the file that arrays were read from.
type Origin struct {
	Sum     string // SHA-256, in hexadecimal
	Foreign bool   // whether another program than [WriteNPZ] wrote it, such as NumPy
}

// ReadNPZWithOrigin is ReadNPZ for all arrays. It also returns what is known of the file that they were read from.
func ReadNPZWithOrigin(path string) (arrays map[string]Array, from Origin, err error) {
	file, archive, size, err := openNPZ(path)
	if err != nil {
		return nil, from, err
	}
	defer file.Close()
	h := sha256.New()
	if _, err := io.Copy(h, io.NewSectionReader(file, 0, int64(size))); err != nil {
		return nil, from, named(path, err)
	}
	from.Sum = hex.EncodeToString(h.Sum(nil))
	// WriteNPZ writes each array's checksum behind it; NumPy goes back and writes it before.
	const checksumBehind = 0x8
	from.Foreign = !slices.ContainsFunc(archive.File, func(f *zip.File) bool { return f.Flags&checksumBehind != 0 })
	arrays, err = readArchive(path, archive, size, nil)
	return arrays, from, err
}

func readArchive(path string, archive *zip.Reader, size uint64, keys []string) (map[string]Array, error) {
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

func openNPZ(path string) (file *os.File, archive *zip.Reader, size uint64, err error) {
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

// RepeatedNPZ lists the keys that an .npz archive has more than once, in alphabetical order: something was appended to it.
func RepeatedNPZ(path string) ([]string, error) {
	file, archive, _, err := openNPZ(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	there, repeated := members(archive), map[string]bool{}
	for _, f := range archive.File {
		if key, ok := strings.CutSuffix(f.Name, ".npy"); ok && there[key] != f {
			repeated[key] = true
		}
	}
	return slices.Sorted(maps.Keys(repeated)), nil
}

// members returns the arrays by key, the last of several with the same name.
func members(archive *zip.Reader) map[string]*zip.File {
	there := map[string]*zip.File{}
	for _, f := range archive.File {
		if key, ok := strings.CutSuffix(f.Name, ".npy"); ok {
			there[key] = f
		}
	}
	return there
}

// WriteNPZ writes an uncompressed .npz archive in the alphabetical order of its keys and replaces an existing file atomically.
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

// Deflate expands at most deflateLimit times. Short members get slack bytes in addition.
const (
	deflateLimit = 1032
	slack        = 1 << 10
)

// readMember reads one array; left is the number of bytes to which the archive may still unpack.
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
	// The checksum is verified at the end of the content; a wrong one explains any other error.
	if _, end := io.Copy(io.Discard, r); end != nil {
		return Array{}, fmt.Errorf("damaged archive: %w", end)
	}
	return a, err
}

func replace(path string, write func(io.Writer) error) error {
	if err := durable.Replace(path, 0o644, write); err != nil {
		return named(path, err)
	}
	return nil
}

// named prefixes an error with the file, without what the operating system adds to the cause.
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

// printable cuts text from a possibly damaged file to one short line.
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
