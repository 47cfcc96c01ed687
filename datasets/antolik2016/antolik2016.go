package antolik2016

import (
	"fmt"

	"v1lab/datasets"
	"v1lab/datasets/internal/npyfolder"
)

const (
	trainInputs = "training_inputs"
	trainSet    = "training_set"
	testInputs  = "validation_inputs"
	testSet     = "validation_set"
	testRepeats = "raw_validation_set"
)

// valShare is the share of the training part that becomes the validation part.
const valShare = 0.1

// Format describes antolik2016:FOLDER.
var Format = datasets.Format{
	Scheme: "antolik2016", Example: "antolik2016:region1",
	Reads:   "mouse V1 of Antolík et al. 2016, the folder of one region",
	Options: []datasets.Option{{Name: "seed", Default: "1", Means: "seed of the validation part"}},
	Open:    Open,
}

// Open reads the folder at spec.Path. Responses are stored as published: mean spike counts inferred from two-photon fluorescence. Images keep
// their units. If the repeats are missing, the published averages become the test part's single repeat. Errors name the file.
func Open(spec datasets.Spec) (*datasets.Dataset, error) {
	options := spec.Read()
	seed := options.Uint64("seed", 1)
	if err := options.Done(); err != nil {
		return nil, err
	}
	folder, err := npyfolder.Open("antolik2016", spec.Path)
	if err != nil {
		return nil, err
	}
	if err := folder.Need(trainSet, testInputs); err != nil {
		return nil, err
	}
	d := &datasets.Dataset{}
	if d.Test, err = readTest(folder); err != nil {
		return nil, err
	}
	if d.Train.Responses, err = folder.Responses(trainSet); err != nil {
		return nil, err
	}
	if err := folder.Agree(trainSet, "neurons", d.NumNeurons(), d.Test.Responses.Neurons, repeatsOrAverages(folder)); err != nil {
		return nil, err
	}
	if !folder.Has(trainInputs) {
		d.Train.Images = d.Test.Images
		d.Train.Images.N, d.Train.Images.Pixels = 0, nil
		d.Val.Images, d.Val.Responses.Neurons = d.Train.Images, d.NumNeurons()
		return d, nil
	}
	if d.Train.Images, err = folder.Images(trainInputs); err != nil {
		return nil, err
	}
	if err := folder.Agree(trainInputs, "images", d.Train.Images.N, d.Train.Responses.N, trainSet); err != nil {
		return nil, err
	}
	if err := folder.Agree(trainInputs, "values for each image", d.Train.Images.Size(), d.Test.Images.Size(), testInputs); err != nil {
		return nil, err
	}
	if err := datasets.SplitValidation(d, valShare, seed); err != nil {
		return nil, fmt.Errorf("%s: %w", folder.File(trainInputs), err)
	}
	return d, nil
}

func repeatsOrAverages(folder npyfolder.Folder) string {
	if folder.Has(testRepeats) {
		return testRepeats
	}
	return testSet
}

func readTest(folder npyfolder.Folder) (test datasets.TestPart, err error) {
	if test.Images, err = folder.Images(testInputs); err != nil {
		return test, err
	}
	name := repeatsOrAverages(folder)
	if folder.Has(testSet) || name == testSet {
		if err := folder.Need(testSet); err != nil {
			return test, err
		}
		if test.Reported, err = folder.Responses(testSet); err != nil {
			return test, err
		}
	}
	if name == testSet {
		r := test.Reported
		test.Responses = datasets.Repeats{Repeats: 1, N: r.N, Neurons: r.Neurons, Values: r.Values}
		test.Reported = datasets.Responses{}
	} else if test.Responses, err = folder.Repeats(testRepeats); err != nil {
		return test, err
	}
	if err := folder.Agree(name, "images", test.Responses.N, test.Images.N, testInputs); err != nil {
		return test, err
	}
	if r := test.Reported; len(r.Values) > 0 {
		if err := folder.Agree(testSet, "images", r.N, test.Responses.N, testRepeats); err != nil {
			return test, err
		}
		if err := folder.Agree(testSet, "neurons", r.Neurons, test.Responses.Neurons, testRepeats); err != nil {
			return test, err
		}
	}
	return test, nil
}
