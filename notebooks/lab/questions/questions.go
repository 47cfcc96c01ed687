package questions

import (
	"v1lab/datasets"
	"v1lab/datasets/array"
	"v1lab/notebooks/report"
	"v1lab/v1model/celltypes"
	"v1lab/v1model/evaluate"
	"v1lab/v1model/features"
	"v1lab/v1model/insilico"
	"v1lab/v1model/insilico/kept"
)

// Question is the name of a question, what it is asked with, and what answers it.
type Question[Asked, Answer any] string

// None is what a question is asked with if the run says it all.
type None struct{}

// Questions about no run. A recording is shared memory: see package engine.
const (
	Data   Question[string, *datasets.Dataset] = "data"   // by its name
	Source Question[SourceOf, string]          = "source" // see package source
)

// Questions about a run.
const (
	Recording Question[None, *datasets.Dataset]             = "recording" // that the run was fitted to
	Scores    Question[None, *evaluate.Report]              = "scores"
	Rates     Question[datasets.Images, datasets.Responses] = "rates"
	Filters   Question[None, []array.Array]                 = "filters"
	Readout   Question[None, report.Readout]                = "readout"
	Layout    Question[None, report.Layout]                 = "layout"
	Cluster   Question[int, features.Clustering]            = "cluster" // into so many, 0: as the silhouette chooses
	Types     Question[TypesOf, TypesFound]                 = "types"
	Key       Question[KeyOf, string]                       = "key" // of a result in the run folder, see fitted.Run.Key
	Kept      Question[None, kept.Results]                  = "kept"
	Because   Question[Silent, string]                      = "because"  // see fitted.Run.Because
	Portrait  Question[[]int, report.Portrait]              = "portrait" // of some neurons
	Fields    Question[FieldsOf, *insilico.Fields]          = "fields"
	MEIs      Question[MEIsOf, *insilico.MEIs]              = "meis"
	Tuning    Question[TuningOf, *insilico.Tuning]          = "tuning"

	Discriminative Question[DiscriminativeOf, *insilico.Discriminative] = "discriminative"
)

// SourceOf asks for the source of a function of a cell's program.
type SourceOf struct {
	Program []byte
	Line    int // on which the function begins
}

// TypesOf asks for the cell types of a run beside those of other fits.
type TypesOf struct {
	K      int
	Others []string // their run folders
}

// TypesFound has the run's cell types, and how the others agree.
type TypesFound struct {
	Analysis *celltypes.Analysis
	Report   *celltypes.Report
}

// KeyOf asks for the key of a result.
type KeyOf struct {
	Neurons  []int
	Settings string
}

// Silent asks why some neurons are silent.
type Silent struct {
	Neurons []int
	Other   string // reason of those that are not
	Most    int    // of them in a list
}

// FieldsOf asks for receptive fields at an image, or at grey if it is nil.
type FieldsOf struct {
	Neurons []int
	At      []float32
}

// MEIsOf asks for most exciting images.
type MEIsOf struct {
	Neurons []int
	Options insilico.MEIOptions // without functions
	Partial string              // file of unfinished work
}

// DiscriminativeOf asks for an image of each cluster that tells it apart.
type DiscriminativeOf struct {
	K       int                          // clusters; 0: as the silhouette chooses
	Options insilico.DiscriminateOptions // without functions
	Partial string                       // file of unfinished work
}

// TuningOf asks for tuning with a grid: coarse, small or paper.
type TuningOf struct {
	Neurons []int
	Grid    string
	Partial string // file of unfinished work
}
