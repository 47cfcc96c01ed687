package datasets

import (
	"fmt"
	"strings"
)

// Layout says how the arrays of a file were understood. Formats whose arrays have names of the user's choice record it.
type Layout struct {
	Arrays []ArrayLayout `json:"arrays"`
	Unused []string      `json:"unused,omitempty"` // arrays of the file that were not used
	News   []string      `json:"-"`                // how this reading differs from reading=1, the way in which v1lab first read such files: one clause each
}

// ArrayLayout says how one array was understood.
type ArrayLayout struct {
	Key   string `json:"key"`   // such as train_images
	Name  string `json:"name"`  // in the file
	Shape []int  `json:"shape"` // as the format shows it
	Axes  string `json:"axes"`  // what each axis was taken for, such as n,h,w or repeats,n,neurons
}

// String lists images and responses with their axes, and the arrays that were not used, on one line.
func (l *Layout) String() string {
	var all []string
	for _, a := range l.Arrays {
		if strings.HasSuffix(a.Key, "images") || strings.HasSuffix(a.Key, "responses") {
			all = append(all, fmt.Sprintf("%s %s = %s", Printable(a.Name), strings.ReplaceAll(fmt.Sprint(a.Shape), " ", ","), a.Axes))
		}
	}
	text := strings.Join(all, "; ")
	if len(l.Unused) > 0 {
		const most = 8
		names := make([]string, 0, most+1)
		for i, name := range l.Unused {
			if i == most {
				names = append(names, fmt.Sprintf("and %d more", len(l.Unused)-most))
				break
			}
			names = append(names, Printable(name))
		}
		text += "; not used: " + strings.Join(names, ", ")
	}
	return text
}

// Advice returns a clause for the error that d is not the recording with which a run was fitted. It is empty if d.Layout does not explain it.
func (d *Dataset) Advice() string {
	if d.Layout == nil || len(d.Layout.News) == 0 {
		return ""
	}
	return fmt.Sprintf("; unlike v1lab's first versions, this one takes from the file that %s; the option reading=1 reads it as they did", strings.Join(d.Layout.News, ", and that "))
}
