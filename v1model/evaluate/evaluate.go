package evaluate

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"v1lab/datasets"
	"v1lab/datasets/stats"
	"v1lab/v1model/jsonfloat"
	"v1lab/v1model/loss"
	"v1lab/v1model/score"
)

// Report is how well a model predicts. Numbers that do not exist, such as the ceiling without repeats, are null in JSON.
type Report struct {
	TestCorr          jsonfloat.Float `json:"test_corr"`           // mean over neurons of the correlation with the repeat average
	TestCorrSD        jsonfloat.Float `json:"test_corr_sd"`        // SD over neurons
	ValLoss           jsonfloat.Float `json:"val_loss"`            // loss of the validation part, that of fit.loss
	ValCorr           jsonfloat.Float `json:"val_corr"`            // mean over neurons, single trials
	Ceiling           jsonfloat.Float `json:"ceiling"`             // mean over neurons of the best possible test correlation
	FractionOfCeiling jsonfloat.Float `json:"fraction_of_ceiling"` // mean test correlation divided by the mean ceiling
	Reliability                       // means over neurons; FEVE and CCNorm over reliable neurons only
	Reliable          int             `json:"reliable_neurons"`   // number of neurons with an explainable share of 0.15 or more
	Neurons           []Neuron        `json:"neurons"`            // in the order of the recording
	Sessions          []Session       `json:"sessions,omitempty"` // if there are several, in the order of their neurons
	Unscored          int             `json:"unscored_neurons"`   // number of neurons without a test correlation: their test responses never vary, or were not recorded

	TrueCorr       *jsonfloat.Float `json:"true_corr,omitempty"`        // mean over neurons of the correlation with the responses without noise to the test images; absent unless the recording knows them
	TrueGainCorr   *jsonfloat.Float `json:"true_gain_corr,omitempty"`   // correlation over test trials of the model's gain, averaged over neurons, with that of the simulation; absent unless both have one
	TrueShiftError *jsonfloat.Float `json:"true_shift_error,omitempty"` // mean distance over test trials between the model's shift and that of the simulation, in pixels, after their means are subtracted; absent unless both have one
	ConstantLoss   jsonfloat.Float  `json:"constant_rates_loss"`        // validation loss of constant rates, each neuron's mean training rate
	Clipped        int              `json:"clipped"`                    // number of negative responses, in all parts, that normalisation set to 0: all numbers here count them as 0
	Covariates     []string         `json:"covariates,omitempty"`       // that the model takes: each trial is predicted with its own, and predictions are averaged over the trials of an image before they are compared with average responses; filled in by package fitted
	Edited         string           `json:"edited,omitempty"`           // that the weights are no longer those of the fit; filled in by package fitted
	Loss           string           `json:"-"`                          // name of the loss in ValLoss, such as Poisson
}

// Reliability holds further scores that need repeated trials; package score has the formulas.
type Reliability struct {
	Explainable jsonfloat.Float `json:"explainable"` // share of the variance of single trials that is signal
	FEVE        jsonfloat.Float `json:"feve"`        // fraction of the explainable variance that the model explains
	CCNorm      jsonfloat.Float `json:"cc_norm"`     // test correlation, normalised by signal power
	TrialCorr   jsonfloat.Float `json:"trial_corr"`  // correlation with single test trials
	Oracle      jsonfloat.Float `json:"oracle"`      // correlation of single test trials with the mean of the other trials
}

// Neuron holds the scores of one neuron.
type Neuron struct {
	ID       string          `json:"id"`        // SESSION/ID if there are several sessions; a number if the recording has no ids
	TestCorr jsonfloat.Float `json:"test_corr"` // correlation with the repeat average
	ValCorr  jsonfloat.Float `json:"val_corr"`  // correlation with single validation trials
	Ceiling  jsonfloat.Float `json:"ceiling"`   // best possible test correlation
	Reliability
	TrueCorr *jsonfloat.Float `json:"true_corr,omitempty"` // correlation with the responses without noise to the test images, if they are known
	Silent   string           `json:"silent,omitempty"`    // why the model knows nothing of the neuron: "training responses never vary" or "no readout weights"; filled in by package fitted
}

