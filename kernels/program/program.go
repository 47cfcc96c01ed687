package program

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"

	"v1lab/kernels/gocmd"
	"v1lab/kernels/v1labhome"
)

// EngineEnv is the environment variable that says whether cells ask the engine: on, the default, or off.
const EngineEnv = "V1LAB_ENGINE"

// EngineWanted reports whether cells ask the engine.
func EngineWanted() bool { return os.Getenv(EngineEnv) != "off" }

// CheckEngine returns an error if the environment variable has a value that is not accepted.
func CheckEngine() error {
	if v := os.Getenv(EngineEnv); v != "" && v != "on" && v != "off" {
		return fmt.Errorf("%s: found %q; accepted: on, off", EngineEnv, v)
	}
	return nil
}

// Ensure returns the path of a v1lab program of the checkout at root and the stamp of the sources from which it was built. It is kept in V1LAB_HOME, or,
// if that cannot be written, in the temporary folder. If sources have changed it is built anew, which takes seconds; else nothing but their names and
// times is read.
func Ensure(ctx context.Context, root string, progress io.Writer) (path, stamp string, err error) {
	base, err := v1labhome.Dir()
	if err != nil {
		return "", "", err
	}
	now, err := look(root)
	if err != nil {
		return "", "", err
	}
	name := "v1lab-" + v1labhome.PathHash(root)
	path = filepath.Join(base, "bin", name)
	if now.built(path) {
		return path, now.exact, nil
	}
	lock, err := lockOf(path)
	if errors.Is(err, fs.ErrPermission) || errors.Is(err, unix.EROFS) {
		path = filepath.Join(os.TempDir(), name)
		lock, err = lockOf(path)
	}
	if err != nil {
		return "", "", err
	}
	defer lock.Close() //nolint:errcheck // nothing was written
	if now.built(path) {
		return path, now.exact, nil
	}
	if _, err := os.Stat(path); err != nil {
		fmt.Fprintf(progress, "building %s (once)\n", path) //nolint:errcheck // progress only
	}
	if err := gocmd.Build(ctx, root, root, "-o", path, "./cmd/v1lab"); err != nil {
		return "", "", fmt.Errorf("program v1lab: %w", err)
	}
	return path, now.exact, os.WriteFile(path+stampMark, []byte(now.exact+"\n"+now.rough), 0o644)
}

const stampMark = ".stamp"

// lockOf waits for the lock of the program at a path and takes it.
func lockOf(path string) (*os.File, error) {
	if err := v1labhome.MkdirAll(filepath.Dir(path)); err != nil {
		return nil, err
	}
	lock, err := os.OpenFile(path+".lock", os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if err := unix.Flock(int(lock.Fd()), unix.LOCK_EX); err != nil {
		lock.Close() //nolint:errcheck // nothing was written
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return lock, nil
}

// state tells sources from earlier ones by names, sizes and times of the files.
type state struct {
	exact, rough string // rough has whole seconds
	whole        bool   // all times are whole seconds, as in the layers of a container
}

// built reports whether a program was built from these sources.
func (s state) built(path string) bool {
	content, err := os.ReadFile(path + stampMark)
	if err != nil {
		return false
	}
	exact, rough, _ := strings.Cut(string(content), "\n")
	if exact != s.exact && !(s.whole && rough == s.rough) {
		return false
	}
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}

// sources are the files and folders of the checkout from which the program is built.
var sources = []string{"go.mod", "go.sum", "cmd", "datasets", "kernels", "notebooks", "v1model"}

// Stamp tells sources of the checkout at root from earlier ones by names, sizes and times of the files.
func Stamp(root string) (string, error) {
	s, err := look(root)
	return s.exact, err
}

func look(root string) (state, error) {
	exact, rough, whole := fnv.New128a(), fnv.New128a(), true
	err := Sources(root, func(path string, e fs.DirEntry) error {
		info, err := e.Info()
		if err != nil {
			return err
		}
		t := info.ModTime()
		whole = whole && t.Nanosecond() == 0
		fmt.Fprintf(exact, "%s %d %d\n", path, info.Size(), t.UnixNano()) //nolint:errcheck // a hash takes all
		fmt.Fprintf(rough, "%s %d %d\n", path, info.Size(), t.Unix())     //nolint:errcheck // a hash takes all
		return nil
	})
	if err != nil {
		return state{}, err
	}
	return state{hex.EncodeToString(exact.Sum(nil)), hex.EncodeToString(rough.Sum(nil)), whole}, nil
}

// Sources calls visit for each file of the checkout at root from which programs are built, always in the same order.
func Sources(root string, visit func(path string, e fs.DirEntry) error) error {
	for _, name := range sources {
		err := filepath.WalkDir(filepath.Join(root, name), func(path string, e fs.DirEntry, err error) error {
			switch {
			case err != nil:
				return err
			case e.IsDir():
				if n := e.Name(); n == "testdata" || strings.HasPrefix(n, ".") {
					return fs.SkipDir
				}
				return nil
			case strings.HasSuffix(path, "_test.go"), strings.HasSuffix(path, ".ipynb"):
				return nil
			}
			return visit(path, e)
		})
		if err != nil {
			return fmt.Errorf("sources of the checkout: %w", err)
		}
	}
	return nil
}
