package study

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"path/filepath"

	"v1lab/v1model/experiments/grid"
	"v1lab/v1model/features"
)

// fitOf is a features.Fit in a score file.
type fitOf struct {
	Neurons, Rotations, Features int
	Weights                      []byte // float32, little-endian
	Covariance                   []byte // float64, little-endian
}

func keepFit(f features.Fit) *fitOf {
	return &fitOf{f.Weights.Neurons, f.Weights.Rotations, f.Weights.Features, littleEndian(f.Weights.Values), littleEndian(f.Covariance)}
}

func littleEndian[T any](values []T) []byte {
	var b bytes.Buffer
	_ = binary.Write(&b, binary.LittleEndian, values) // a buffer takes all numbers
	return b.Bytes()
}

// fit returns the fit that was kept.
func (f *fitOf) fit() (features.Fit, error) {
	w := features.Weights{Neurons: f.Neurons, Rotations: f.Rotations, Features: f.Features, Values: make([]float32, len(f.Weights)/4)}
	covariance := make([]float64, len(f.Covariance)/8)
	if _, err := binary.Decode(f.Weights, binary.LittleEndian, w.Values); err != nil {
		return features.Fit{}, fmt.Errorf("study: weights in a score file: %w", err)
	}
	if _, err := binary.Decode(f.Covariance, binary.LittleEndian, covariance); err != nil {
		return features.Fit{}, fmt.Errorf("study: covariance in a score file: %w", err)
	}
	return features.Fit{Weights: w, Covariance: covariance}, w.Check()
}

// foundVersion is the version of the files that keep a Found. Others are made anew.
const foundVersion = 2

type keptFound struct {
	Version int    `json:"version"`
	Of      string `json:"of"` // hash of the outcomes
	Found   *Found `json:"found"`
}

// find judges the numbers of clusters under each condition of the clusters, or reads what was judged before.
func (w *studyRun) find() error {
	for _, v := range w.plan.rows() {
		outcomes := w.outcomes[v.Name]
		of, err := hashOf(outcomes)
		if err != nil {
			return err
		}
		path := filepath.Join(w.dir, "scores", v.Name+"-joint.json")
		var kept keptFound
		if there, err := grid.ReadScores(path, &kept); err != nil {
			return fmt.Errorf("study: %w", err)
		} else if !there || kept.Version != foundVersion || kept.Of != of {
			found, err := foundIn(outcomes, v.SimulationSeed == 0)
			if err != nil {
				return fmt.Errorf("study: %s: %w", v.Name, err)
			}
			kept = keptFound{foundVersion, of, found}
			if err := grid.WriteScores(path, kept); err != nil {
				return fmt.Errorf("study: %w", err)
			}
		}
		w.found[v.Name] = kept.Found
	}
	return nil
}

// hashOf tells outcomes apart by what they say of the neurons.
func hashOf(outcomes []*Outcome) (string, error) {
	h := sha256.New()
	for _, o := range outcomes {
		if err := json.NewEncoder(h).Encode([]any{o.Use, o.Types}); err != nil {
			return "", fmt.Errorf("study: %w", err)
		}
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}
