package infile

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"math/bits"
	"os"
	"strings"
	"syscall"
)

// ErrIrregular is the error for a pipe, a device or a socket.
var ErrIrregular = errors.New("not a regular file")

// Open opens a regular file, or a link to one, for reading. Errors are *fs.PathError.
func Open(path string) (*os.File, error) {
	info, err := os.Stat(path) // before opening: to open a device may have effects
	if err != nil {
		return nil, err
	}
	return open(path, info, func() (*os.File, error) { return os.OpenFile(path, flags, 0) })
}

// OpenIn is Open for a file in a folder; links cannot lead out of the folder.
func OpenIn(root *os.Root, name string) (*os.File, error) {
	info, err := root.Stat(name)
	if err != nil {
		return nil, err
	}
	return open(name, info, func() (*os.File, error) { return root.OpenFile(name, flags, 0) })
}

// flags prevent blocking if a pipe has replaced the file meanwhile.
const flags = os.O_RDONLY | syscall.O_NONBLOCK

func open(path string, info fs.FileInfo, f func() (*os.File, error)) (*os.File, error) {
	if err := Check(info); err != nil {
		return nil, &fs.PathError{Op: "open", Path: path, Err: err}
	}
	file, err := f()
	if err != nil {
		return nil, err
	}
	if info, err = file.Stat(); err == nil {
		err = Check(info)
	}
	if err != nil {
		file.Close()
		return nil, &fs.PathError{Op: "open", Path: path, Err: err}
	}
	return file, nil
}

// Check returns an error unless info describes a regular file or a folder; readers have better errors for folders.
func Check(info fs.FileInfo) error {
	kinds := []struct {
		bit  fs.FileMode
		name string
	}{{fs.ModeNamedPipe, "a pipe"}, {fs.ModeSocket, "a socket"}, {fs.ModeDevice, "a device"}, {fs.ModeIrregular, "neither file nor folder"}}
	for _, kind := range kinds {
		if info.Mode()&kind.bit != 0 {
			return fmt.Errorf("%w: %s", ErrIrregular, kind.name)
		}
	}
	return nil
}

// ReadFile reads a whole regular file of at most most bytes. Errors are *fs.PathError.
func ReadFile(path string, most int64) ([]byte, error) {
	file, err := Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	content, err := io.ReadAll(io.LimitReader(file, most+1))
	if err != nil {
		return nil, err
	}
	if int64(len(content)) > most {
		return nil, &fs.PathError{Op: "read", Path: path, Err: fmt.Errorf("more than %d bytes", most)}
	}
	return content, nil
}

// MemberName returns a zip member's name with slashes between its folders, as the format demands. Windows PowerShell 5 and .NET before 4.6.1
// write backslashes.
func MemberName(name string) string { return strings.ReplaceAll(name, `\`, "/") }

// Limits on the unpacked size of a compressed file: recordings compress two- to tenfold; deflate's limit is 1032.
const (
	unpackedFree  = 64 << 20
	unpackedTimes = 200
)

// Unpacked returns the most bytes to which stored compressed bytes may unpack: 64 MiB and 200 times as many. A file beyond this is damaged or
// meant to fill the memory.
func Unpacked(stored uint64) uint64 {
	high, low := bits.Mul64(stored, unpackedTimes)
	sum, carry := bits.Add64(low, unpackedFree, 0)
	if high != 0 || carry != 0 {
		return math.MaxUint64
	}
	return sum
}
