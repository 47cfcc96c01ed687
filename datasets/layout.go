package datasets

import (
	"fmt"
	"strings"
)

// Layout says how the arrays of a file were understood. Formats whose arrays have names of the user's choice record it.
type Layout struct {
	News []string // how this reading differs from reading=1, the way in which v1lab first read such files: one clause each
}

// Advice returns a clause for the error that d is not the recording with which a run was fitted. It is empty if d.Layout does not explain it.
func (d *Dataset) Advice() string {
	if d.Layout == nil || len(d.Layout.News) == 0 {
		return ""
	}
	return fmt.Sprintf("; unlike v1lab's first versions, this one takes from the file that %s; the option reading=1 reads it as they did", strings.Join(d.Layout.News, ", and that "))
}
