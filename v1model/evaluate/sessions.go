package evaluate

import (
	"v1lab/datasets"
	"v1lab/datasets/stats"
	"v1lab/v1model/jsonfloat"
	"v1lab/v1model/score"
)

// Session holds the scores of one of several sessions, as Report has them.
type Session struct {
	Name              string          `json:"name"`
	Neurons           int             `json:"neurons"`
	TestCorr          jsonfloat.Float `json:"test_corr"`
	TestCorrSD        jsonfloat.Float `json:"test_corr_sd"`
	ValLoss           jsonfloat.Float `json:"val_loss"` // of the session's neurons and images
	ValCorr           jsonfloat.Float `json:"val_corr"`
	Ceiling           jsonfloat.Float `json:"ceiling"`
	FractionOfCeiling jsonfloat.Float `json:"fraction_of_ceiling"`
	Reliability
	ConstantLoss jsonfloat.Float `json:"constant_rates_loss"`

	TrueGainCorr   *jsonfloat.Float `json:"true_gain_corr,omitempty"`
	TrueShiftError *jsonfloat.Float `json:"true_shift_error,omitempty"`
}

// Together puts the reports of all sessions of a dataset together: means over all neurons. The losses are means over the images of all sessions of the sum
// over the neurons of each image's session.
func Together(reports []*Report, data *datasets.Dataset) (*Report, error) {
	all := &Report{}
	images := 0
	for k, r := range reports {
		d := data.Sessions[k]
		n := d.Val.Images.N
		all.Loss, images = r.Loss, images+n
		all.ValLoss += r.ValLoss * jsonfloat.Float(n)
		all.ConstantLoss += r.ConstantLoss * jsonfloat.Float(n)
		all.Neurons = append(all.Neurons, r.Neurons...)
		all.Unscored, all.Reliable = all.Unscored+r.Unscored, all.Reliable+r.Reliable
		all.Sessions = append(all.Sessions, Session{
			Name: d.Session, Neurons: len(r.Neurons), TestCorr: r.TestCorr, TestCorrSD: r.TestCorrSD, ValLoss: r.ValLoss, ValCorr: r.ValCorr, Ceiling: r.Ceiling,
			FractionOfCeiling: r.FractionOfCeiling, Reliability: r.Reliability, ConstantLoss: r.ConstantLoss,
		})
	}
	all.ValLoss /= jsonfloat.Float(images)
	all.ConstantLoss /= jsonfloat.Float(images)
	if n := data.Normalisation; n != nil {
		all.Clipped = n.Clipped
	}
	for i, name := range datasets.Names(data.Neurons, len(all.Neurons)) {
		all.Neurons[i].ID = name
	}
	of := func(score func(Neuron) jsonfloat.Float) []float64 {
		values := make([]float64, len(all.Neurons))
		for i, n := range all.Neurons {
			values[i] = float64(score(n))
		}
		return values
	}
	mean := func(score func(Neuron) jsonfloat.Float) jsonfloat.Float {
		return jsonfloat.Float(stats.Mean(of(score)))
	}
	test, ceiling := of(func(n Neuron) jsonfloat.Float { return n.TestCorr }), of(func(n Neuron) jsonfloat.Float { return n.Ceiling })
	fraction, err := score.FractionOfCeiling(test, ceiling)
	if err != nil {
		return nil, err
	}
	all.TestCorr, all.TestCorrSD = jsonfloat.Float(stats.Mean(test)), jsonfloat.Float(stats.SD(test))
	all.Ceiling, all.FractionOfCeiling = jsonfloat.Float(stats.Mean(ceiling)), jsonfloat.Float(fraction)
	all.ValCorr = mean(func(n Neuron) jsonfloat.Float { return n.ValCorr })
	explainable := of(func(n Neuron) jsonfloat.Float { return n.Explainable })
	feve, _ := score.MeanReliable(of(func(n Neuron) jsonfloat.Float { return n.FEVE }), explainable)
	cc, _ := score.MeanReliable(of(func(n Neuron) jsonfloat.Float { return n.CCNorm }), explainable)
	all.Reliability = Reliability{
		jsonfloat.Float(stats.Mean(explainable)), jsonfloat.Float(feve), jsonfloat.Float(cc),
		mean(func(n Neuron) jsonfloat.Float { return n.TrialCorr }), mean(func(n Neuron) jsonfloat.Float { return n.Oracle }),
	}
	known := true
	for _, n := range all.Neurons {
		known = known && n.TrueCorr != nil
	}
	if known {
		corr := mean(func(n Neuron) jsonfloat.Float { return *n.TrueCorr })
		all.TrueCorr = &corr
	}
	return all, nil
}
