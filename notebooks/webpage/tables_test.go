package webpage

import (
	"encoding/base64"
	"strings"
	"testing"
)

// A name that a spreadsheet would run as a formula is a text in the saved table; numbers stay numbers.
func TestTableToBeSavedRunsNothing(t *testing.T) {
	link, err := csvLink(table{Head: []string{"neuron", "test correlation"}, Rows: [][]string{
		{"=HYPERLINK(1)", "0.5"}, {"+1+cmd", "\u22120.5"}, {"-5", "1"}, {"@x", "1"}, {"7", "1"}, {"\ty", "1"}}})
	if err != nil {
		t.Fatal(err)
	}
	_, coded, _ := strings.Cut(string(link), "base64,")
	text, err := base64.StdEncoding.DecodeString(coded)
	if err != nil {
		t.Fatal(err)
	}
	want := "neuron,test correlation\n'=HYPERLINK(1),0.5\n'+1+cmd,-0.5\n-5,1\n'@x,1\n7,1\n'\ty,1\n"
	if string(text) != want {
		t.Errorf("%q, want %q", text, want)
	}
}
