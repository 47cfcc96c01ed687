package datasets

import "strconv"

// Names returns the names of n neurons for lists and tables: the id, or the index if a neuron has no id. Ids are unique only within a
// session, so with several sessions the session comes first, as in 2-10-5/17. neurons is [n], or nil if nothing is known about them.
func Names(neurons []Neuron, n int) []string {
	sessions := map[string]bool{}
	for _, c := range neurons {
		sessions[c.Session] = true
	}
	names := make([]string, n)
	for i := range names {
		names[i] = strconv.Itoa(i)
		if i >= len(neurons) {
			continue
		}
		c := neurons[i]
		if c.ID != "" {
			names[i] = c.ID
		}
		if len(sessions) > 1 && c.Session != "" {
			names[i] = c.Session + "/" + names[i]
		}
	}
	return names
}
