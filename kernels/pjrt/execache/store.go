package execache

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"v1lab/datasets/durable"
	"v1lab/kernels/v1labhome"
)

// Env is the environment variable that turns the cache off, whatever its value.
const Env = "V1LAB_NO_EXECUTABLES"

// Limit is the maximal size of all kept programs in bytes.
const Limit = 1 << 30

const (
	minCompile = 50 * time.Millisecond // shorter compilations are as fast as reading
	magic      = "v1lab executable 1\n"
	suffix     = ".xla"
	abandoned  = time.Hour // age of a half-written file whose writer must be dead
)

// Folder returns the folder of the kept programs, "" if the cache is off.
func Folder() (string, error) {
	if os.Getenv(Env) != "" {
		return "", nil
	}
	dir, err := v1labhome.Dir()
	if err != nil {
		return "", err
	}
	return filepath.Join(dir, "executables"), nil
}

// Used is what the kept programs take.
type Used struct {
	Programs  int
	Size      int64 // bytes
	Untrusted int   // programs that are not used, as others than this user and root may write them
}

// Usage counts the kept programs.
func Usage() (u Used, err error) {
	dir, err := Folder()
	if err != nil || dir == "" {
		return u, err
	}
	for _, e := range entries(dir) {
		u.Programs, u.Size = u.Programs+1, u.Size+e.Size()
		if v1labhome.TrustedInfo(e.Name(), e) != nil {
			u.Untrusted++
		}
	}
	return u, nil
}

// key is the SHA-256 of everything that a program's machine code depends on.
type key [sha256.Size]byte

func (k key) in(dir string) string { return filepath.Join(dir, hex.EncodeToString(k[:])+suffix) }

// sum is a checksum of the bytes and the key that they belong to.
func (k key) sum(program []byte) []byte {
	h := sha256.New()
	h.Write(k[:])
	h.Write(program)
	return h.Sum(nil)
}

// read returns the program of a key, nil if there is no intact one. It is machine code: what others than this user and root may write is
// not read.
func read(dir string, k key) []byte {
	path := k.in(dir)
	file, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil
	}
	defer file.Close() //nolint:errcheck // read only
	info, err := file.Stat()
	if err != nil || !info.Mode().IsRegular() || v1labhome.TrustedInfo(path, info) != nil {
		return nil
	}
	data, err := io.ReadAll(file)
	if err != nil {
		return nil
	}
	data, ok := bytes.CutPrefix(data, []byte(magic))
	if !ok || len(data) <= sha256.Size || !bytes.Equal(data[:sha256.Size], k.sum(data[sha256.Size:])) {
		return nil
	}
	now := time.Now()
	_ = os.Chtimes(path, now, now) //nolint:errcheck // the file only seems unused
	return data[sha256.Size:]
}

// write keeps a program and makes room for it. It fails silently: the program is then compiled again.
func write(dir string, k key, program []byte, limit int64) {
	if int64(len(program)) > limit || v1labhome.MkdirAll(dir) != nil {
		return
	}
	data := slices.Concat([]byte(magic), k.sum(program), program)
	file, err := durable.Begin(k.in(dir), 0o644, false) // not the mode of a file that others may write
	if err != nil {
		return
	}
	defer file.Cancel()
	if _, err := file.Write(data); err == nil && file.Commit() == nil {
		trim(dir, limit)
	}
}

// trim removes the least recently used programs until the rest is within the limit, and files left half-written by killed processes.
func trim(dir string, limit int64) {
	all := entries(dir)
	slices.SortFunc(all, func(a, b fs.FileInfo) int {
		return cmp.Or(b.ModTime().Compare(a.ModTime()), cmp.Compare(a.Name(), b.Name()))
	})
	var size int64
	for _, e := range all {
		if size += e.Size(); size > limit {
			_ = os.Remove(filepath.Join(dir, e.Name())) //nolint:errcheck // another process may have been faster
		}
	}
	half, _ := v1labhome.Glob(dir, ".*"+suffix+"*") //nolint:errcheck // the pattern is sound
	for _, path := range half {
		if info, err := os.Lstat(path); err == nil && time.Since(info.ModTime()) > abandoned {
			_ = os.Remove(path) //nolint:errcheck // another process may have been faster
		}
	}
}

// entries lists the programs in a folder and ignores other files.
func entries(dir string) []fs.FileInfo {
	var found []fs.FileInfo
	list, _ := os.ReadDir(dir) //nolint:errcheck // a missing folder holds none
	for _, e := range list {
		name, ours := strings.CutSuffix(e.Name(), suffix)
		if !ours || len(name) != 2*sha256.Size {
			continue
		}
		if info, err := e.Info(); err == nil && info.Mode().IsRegular() {
			found = append(found, info)
		}
	}
	return found
}
