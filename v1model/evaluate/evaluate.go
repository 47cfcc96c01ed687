package evaluate

import (
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
	Reliable          int             `json:"reliable_neurons"` // number of neurons with an explainable share of 0.15 or more
	Neurons           []Neuron        `json:"neurons"`          // in the order of the recording
	Loss              string          `json:"-"`                // name of the loss in ValLoss, such as Poisson
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
}

// Compare scores predictions for the validation and test images, [images, neurons], of a model that was fitted with the loss l.
func Compare(l loss.Loss, val, test datasets.Responses, data *datasets.Dataset) (*Report, error) {
	valLoss, err := l.Mean(val, data.Val.Responses)
	if err != nil {
		return nil, err
	}
	valCorr, err := score.Correlation(val, data.Val.Responses)
	if err != nil {
		return nil, err
	}
	testCorr, err := score.TestCorrelation(test, data.Test.Responses)
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
	}
	each, err := r.reliability(test, data.Test.Responses)
	if err != nil {
		return nil, err
	}
	names := datasets.Names(data.Neurons, len(testCorr))
	for i := range testCorr {
		n := Neuron{ID: names[i], TestCorr: jsonfloat.Float(testCorr[i]), ValCorr: jsonfloat.Float(valCorr[i]), Ceiling: jsonfloat.Float(variance.Ceiling[i]), Reliability: each[i]}
		r.Neurons = append(r.Neurons, n)
	}
	return r, nil
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
