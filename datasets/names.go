package datasets

import "strconv"

// Names are how lists call n neurons: by their id, or their number if they have none. Ids are unique within a session: of several sessions each neuron
// has its session before it, as in 2-10-5/17. neurons is [n], or nil if nothing is known of them.
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
