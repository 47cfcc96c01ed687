package features

import (
	"cmp"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
)

// Criteria that choose the number of clusters. The silhouette measures how separate clusters are: types that are much closer to each other than to all
// others may stay together. The BIC asks how many Gaussians describe the weights: sparse weights are not Gaussian, so it tends to cut types into pieces.
// Stability asks which clusters come back.
const (
	Silhouette = "silhouette" // the largest mean silhouette, of aligned distances
	BIC        = "bic"        // the smallest Bayesian information criterion
	Gap        = "gap"        // the gap statistic (Tibshirani, Walther and Hastie 2001)
	Recurring  = "stability"  // the number with which most clusters come back in halves of the neurons, see Recurrence
)

// Criteria lists the criteria, the default first.
func Criteria() []string { return []string{Silhouette, BIC, Gap, Recurring} }

// Method divides aligned neurons into groups. KMeans, Mixture and Ward are methods; Options.Method takes any implementation.
type Method interface {
	// Divide groups points, one in each row and of unit length, into 1, 2, ... most clusters: the result's element k-1 has k.
	// most is 1 to the number of points. Equal points and seeds give equal results, on any number of processors.
	Divide(points *mat.Dense, most int, seed uint64) []Division

	// String is the method's name, as on the command line.
	String() string
}

// Division is one number of clusters that a Method found.
type Division struct {
	Labels []int   // [points], 0 to k-1; a cluster may stay empty where points are equal
	BIC    float64 // -2 log likelihood + parameters x log points; NaN where there is no likelihood
}

// Methods lists the names that MethodByName accepts. The first is what Cluster does without a method.
func Methods() []string { return []string{"joint", "kmeans", "gmm", "ward"} }

// MethodByName returns the method with a name, nil for "" and "joint".
func MethodByName(name string) (Method, error) {
	switch name {
	case "", "joint":
		return nil, nil
	case "kmeans":
		return KMeans{}, nil
	case "gmm":
		return Mixture{}, nil
	case "ward":
		return Ward{}, nil
	}
	return nil, fmt.Errorf("features: found method %q; accepted are %v", name, Methods())
}

// KMeans is k-means on aligned neurons (k-means++ starts and one grown from a cluster fewer; the best objective wins).
type KMeans struct {
	Restarts int // 0: 10
}

// String implements Method.
func (KMeans) String() string { return "kmeans" }

// Divide implements Method. The BIC is that of equal round Gaussians around the means (Pelleg and Moore, 2000).
func (m KMeans) Divide(points *mat.Dense, most int, seed uint64) []Division {
	n, dimensions := points.Dims()
	s := newSpace(1, dimensions) // with one rotation nothing is shifted
	out := make([]Division, most)
	for i, run := range s.partitionsUpTo(rows(points), most, cmp.Or(m.Restarts, 10), seed) {
		out[i] = Division{Labels: run.labels, BIC: roundBIC(run.labels, run.objective, i+1, n, dimensions)}
	}
	return out
}

// roundBIC is the BIC of k Gaussians of one variance, each point in the one of its label; scatter is the sum of squared distances to the means.
func roundBIC(labels []int, scatter float64, k, n, dimensions int) float64 {
	sizes := make([]float64, k)
	for _, l := range labels {
		sizes[l]++
	}
	logLikelihood := 0.0
	for _, size := range sizes {
		if size > 0 {
			logLikelihood += size * math.Log(size/float64(n))
		}
	}
	variance := max(scatter/float64(n*dimensions), leastVariance)
	logLikelihood -= float64(n*dimensions) / 2 * (math.Log(2*math.Pi*variance) + scatter/float64(n*dimensions)/variance)
	return -2*logLikelihood + float64(k*dimensions+k)*math.Log(float64(n))
}

// leastVariance is the lower bound of variances: points have unit length, and points closer than a thousandth of it count as equal.
const leastVariance = 1e-6

// rows are a matrix's rows as points.
func rows(m *mat.Dense) []point {
	n, dimensions := m.Dims()
	out := make([]point, n)
	for i := range out {
		out[i] = make(point, dimensions)
		for j, v := range m.RawRowView(i) {
			out[i][j] = complex(v, 0)
		}
	}
	return out
}
