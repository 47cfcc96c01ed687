package webpage

import (
	"fmt"
	"io"

	"v1lab/notebooks/report"
	"v1lab/v1model/experiments/study"
)

// studyView is what the layout shows of a study.
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

// claims is how the table of the paper's claims, which comes first, is told from the others.
var claims = (&study.Report{}).ClaimsTable().Title

var studyCaptions = map[string]string{
	"size":       "Validation loss and test correlation over the number of features, every fit with its mean.",
	"models":     "Test correlation of every fit of the models that are compared; a ring marks the one of the lowest validation loss.",
	"neurons":    "Test correlation of each neuron in the main model's best fit, beside the best possible.",
	"efficiency": "Test correlation over the share of the training images.",
	"transfer":   "Test correlation of neurons that the core learned from, and of the others.",
	"reuse":      "Another recording: what a core that is kept is worth, over the share of its training images.",
	"agreement":  "Agreement of groups of neurons with the true types, and where it breaks.",
}

// WriteStudy writes the page about a study: claims, figures and tables. Nothing is fitted or computed for it; o.Browse has no meaning here.
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
		if t.Title == claims {
			s.Claims = append(s.Claims, shown)
		} else {
			s.Tables = append(s.Tables, shown)
		}
	}
	return write(w, view{Title: o.Title, Made: dated(o.Made), Program: program(nil), Study: s})
}
