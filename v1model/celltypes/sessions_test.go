package celltypes_test

import (
	"slices"
	"testing"

	"v1lab/v1model/celltypes"
	"v1lab/v1model/runfolder"
)

func TestMembersOf(t *testing.T) {
	sessions := []runfolder.Session{{Name: "monday", Neurons: 3}, {Name: "tuesday", Neurons: 2}}
	got, err := celltypes.MembersOf([]int{0, 1, 0, -1, 1}, 2, sessions)
	if err != nil || len(got) != 2 {
		t.Fatal(got, err)
	}
	for i, want := range []celltypes.Members{{"monday", 3, 0, []int{2, 1}}, {"tuesday", 2, 1, []int{0, 1}}} {
		if g := got[i]; g.Session != want.Session || g.Neurons != want.Neurons || g.Dead != want.Dead || !slices.Equal(g.Clusters, want.Clusters) {
			t.Errorf("%+v, want %+v", g, want)
		}
	}
	if none, err := celltypes.MembersOf([]int{0, 1}, 2, nil); err != nil || none != nil {
		t.Errorf("without sessions: %v, %v", none, err)
	}
	for _, labels := range [][]int{{0, 1, 0, 1}, {0, 1, 0, 1, 0, 1}} {
		if _, err := celltypes.MembersOf(labels, 2, sessions); err == nil {
			t.Errorf("%d labels for 5 neurons: no error", len(labels))
		}
	}
}
