package readout_test

import (
	"math"
	"strings"
	"testing"

	"github.com/gomlx/gomlx/core/graph"

	"v1lab/datasets/array"
	"v1lab/kernels/pjrt/pjrttest"
	"v1lab/v1model/golden"
	"v1lab/v1model/readout"
	"v1lab/v1model/weights"
)

// What only the product of masks and features determines: scaling one up and the other down, or the masks' signs, changes nothing.
func TestScaleBetweenMasksAndFeaturesIsFree(t *testing.T) {
	r := sized(t, readout.Config{Kind: readout.JointL1, Sparsity: 0.1}, 3, 4, 2, 5)
	values := weights.Init(r.Specs(), 1)
	maps := make([]float32, 2*3*4*2)
	weights.TruncatedNormal(1)(weights.Stream(1, "maps"), maps)
	input := []array.Array{array.New(maps, 2, 3, 4, 2)}
	build := func(w weights.Nodes, in []*graph.Node) map[string]*graph.Node {
		scaled := weights.Nodes{
			readout.Masks: graph.MulScalar(w.Get(readout.Masks), -8), readout.Features: graph.MulScalar(w.Get(readout.Features), 1.0/8)}
		return map[string]*graph.Node{
			"drive": r.Apply(w, placesFirst(in[0]), true).Drive, "penalty": readout.Penalty(r, w), "drive scaled": r.Apply(scaled, placesFirst(in[0]), true).Drive, "penalty scaled": readout.Penalty(r, scaled)}
	}
	got := golden.Run(t, pjrttest.Backend(t), values, input, build)
	golden.Compare(t, "drive", got["drive scaled"], got["drive"], 1e-6)
	golden.Compare(t, "penalty", got["penalty scaled"], got["penalty"], 1e-6)
}

func TestNewNamesTheField(t *testing.T) {
	signed := false
	for want, c := range map[string]struct {
		config  readout.Config
		neurons int
	}{
		`readout.kind: "joint", accepted: dense, dense_separate, factori`: {readout.Config{Kind: "joint"}, 1},
		"readout.sparsity: -1, must be at least 0":                        {readout.Config{Kind: readout.JointL1, Sparsity: -1}, 1},
		"readout.sparsity: NaN, must be at least 0":                       {readout.Config{Kind: readout.JointL1, Sparsity: math.NaN()}, 1},
		"readout.mask_sparsity: -1, must be at least 0":                   {readout.Config{Kind: readout.Dense, MaskSparsity: -1}, 1},
		"readout.feature_sparsity: NaN, must be at least 0":               {readout.Config{Kind: readout.Gaussian, FeatureSparsity: math.NaN()}, 1},
		"readout.feature_l2: -2, must be at least 0":                      {readout.Config{Kind: readout.DenseSeparate, FeatureL2: -2}, 1},
		"readout.chunk: 2, the kind is gaussian":                          {readout.Config{Kind: readout.Gaussian, Chunk: 2}, 1},
		`readout.options: found "width"; accepted: none, as the kind is `: {readout.Config{Kind: readout.Dense, Options: map[string]float64{"width": 1}}, 1},
		"readout.chunk: 2, the kind is transfer, accepted with dense, de": {readout.Config{Kind: readout.Transfer, Chunk: 2}, 1},
		"readout.chunk: -1": {readout.Config{Kind: readout.JointL1, Chunk: -1}, 1},
		"readout.transfer_every: -1, must be at least 1":                                    {readout.Config{Kind: readout.Transfer, TransferEvery: -1}, 1},
		`readout.mask_init: "rnd", accepted: random, sta`:                                   {readout.Config{Kind: readout.JointL1, MaskInit: "rnd"}, 1},
		`readout.covariance: "diag", accepted: isotropic, uncorrelated,`:                    {readout.Config{Kind: readout.Gaussian, Covariance: "diag"}, 1},
		`readout.grid: "shared", accepted: independent, cortex`:                             {readout.Config{Kind: readout.Gaussian, Grid: "shared"}, 1},
		"readout.start_range: 1.5, must be from 0 to 1":                                     {readout.Config{Kind: readout.Gaussian, StartRange: 1.5}, 1},
		"readout.start_sigma: -1, must be at least 0":                                       {readout.Config{Kind: readout.Gaussian, StartSigma: -1}, 1},
		"readout.mask_init: sta, a gaussian readout has no masks":                           {readout.Config{Kind: readout.Gaussian, MaskInit: readout.STA}, 1},
		"readout.positive_masks: false, a gaussian readout has no masks":                    {readout.Config{Kind: readout.Gaussian, PositiveMasks: &signed}, 1},
		"readout.covariance: full, the kind is dense, accepted with gaus":                   {readout.Config{Kind: readout.Dense, Covariance: readout.Full}, 1},
		"readout.grid_hidden: [30], readout.grid is cortex, accepted with cortex_mlp alone": {readout.Config{Kind: readout.Gaussian, Grid: readout.Cortex, GridHidden: []int{30}}, 1},
		"readout.grid_hidden: [0], every layer must have":                                   {readout.Config{Kind: readout.Gaussian, Grid: readout.CortexMLP, GridHidden: []int{0}}, 1},
		`readout.grid_final: "elu", accepted: tanh, none`:                                   {readout.Config{Kind: readout.Gaussian, Grid: readout.CortexMLP, GridFinal: "elu"}, 1},
		"readout.grid: cortex, the kind is transfer, accepted with gauss":                   {readout.Config{Kind: readout.Transfer, Grid: readout.Cortex}, 1},
		"readout.start_range: 0.1, the kind is joint_l1, accepted with g":                   {readout.Config{Kind: readout.JointL1, StartRange: 0.1}, 1},
		"readout: 0 neurons, there must be at least 1":                                      {readout.Config{Kind: readout.JointL1}, 0},
	} {
		_, err := readout.New(c.config, readout.Size{Height: 2, Width: 2, Channels: 1, Neurons: c.neurons})
		fails(t, err, want)
	}
}

// fails checks that an error is one line that contains want.
func fails(t *testing.T, err error, want string) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
		t.Errorf("error %v, want one line with %q", err, want)
	}
}
