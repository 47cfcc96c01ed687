package compare

import (
	"math"

	"v1lab/datasets/stats"
	"v1lab/v1model"
	"v1lab/v1model/evaluate"
	"v1lab/v1model/jsonfloat"
	"v1lab/v1model/runfolder"
)

// Report is the table. Numbers that do not exist, such as an SD over one seed, are null in JSON.
type Report struct {
	Data    string          `json:"data"`    // name of the recording
	Seeds   int             `json:"seeds"`   // fits of each model
	Ceiling jsonfloat.Float `json:"ceiling"` // mean over neurons of the best possible test correlation
	Models  []Row           `json:"models"`  // in the order they were named
}

// Row is one model.
type Row struct {
	Name     string          `json:"name"`           // of the model
	Preset   string          `json:"preset"`         // where its config started, with version
	Maps     int             `json:"maps"`           // feature maps that the readout sees: orientations * features
	Best     Fit             `json:"best"`           // the fit of the lowest validation loss
	MeanCorr jsonfloat.Float `json:"test_corr_mean"` // mean over the fits that did not diverge
	SDCorr   jsonfloat.Float `json:"test_corr_sd"`   // over these fits, divisor n-1
	Fits     []Fit           `json:"fits"`           // by seed
}

// Fit is one fit's scores: loss of the validation part, mean over neurons of the test correlation.
type Fit struct {
	Seed              uint64          `json:"seed"`                // fit.seed
	Run               string          `json:"run"`                 // run folder
	Steps             int             `json:"steps"`               // training steps done
	Seconds           float64         `json:"seconds"`             // spent in the fit
	ValLoss           jsonfloat.Float `json:"val_loss"`            // of the best weights, without penalties
	TestCorr          jsonfloat.Float `json:"test_corr"`           // mean over neurons
	FractionOfCeiling jsonfloat.Float `json:"fraction_of_ceiling"` // mean test correlation divided by the mean ceiling
	ConstantLoss      jsonfloat.Float `json:"constant_rates_loss"` // validation loss of each neuron's mean training rate
	Diverged          string          `json:"diverged,omitempty"`  // why the fit has no scores: its validation loss was never a number
}

// NumDiverged counts the fits that diverged.
func (r Row) NumDiverged() (n int) {
	for _, f := range r.Fits {
		if f.Diverged != "" {
			n++
		}
	}
	return n
}

// FitOf returns the scores of a run that ended with result.
func FitOf(run *runfolder.Folder, result runfolder.Result, scores *evaluate.Report) Fit {
	return Fit{
		Seed: run.Config.Fit.Seed, Run: run.Path, Steps: result.Steps, Seconds: result.Seconds,
		ValLoss: scores.ValLoss, TestCorr: scores.TestCorr, FractionOfCeiling: scores.FractionOfCeiling, ConstantLoss: scores.ConstantLoss,
	}
}

// IsOf tells whether the scores are those of the fit that ended with result.
func (f Fit) IsOf(result runfolder.Result) bool {
	return f.Steps == result.Steps && math.Float64bits(f.Seconds) == math.Float64bits(result.Seconds)
}

// Summarise makes a model's row from its fits, at least one, to data of one shape.
func Summarise(m Model, shape v1model.Shape, fits []Fit) (Row, error) {
	model, err := v1model.New(m.Config, shape)
	if err != nil {
		return Row{}, err
	}
	_, _, maps := model.Core.OutputShape()
	return RowOf(m, maps, fits), nil
}

// RowOf is Summarise with a known number of feature maps.
func RowOf(m Model, maps int, fits []Fit) Row {
	row := Row{Name: m.Name, Preset: m.Config.Preset, Maps: maps, Fits: fits, Best: fits[0]}
	var corr []float64
	for _, f := range fits {
		if f.ValLoss < row.Best.ValLoss || math.IsNaN(float64(row.Best.ValLoss)) {
			row.Best = f
		}
		if f.Diverged == "" {
			corr = append(corr, float64(f.TestCorr))
		}
	}
	row.MeanCorr, row.SDCorr = jsonfloat.Float(stats.Mean(corr)), jsonfloat.Float(stats.SD(corr))
	return row
}
