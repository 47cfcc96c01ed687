package celltypes

import (
	"slices"

	"v1lab/datasets/array"
	"v1lab/v1model/jsonfloat"
)

// Arrays returns an analysis as arrays for an .npz archive. r is the report that Describe made of a. For neurons without weights values are NaN and the
// label is -1.
//
//	labels [neurons], shifts [neurons] in radians, distances [neurons], embedding [neurons, 2],
//	aligned [neurons, rotations, features] of unit length in the common frame, frame [neurons] shifts from the frame in radians,
//	templates [k, rotations, features], medoids [k], tried [numbers of clusters, 3]: k, silhouette, BIC
//	and, if stability chose the number: stability [numbers of clusters];
//	of tuning, neurons [neurons], their numbers in the run, and measured [features, neurons] with features, its names, instead of shifts, aligned,
//	frame and templates; of most exciting images, neurons, and spectra over half a circle of orientations as aligned and templates
//	and, for several runs: ari [runs, runs], matched [runs, neurons], consistency [neurons], jaccard [k, runs-1], believed [k],
//	and, if they were joined: consensus [neurons] (-1 also for neurons that belong to none), confidence [neurons], votes [neurons] groupings by halves of the runs,
//	together [consensus clusters, consensus clusters]
func Arrays(a *Analysis, r *Report) map[string]array.Array {
	c := a.Clustering
	n, w := len(c.Labels), a.Alignment.Weights()
	var embedding, tried []float64
	for _, at := range a.Embedding.At {
		embedding = append(embedding, at[0], at[1])
	}
	for _, t := range c.Tried {
		tried = append(tried, float64(t.K), t.Silhouette, t.BIC)
	}
	medoids := make([]int, c.K)
	for l := range medoids {
		medoids[l] = -1 // a cluster may be empty where neurons are equal
		if len(r.Exemplars[l]) > 0 {
			medoids[l] = r.Exemplars[l][0]
		}
	}
	out := map[string]array.Array{
		"labels":    array.New(c.Labels),
		"shifts":    array.New(a.turned(c.Shifts)),
		"distances": array.New(c.Distances),
		"embedding": array.New(embedding, n, 2),
		"aligned":   array.New(w.Values, n, w.Rotations, w.Features),
		"frame":     array.New(a.turned(a.Alignment.Shifts)),
		"templates": array.New(c.Templates.Values, c.K, w.Rotations, w.Features),
		"medoids":   array.New(medoids),
		"tried":     array.New(tried, len(c.Tried), 3),
	}
	if c.Recurrence != nil {
		var stability []float64
		for _, l := range c.Recurrence.Levels {
			stability = append(stability, l.Stability())
		}
		out["stability"] = array.New(stability)
	}
	if a.Neurons != nil {
		out["neurons"] = array.New(a.Neurons)
	}
	if m := a.Measured; m != nil { // nothing was aligned: what was measured takes the place of weights
		for _, name := range []string{"shifts", "aligned", "frame", "templates"} {
			delete(out, name)
		}
		out["measured"], out["features"] = array.New(slices.Concat(m.Values...), len(m.Names), n), array.New(m.Names)
	}
	if s := r.Stability; s != nil {
		var aris, jaccard []float64
		var matched []int
		var believed []bool
		for i := range s.Consistency.ARI {
			aris, matched = append(aris, s.Consistency.ARI[i]...), append(matched, s.Consistency.Matched[i]...)
		}
		for _, cluster := range s.Consistency.Clusters {
			jaccard, believed = append(jaccard, cluster.Jaccard...), append(believed, cluster.Believed)
		}
		k := len(s.Consistency.Clusters)
		out["ari"] = array.New(aris, s.Runs, s.Runs)
		out["matched"] = array.New(matched, s.Runs, n)
		out["consistency"] = array.New(s.Consistency.Neurons)
		out["jaccard"] = array.New(jaccard, k, s.Runs-1)
		out["believed"] = array.New(believed)
	}
	if consensus := r.Consensus; consensus != nil {
		var together []float64
		for _, row := range consensus.Together {
			together = append(together, plain(row)...)
		}
		out["consensus"] = array.New(consensus.Labels)
		out["confidence"] = array.New(plain(consensus.Confidence))
		out["votes"] = array.New(consensus.Votes)
		out["together"] = array.New(together, consensus.K, consensus.K)
	}
	return out
}

func plain(x []jsonfloat.Float) []float64 {
	out := make([]float64, len(x))
	for i, v := range x {
		out[i] = float64(v)
	}
	return out
}

// turned are the angles that shifts stand for.
func (a *Analysis) turned(shifts []float64) (angles []float64) {
	for _, s := range shifts {
		angles = append(angles, a.turn()*s)
	}
	return angles
}
