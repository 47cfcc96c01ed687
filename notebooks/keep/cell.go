package keep

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
)

// ErrEdited says that the program's source has changed since it was built, so that nobody knows what the running function's is.
var ErrEdited = errors.New("the notebook's program was edited while the cell ran")

// Source returns the source of a function of this program, as Function does. The program's file lies beside it, as GoNB leaves it.
func Source(function any) (string, error) {
	f := runtime.FuncForPC(reflect.ValueOf(function).Pointer())
	if f == nil {
		return "", errors.New("nil function")
	}
	name, line := f.FileLine(f.Entry())
	program, err := os.Executable()
	if err != nil {
		return "", err
	}
	path := filepath.Join(filepath.Dir(program), filepath.Base(name))
	text, err := os.ReadFile(path)
	if err != nil {
		return "", fmt.Errorf("its source is not there: %w", err)
	}
	source, err := os.Stat(path)
	if err != nil {
		return "", err
	}
	built, err := os.Stat("/proc/self/exe")
	if err != nil {
		return "", err
	}
	if source.ModTime().After(built.ModTime()) {
		return "", ErrEdited
	}
	return Function(text, line)
}