// Remarks says in sentences what a reader of the numbers must know: weights that are not the fit's, a model that is no better than constant rates, neurons without a score, dead neurons,
// and negative responses that count as 0.
func (r *Report) Remarks() (remarks []string) {
	if r.Edited != "" {
		remarks = append(remarks, r.Edited)
	}
	if text := loss.NoBetter(float64(r.ValLoss), float64(r.ConstantLoss)); text != "" {
		remarks = append(remarks, text)
	}
	list := func(of func(n Neuron) bool) (int, string) {
		var names []string
		for _, n := range r.Neurons {
			if of(n) {
				names = append(names, datasets.Printable(n.ID))
			}
		}
		const most = 10
		if all := len(names); all > most {
			return all, fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), all-most)
		}
		return len(names), strings.Join(names, ", ")
	}
	if n, names := list(func(n Neuron) bool { return math.IsNaN(float64(n.TestCorr)) }); n > 0 {
		remarks = append(remarks, fmt.Sprintf("%d of %d neurons have no test correlation, because their test responses do not vary or do not exist, and do not count in means: %s", n, len(r.Neurons), names))
	}
	var reasons []string
	for _, n := range r.Neurons {
		if n.Silent != "" && !slices.Contains(reasons, n.Silent) {
			reasons = append(reasons, n.Silent)
		}
	}
	for _, reason := range reasons {
		n, names := list(func(n Neuron) bool { return n.Silent == reason })
		remarks = append(remarks, fmt.Sprintf("%d of %d neurons are dead (%s): %s", n, len(r.Neurons), reason, names))
	}
	if r.Clipped > 0 {
		remarks = append(remarks, fmt.Sprintf("scores are not against what was recorded: %d negative responses were set to 0 and count as 0; normalise=signed with fit.loss=gaussian keeps them", r.Clipped))
	}
	return remarks
}

// Compare scores predictions for the validation and test images, [images, neurons], of a model that was fitted with the loss l.
//
// A neuron whose responses in a part never vary has no correlation there, and does not count in the mean: nothing
// could predict it. One whose prediction is constant scores 0, as in package score.
func Compare(l loss.Loss, val, test datasets.Responses, data *datasets.Dataset) (*Report, error) {
	valLoss, err := l.Mean(val, data.Val.Responses)
	if err != nil {
		return nil, err
	}
	valCorr, err := score.Correlation(val, data.Val.Responses)
	if err != nil {
		return nil, err
	}
	unpredictable(valCorr, data.Val.Responses)
	average, err := score.Average(data.Test.Responses)
	if err != nil {
		return nil, err
	}
	testCorr, err := score.Correlation(test, average)
	if err != nil {
		return nil, err
	}
	unpredictable(testCorr, average)
	constant, err := l.Constant(data)
	if err != nil {
		return nil, err
	}
	variance, err := score.Explain(data.Test.Responses)
	if err != nil {
		return nil, err
	}
	fraction, err := score.FractionOfCeiling(testCorr, variance.Ceiling)
	if err != nil {
		return nil, err
	}
	r := &Report{
		Loss: l.Name, TestCorr: jsonfloat.Float(stats.Mean(testCorr)), TestCorrSD: jsonfloat.Float(stats.SD(testCorr)), ValLoss: jsonfloat.Float(valLoss), ValCorr: jsonfloat.Float(stats.Mean(valCorr)),
		Ceiling: jsonfloat.Float(stats.Mean(variance.Ceiling)), FractionOfCeiling: jsonfloat.Float(fraction),
		ConstantLoss: jsonfloat.Float(constant),
	}
	if n := data.Normalisation; n != nil {
		r.Clipped = n.Clipped
	}
	each, err := r.reliability(test, data.Test.Responses)
	if err != nil {
		return nil, err
	}
	trueCorr, err := r.truth(test, data.Test.Expected)
	if err != nil {
		return nil, err
	}
	names := datasets.Names(data.Neurons, len(testCorr))
	for i := range testCorr {
		if math.IsNaN(testCorr[i]) {
			r.Unscored++
		}
		n := Neuron{ID: names[i], TestCorr: jsonfloat.Float(testCorr[i]), ValCorr: jsonfloat.Float(valCorr[i]), Ceiling: jsonfloat.Float(variance.Ceiling[i]), Reliability: each[i]}
		if trueCorr != nil {
			n.TrueCorr = &trueCorr[i]
		}
		r.Neurons = append(r.Neurons, n)
	}
	return r, nil
}

