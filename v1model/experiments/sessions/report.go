package sessions

import (
	"encoding/json"
	"fmt"

	"v1lab/datasets/durable"
	"v1lab/v1model/experiments/compare"
	"v1lab/v1model/jsonfloat"
)

// Report is what a plan's fits tell. Numbers that do not exist are null in JSON.
type Report struct {
	Models     []string   `json:"models"`
	Search     []float64  `json:"search"`     // values of readout.sparsity that were tried
	Seeds      int        `json:"seeds"`      // fits with the chosen value
	Fits       int        `json:"fits"`       // all that were made
	Seconds    float64    `json:"seconds"`    // spent in fits
	Recordings []Row      `json:"recordings"` // those whose fits are over
	Joint      []JointRow `json:"joint"`      // cores that several recordings share
	Left       int        `json:"left"`       // fits that are still to be made
}

// Row is one recording. Correlations are those with the average over the repeats of the test images.
type Row struct {
	Name        string          `json:"name"` // of the folder of its runs
	Data        string          `json:"data"` // recording
	Neurons     int             `json:"neurons"`
	Train       int             `json:"train"`      // images
	Val         int             `json:"val"`        // images
	Test        int             `json:"test"`       // images
	Leaks       string          `json:"leaks"`      // which images the fit sees the likes of before it is tested on them; empty if none
	Ceiling     jsonfloat.Float `json:"ceiling"`    // mean over neurons of the best possible correlation
	CeilingOf   string          `json:"ceiling_of"` // what tells it; empty where nothing does
	Ridge       Baseline        `json:"ridge"`
	Models      []Score         `json:"scores"`      // in the order of the models
	Differences []Difference    `json:"differences"` // of the first model with the others and ridge
}

// Baseline is ridge regression on pixels.
type Baseline struct {
	Strength          float64         `json:"strength"` // of the penalty, in normalised pixels, chosen on the validation part
	AtEdge            bool            `json:"at_edge"`  // it is the lowest or highest that was tried
	Corr              Estimate        `json:"test_corr"`
	FractionOfCeiling jsonfloat.Float `json:"fraction_of_ceiling"`
}

// Score is one model's on one recording.
type Score struct {
	Name              string          `json:"name"`
	Preset            string          `json:"preset"`  // where its config started, with version
	Search            []Tried         `json:"search"`  // null where nothing was searched
	Sparsity          float64         `json:"chosen"`  // readout.sparsity
	AtEdge            bool            `json:"at_edge"` // it is the lowest or highest that was tried
	Fits              []compare.Fit   `json:"fits"`    // with the chosen sparsity, by seed
	Corr              Estimate        `json:"test_corr"`
	FractionOfCeiling jsonfloat.Float `json:"fraction_of_ceiling"`
}

// Tried is a readout sparsity and its fit, with seed 1.
type Tried struct {
	Sparsity float64     `json:"sparsity"` // readout.sparsity
	Fit      compare.Fit `json:"fit"`
}

// JointRow is a core that several recordings share: the first model, fitted to all of them.
type JointRow struct {
	Name       string        `json:"name"`
	Data       string        `json:"data"`     // the joined recording
	Train      int           `json:"train"`    // images
	Of         int           `json:"train_of"` // training images there were before those were taken out that are in val or test of another recording
	Score      Score         `json:"score"`
	Recordings []JointMember `json:"recordings"`
}

// JointMember compares a joint core with one that is fitted to a recording alone, on the same test images.
type JointMember struct {
	Name  string     `json:"name"` // recording
	Joint Estimate   `json:"joint"`
	Alone Estimate   `json:"alone"`
	Gain  Difference `json:"gain"` // joint minus alone
}

// Keep writes a report as JSON.
func (r *Report) Keep(path string) error {
	text, err := json.Marshal(r)
	if err != nil {
		return fmt.Errorf("sessions: %s: %w", path, err)
	}
	if err := durable.WriteFile(path, append(text, '\n'), 0o666); err != nil {
		return fmt.Errorf("sessions: %w", err)
	}
	return nil
}
