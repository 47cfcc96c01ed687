package celltypes

import (
	"fmt"

	"v1lab/v1model/runfolder"
)

// Members counts the neurons of one session in each cluster: a type that lives in one animal alone may be that animal's, or that recording's.
type Members struct {
	Session  string `json:"session"`
	Neurons  int    `json:"neurons"`
	Dead     int    `json:"dead"`     // in no cluster
	Clusters []int  `json:"clusters"` // [k]
}

// MembersOf counts the members of k clusters by session. Neurons of labels [neurons] are in the order of the sessions; -1 is a dead neuron.
func MembersOf(labels []int, k int, sessions []runfolder.Session) ([]Members, error) {
	var all []Members
	at := 0
	for _, s := range sessions {
		if at+s.Neurons > len(labels) {
			return nil, fmt.Errorf("sessions have more than the %d neurons that were clustered", len(labels))
		}
		m := Members{Session: s.Name, Neurons: s.Neurons, Clusters: make([]int, k)}
		for _, l := range labels[at : at+s.Neurons] {
			if l < 0 {
				m.Dead++
			} else {
				m.Clusters[l]++
			}
		}
		all, at = append(all, m), at+s.Neurons
	}
	if len(sessions) > 0 && at != len(labels) {
		return nil, fmt.Errorf("sessions have %d neurons, %d were clustered", at, len(labels))
	}
	return all, nil
}
