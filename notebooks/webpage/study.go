package webpage

import (
	"fmt"
	"io"

	"v1lab/notebooks/report"
	"v1lab/v1model/experiments/study"
)

// studyView is the form of a study on the page.
type studyView struct {
	Facts    []fact
	Pictures []picture
	Claims   []studyTable
	Tables   []studyTable
}

type studyTable struct {
	Title, Note string
	table
}

var studyCaptions = map[string]string{
	"size":       "Validation loss and test correlation over the number of features, every fit with its mean.",
	"models":     "Test correlation of every fit; a ring marks the fit with the lowest validation loss of each model.",
	"neurons":    "Distribution over neurons of the test correlation in the main model's best fit and of its ceiling.",
	"efficiency": "Test correlation over the share of the training images.",
	"transfer":   "Test correlation of neurons that the core learned from, and of the others.",
	"reuse":      "Second recording: test correlation with the core of the first and with a fit of everything, over the share of its training images.",
	"agreement":  "Agreement of clusters with the true types, with fewer images or neurons, more types and more noise.",
}

// WriteStudy writes the page about a study: claims, figures and tables. It computes nothing and ignores o.Browse.
func WriteStudy(w io.Writer, r *study.Report, o Options) error {
	s := &studyView{Facts: []fact{{"recording", r.Data, ""}}}
	if r.Second != "" && r.Transfer != nil {
		s.Facts = append(s.Facts, fact{"second recording", r.Second, ""})
	}
	s.Facts = append(s.Facts, fact{"scale", r.Scale, ""}, fact{"fits", fmt.Sprint(r.Fits), fmt.Sprintf("%.0f minutes were spent in them", r.Seconds/60)},
		fact{"seeds", fmt.Sprint(r.Seeds), "of start values, of the order of images and of subsets"})
	if r.Note != "" {
		s.Facts = append(s.Facts, fact{"settings", "", r.Note})
	}
	all, err := report.Study(r)
	if err != nil {
		return err
	}
	for _, f := range all {
		p, err := inlined(f)
		if err != nil {
			return err
		}
		if p.Caption = studyCaptions[f.Name]; p.Caption == "" {
			p.Caption = f.Name
		}
		s.Pictures = append(s.Pictures, p)
	}
	for _, t := range r.Tables() {
		shown := studyTable{t.Title, t.Note, table{t.Header, t.Rows}}
		if t.Claims {
			s.Claims = append(s.Claims, shown)
		} else {
			s.Tables = append(s.Tables, shown)
		}
	}
	return write(w, view{Title: o.Title, Made: dated(o.Made), Program: program(nil), Study: s})
}
