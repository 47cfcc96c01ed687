package hdf5file

import (
	"fmt"
	"runtime"
	"strconv"
	"strings"
)

// fault is the panic value of the parsing functions. Damage can show in any field, and an error return for each would bury the format.
// It never leaves the package: every exported function recovers it.
type fault struct{ message string }

func throw(format string, args ...any) { panic(fault{fmt.Sprintf(format, args...)}) }

// catch converts a fault to an error. An index out of range also means damage: a field pointed outside of what was read.
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

// budget counts the bytes of a file that a structure may still use. Parts of one structure do not overlap, so together they are no longer
// than the file. This stops every walk through a structure that refers to itself.
type budget struct{ left uint64 }

func (b *budget) take(n uint64, what string) {
	if n > b.left {
		throw("damaged %s: its parts overlap", what)
	}
	b.left -= n
}

// short cuts text from a file to one line of readable length.
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
