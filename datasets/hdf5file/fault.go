package hdf5file

import (
	"fmt"
	"runtime"
	"strconv"
	"strings"
)

// fault is what the parsing functions panic with: a damaged file can be noticed anywhere, and passing errors up by hand through every
// field would bury the format. It never leaves the package: every exported function catches it.
type fault struct{ message string }

func throw(format string, args ...any) { panic(fault{fmt.Sprintf(format, args...)}) }

// catch turns a fault into an error. An index out of range means that a field pointed outside what was read: damage as well.
func catch(err *error) {
	switch cause := recover().(type) {
	case nil:
	case fault:
		*err = &formatError{cause.message}
	case runtime.Error:
		*err = &formatError{"damaged: " + cause.Error()}
	default:
		panic(cause)
	}
}

// formatError is an error about the content of a file, without the file's name.
type formatError struct{ message string }

func (e *formatError) Error() string { return e.message }

// budget is what is left of a file: the parts of one structure do not overlap, so together they are no longer than it. That ends every walk
// through a structure that refers to itself.
type budget struct{ left uint64 }

func (b *budget) take(n uint64, what string) {
	if n > b.left {
		throw("damaged %s: its parts overlap", what)
	}
	b.left -= n
}

// short keeps text from a file on one line of a readable length.
func short(text string) string {
	const most = 120
	if len(text) > most {
		text = strings.ToValidUTF8(text[:most], "") + "..."
	}
	if quoted := strconv.Quote(text); quoted[1:len(quoted)-1] != text {
		return quoted
	}
	return text
}
