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

// Program returns the source of this program, and the line on which a function of it begins. The file lies beside the program, as GoNB leaves it.
func Program(function any) (text []byte, line int, err error) {
	f := runtime.FuncForPC(reflect.ValueOf(function).Pointer())
	if f == nil {
		return nil, 0, errors.New("nil function")
	}
	name, line := f.FileLine(f.Entry())
	program, err := os.Executable()
	if err != nil {
		return nil, 0, err
	}
	path := filepath.Join(filepath.Dir(program), filepath.Base(name))
	text, err = os.ReadFile(path)
	if err != nil {
		return nil, 0, fmt.Errorf("its source is not there: %w", err)
	}
	source, err := os.Stat(path)
	if err != nil {
		return nil, 0, err
	}
	built, err := os.Stat("/proc/self/exe")
	if err != nil {
		return nil, 0, err
	}
	if source.ModTime().After(built.ModTime()) {
		return nil, 0, ErrEdited
	}
	return text, line, nil
}