// ScoreTrials replaces the correlation with single test trials by that of a prediction of each trial, [repeats, images, neurons], which a model with
// covariates makes. The other scores compare averages over trials.
func (r *Report) ScoreTrials(trials, test datasets.Repeats) error {
	corr, err := score.EachTrialCorrelation(trials, test)
	if err != nil {
		return err
	}
	unpredictable(corr, datasets.Responses{N: test.Repeats * test.N, Neurons: test.Neurons, Values: test.Values})
	for n := range r.Neurons {
		r.Neurons[n].TrialCorr = jsonfloat.Float(corr[n])
	}
	r.TrialCorr = jsonfloat.Float(stats.Mean(corr))
	return nil
}

// truth fills in the mean and returns each neuron's correlation with the responses without noise, nil if these are not known.
func (r *Report) truth(pred, expected datasets.Responses) ([]jsonfloat.Float, error) {
	if len(expected.Values) == 0 {
		return nil, nil
	}
	corr, err := score.Correlation(pred, expected)
	if err != nil {
		return nil, err
	}
	unpredictable(corr, expected)
	mean := jsonfloat.Float(stats.Mean(corr))
	r.TrueCorr = &mean
	each := make([]jsonfloat.Float, len(corr))
	for i, c := range corr {
		each[i] = jsonfloat.Float(c)
	}
	return each, nil
}

// unpredictable sets the correlations of neurons whose responses are all equal, but for rounding, to NaN.
func unpredictable(corr []float64, responses datasets.Responses) {
	for n := range corr {
		low, high := math.Inf(1), math.Inf(-1)
		for i := range responses.N {
			if v := float64(responses.At(i)[n]); v == v {
				low, high = min(low, v), max(high, v)
			}
		}
		const rounding = 1e-6 // of averages over unequal numbers of repeats
		if !(high-low > rounding*max(high, -low)) {
			corr[n] = math.NaN()
		}
	}
}

// reliability fills in the means and returns each neuron's numbers.
func (r *Report) reliability(pred datasets.Responses, test datasets.Repeats) ([]Reliability, error) {
	explainable, err := score.Explainable(test)
	if err != nil {
		return nil, err
	}
	oracle, err := score.Oracle(test)
	if err != nil {
		return nil, err
	}
	feve, err := score.FEVE(pred, test)
	if err != nil {
		return nil, err
	}
	cc, err := score.NormalisedCorrelation(pred, test)
	if err != nil {
		return nil, err
	}
	trial, err := score.TrialCorrelation(pred, test)
	if err != nil {
		return nil, err
	}
	unpredictable(trial, datasets.Responses{N: test.Repeats * test.N, Neurons: test.Neurons, Values: test.Values})
	each := make([]Reliability, len(oracle))
	for i := range each {
		each[i] = Reliability{jsonfloat.Float(explainable[i]), jsonfloat.Float(feve[i]), jsonfloat.Float(cc[i]), jsonfloat.Float(trial[i]), jsonfloat.Float(oracle[i])}
	}
	_, r.Reliable = score.MeanReliable(explainable, explainable)
	meanFEVE, _ := score.MeanReliable(feve, explainable)
	meanCC, _ := score.MeanReliable(cc, explainable)
	r.Reliability = Reliability{jsonfloat.Float(stats.Mean(explainable)), jsonfloat.Float(meanFEVE), jsonfloat.Float(meanCC), jsonfloat.Float(stats.Mean(trial)), jsonfloat.Float(stats.Mean(oracle))}
	return each, nil
}
