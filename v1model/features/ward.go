package features

import (
	"cmp"
	"math"
	"slices"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
)

// Ward is hierarchical clustering: always the two groups are joined whose joining adds least to the squared distances from the means (Ward 1963).
// It has no random starts. Time grows with the square of the number of neurons.
type Ward struct{}

// String implements Method.
func (Ward) String() string { return "ward" }

// Divide implements Method. The BIC is that of equal round Gaussians around the means.
func (Ward) Divide(points *mat.Dense, most int, _ uint64) []Division {
	n, dimensions := points.Dims()
	joins := tree(points)
	out := make([]Division, most)
	for k := 1; k <= most; k++ {
		labels := cut(joins[:n-k], n)
		out[k-1] = Division{Labels: labels, BIC: roundBIC(labels, scatter(points, labels, k), k, n, dimensions)}
	}
	return out
}

// join is one step of the tree: the groups that hold points a and b become one.
type join struct {
	a, b int
	cost float64
}

// tree lists all joins by increasing cost. It follows chains of nearest neighbours (Murtagh 1983), which find the same joins as a full search, in
// another order and in quadratic time.
func tree(points *mat.Dense) []join {
	n, dimensions := points.Dims()
	means := mat.DenseCopyOf(points) // of the group whose first point is the row
	sizes := make([]float64, n)
	for i := range sizes {
		sizes[i] = 1
	}
	cost := func(i, j int) float64 {
		d := 0.0
		a, b := means.RawRowView(i), means.RawRowView(j)
		for c := range dimensions {
			d += (a[c] - b[c]) * (a[c] - b[c])
		}
		return d * sizes[i] * sizes[j] / (sizes[i] + sizes[j])
	}
	var joins []join
	var chain []int
	for len(joins) < n-1 {
		if len(chain) == 0 {
			chain = append(chain, slices.IndexFunc(sizes, func(size float64) bool { return size > 0 }))
		}
		top, before := chain[len(chain)-1], -1
		if len(chain) > 1 {
			before = chain[len(chain)-2]
		}
		nearest, least := before, math.Inf(1)
		if before >= 0 {
			least = cost(top, before) // wins ties, or the chain could run in circles
		}
		for j, size := range sizes {
			if size > 0 && j != top && j != before {
				if c := cost(top, j); c < least {
					nearest, least = j, c
				}
			}
		}
		if nearest != before || before < 0 {
			chain = append(chain, nearest)
			continue
		}
		chain = chain[:len(chain)-2]
		joins = append(joins, join{min(top, before), max(top, before), least})
		into, from := min(top, before), max(top, before)
		mean := means.RawRowView(into)
		floats.Scale(sizes[into], mean)
		floats.AddScaled(mean, sizes[from], means.RawRowView(from))
		sizes[into] += sizes[from]
		floats.Scale(1/sizes[into], mean)
		sizes[from] = 0
	}
	slices.SortStableFunc(joins, func(a, b join) int { return cmp.Compare(a.cost, b.cost) })
	return joins
}

// cut labels n points after some joins. Groups are numbered in the order of their first points.
func cut(joins []join, n int) []int {
	parent := make([]int, n)
	for i := range parent {
		parent[i] = i
	}
	root := func(i int) int {
		for parent[i] != i {
			parent[i] = parent[parent[i]]
			i = parent[i]
		}
		return i
	}
	for _, j := range joins {
		parent[root(j.b)] = root(j.a)
	}
	labels, named := make([]int, n), map[int]int{}
	for i := range labels {
		r := root(i)
		if _, ok := named[r]; !ok {
			named[r] = len(named)
		}
		labels[i] = named[r]
	}
	return labels
}

// scatter is the sum of squared distances from the means of the groups.
func scatter(points *mat.Dense, labels []int, k int) float64 {
	_, dimensions := points.Dims()
	means, sizes := mat.NewDense(k, dimensions, nil), make([]float64, k)
	for i, l := range labels {
		floats.Add(means.RawRowView(l), points.RawRowView(i))
		sizes[l]++
	}
	sum := 0.0
	for j, size := range sizes {
		if size > 0 {
			floats.Scale(1/size, means.RawRowView(j))
		}
	}
	for i, l := range labels {
		d := floats.Distance(points.RawRowView(i), means.RawRowView(l), 2)
		sum += d * d
	}
	return sum
}
