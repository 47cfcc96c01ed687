package webpage

import (
	"encoding/base64"
	"slices"
	"strings"
	"testing"

	"v1lab/v1model/celltypes"
	"v1lab/v1model/evaluate"
)

// A name that a spreadsheet would run as a formula is a text in the saved table; numbers stay numbers.
func TestTableToBeSavedRunsNothing(t *testing.T) {
	link, err := csvLink(table{Head: []string{"neuron", "test correlation"}, Rows: [][]string{
		{"=HYPERLINK(1)", "0.5"}, {"+1+cmd", "\u22120.5"}, {"-5", "1"}, {"@x", "1"}, {"7", "1"}, {"\ty", "1.5e\u221208"}, {"z", "a\u2212b"}}})
	if err != nil {
		t.Fatal(err)
	}
	_, coded, _ := strings.Cut(string(link), "base64,")
	text, err := base64.StdEncoding.DecodeString(coded)
	if err != nil {
		t.Fatal(err)
	}
	want := "neuron,test correlation\n'=HYPERLINK(1),0.5\n'+1+cmd,-0.5\n-5,1\n'@x,1\n7,1\n'\ty,1.5e-08\nz,a\u2212b\n"
	if string(text) != want {
		t.Errorf("%q, want %q", text, want)
	}
}

func TestTablesBySession(t *testing.T) {
	if got := (&analysed{scores: &evaluate.Report{}}).sessionTables(); got != nil || memberTables(nil) != nil {
		t.Errorf("one session has tables by session: %v", got)
	}
	a := &analysed{scores: &evaluate.Report{Sessions: []evaluate.Session{{Name: "mon", Neurons: 3, TestCorr: 0.5, Ceiling: 0.8, FractionOfCeiling: 0.625}}}}
	if row := a.sessionTables()[0].Rows[0]; !slices.Equal(row[:3], []string{"mon", "3", "0.5"}) || row[5] != "62.5 %" {
		t.Errorf("%q", row)
	}
	members := memberTables([]celltypes.Members{{Session: "mon", Neurons: 3, Dead: 1, Clusters: []int{2, 0}}, {Session: "tue", Neurons: 1, Clusters: []int{0, 1}}})
	if got := members[0].Rows; len(members[0].Head) != 5 || !slices.Equal(got[0], []string{"mon", "3", "1", "2", "0"}) || !slices.Equal(got[1], []string{"tue", "1", "0", "0", "1"}) {
		t.Errorf("%q", got)
	}
}
