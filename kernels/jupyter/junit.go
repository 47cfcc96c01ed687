package jupyter

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"
)

// Elements of JUnit's XML, which services for continuous integration read.
type (
	junitSuites struct {
		XMLName  xml.Name     `xml:"testsuites"`
		Tests    int          `xml:"tests,attr"`
		Failures int          `xml:"failures,attr"`
		Seconds  string       `xml:"time,attr"`
		Suites   []junitSuite `xml:"testsuite"`
	}
	junitSuite struct {
		Name     string      `xml:"name,attr"`
		Tests    int         `xml:"tests,attr"`
		Failures int         `xml:"failures,attr"`
		Seconds  string      `xml:"time,attr"`
		Cases    []junitCase `xml:"testcase"`
	}
	junitCase struct {
		Class   string        `xml:"classname,attr"`
		Name    string        `xml:"name,attr"`
		Seconds string        `xml:"time,attr"`
		Failure *junitFailure `xml:"failure"`
	}
	junitFailure struct {
		Message string `xml:"message,attr"`
		Text    string `xml:",chardata"`
	}
)

// WriteJUnit writes outcomes as JUnit XML: a suite for each notebook and a case for each code cell that ran. A failed cell's case has its
// source and everything that the compiler or program wrote.
func WriteJUnit(w io.Writer, outcomes []Outcome) error {
	var all junitSuites
	total := 0.0
	for _, o := range outcomes {
		name := strings.TrimSuffix(filepath.Base(o.Notebook), filepath.Ext(o.Notebook))
		s := junitSuite{Name: filepath.ToSlash(o.Notebook), Seconds: seconds(o.Took.Seconds())}
		for i, took := range o.Cells {
			s.Cases = append(s.Cases, junitCase{Class: name, Name: fmt.Sprintf("cell %d", i+1), Seconds: seconds(took)})
		}
		if o.Err != nil {
			failed := junitCase{Class: name, Name: "run", Seconds: seconds(0), Failure: &junitFailure{Message: printable(o.Err.Error()), Text: printable(o.Err.Error())}}
			if cell := (*CellError)(nil); errors.As(o.Err, &cell) && cell.Cell > 0 {
				failed.Name = fmt.Sprintf("cell %d", cell.Cell)
				failed.Failure.Message = printable(fmt.Sprintf("cell %d of %d failed: %s", cell.Cell, cell.Of, cell.Sentence))
				failed.Failure.Text = printable(cell.Details())
				if len(s.Cases) >= cell.Cell { // it is among the completed cells, but failed at its end
					failed.Seconds = s.Cases[cell.Cell-1].Seconds
					s.Cases = s.Cases[:cell.Cell-1]
				}
			}
			s.Cases, s.Failures = append(s.Cases, failed), 1
		}
		s.Tests = len(s.Cases)
		all.Tests, all.Failures, all.Suites = all.Tests+s.Tests, all.Failures+s.Failures, append(all.Suites, s)
		total += o.Took.Seconds()
	}
	all.Seconds = seconds(total)
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	e := xml.NewEncoder(w)
	e.Indent("", "  ")
	if err := e.Encode(all); err != nil {
		return err
	}
	_, err := io.WriteString(w, "\n")
	return err
}

func seconds(s float64) string { return fmt.Sprintf("%.3f", s) }

// printable returns text without the characters that XML cannot contain.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' && r != '\n' && r != '\t' || r == 0xfffe || r == 0xffff {
			return -1
		}
		return r
	}, strings.ToValidUTF8(text, "?"))
}
