package allen

import (
	"fmt"

	"v1lab/datasets"
	"v1lab/datasets/internal/npyfolder"
)

const (
	trainInput  = "Allen_train_input"
	trainOutput = "Allen_train_output"
	testInput   = "Allen_test_input"
	testOutput  = "Allen_test_output"
	testTrials  = "Allen_test_output_big"
)

// openFolder reads the .npy files. rows is the order of the trials of the test scenes.
func openFolder(path, rows string, seed uint64) (*datasets.Dataset, error) {
	folder, err := npyfolder.Open("allen", path)
	if err != nil {
		return nil, err
	}
	if err := folder.Need(trainInput, trainOutput, testInput, testOutput); err != nil {
		return nil, err
	}
	d := &datasets.Dataset{}
	if d.Train.Images, err = folder.Images(trainInput); err != nil {
		return nil, err
	}
	if d.Train.Responses, err = folder.Responses(trainOutput); err != nil {
		return nil, err
	}
	if d.Test.Images, err = folder.Images(testInput); err != nil {
		return nil, err
	}
	single, err := folder.Responses(testOutput)
	if err != nil {
		return nil, err
	}
	for _, a := range []struct {
		file, what  string
		found, want int
		other       string
	}{
		{trainOutput, "images", d.Train.Responses.N, d.Train.Images.N, trainInput},
		{testInput, "values for each image", d.Test.Images.Size(), d.Train.Images.Size(), trainInput},
		{testOutput, "images", single.N, d.Test.Images.N, testInput},
		{testOutput, "neurons", single.Neurons, d.NumNeurons(), trainOutput},
	} {
		if err := folder.Agree(a.file, a.what, a.found, a.want, a.other); err != nil {
			return nil, err
		}
	}
	d.Test.Responses = datasets.Repeats{Repeats: 1, N: single.N, Neurons: single.Neurons, Values: single.Values}
	if rows != "none" && folder.Has(testTrials) {
		d.Test.Reported = single
		if d.Test.Responses, err = groupTrials(folder, rows, single.N, d.NumNeurons()); err != nil {
			return nil, err
		}
	}
	if err := datasets.SplitValidation(d, valShare, seed); err != nil {
		return nil, fmt.Errorf("%s: %w", folder.File(trainInput), err)
	}
	return d, nil
}

// groupTrials arranges the trials of the scenes as repeats.
func groupTrials(folder npyfolder.Folder, rows string, scenes, neurons int) (datasets.Repeats, error) {
	trials, err := folder.Responses(testTrials)
	if err != nil {
		return datasets.Repeats{}, err
	}
	if err := folder.Agree(testTrials, "neurons", trials.Neurons, neurons, trainOutput); err != nil {
		return datasets.Repeats{}, err
	}
	if trials.N%scenes != 0 {
		return datasets.Repeats{}, fmt.Errorf("%s: %d trials, want the same number for each of the %d images in %s.npy", folder.File(testTrials), trials.N, scenes, testInput)
	}
	r := datasets.Repeats{Repeats: trials.N / scenes, N: scenes, Neurons: neurons, Values: trials.Values}
	if rows == "repeats" {
		return r, nil
	}
	r.Values = make([]float32, len(trials.Values))
	for i := range r.N {
		for repeat := range r.Repeats {
			copy(r.At(repeat, i), trials.At(i*r.Repeats+repeat))
		}
	}
	return r, nil
}
