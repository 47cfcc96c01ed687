package namedarrays

import (
	"slices"
	"strings"
)

// indexKeys are the arrays that say which images of a pair are in which part.
var indexKeys = []string{"train", "val", "test"}

// FirstKeys lists the array names that v1lab's first versions understood.
func FirstKeys() []string {
	return []string{
		"train_images", "train_responses", "val_images", "val_responses", "test_images", "test_responses", "images", "responses",
		"train_covariates", "val_covariates", "test_covariates", "covariate_names",
		"neuron_ids", "neuron_sessions", "neuron_layers", "neuron_positions",
		"truth_type", "truth_type_names", "truth_orientation", "truth_x", "truth_y", "normalisation", "preparation", "split",
	}
}

// NewsOf returns which of the keys v1lab's first versions, which read FirstKeys, left unused.
func NewsOf(keys []string) (news []string) {
	paired := slices.Contains(keys, "images") && !slices.Contains(keys, "train_images")
	beside := []string{"images", "responses"}
	if paired {
		beside = FirstKeys()[:6]
		beside = append(beside, "train_covariates", "val_covariates", "test_covariates", "covariate_names")
	}
	for _, key := range keys {
		if !slices.Contains(FirstKeys(), key) || slices.Contains(beside, key) {
			news = append(news, key)
		}
	}
	return news
}

// Keys lists the array names that FromArrays understands.
func Keys() []string {
	var trials []string
	for _, part := range partNames {
		trials = append(trials, "truth_"+part+"_gain", "truth_"+part+"_shift")
	}
	return slices.Concat(FirstKeys(), indexKeys, trials, []string{"truth_expected", "tiers", "image_ids", "image_classes", "covariates", "behavior", "pupil_center"})
}

// aliases are names that others give to arrays, the usual first, beside the key itself. Names with a slash are those of files that keep
// arrays in groups, as the recordings of neuralpredictors do.
var aliases = map[string][]string{
	"val_images":       {"validation_images", "valid_images"},
	"val_responses":    {"validation_responses", "valid_responses"},
	"train":            {"train_index", "train_indices", "train_idx", "train_inds", "idx_train"},
	"val":              {"validation", "valid", "val_index", "val_indices", "val_idx", "val_inds", "idx_val", "validation_index", "validation_indices", "validation_idx", "valid_idx"},
	"test":             {"test_index", "test_indices", "test_idx", "test_inds", "idx_test"},
	"tiers":            {"tier", "splits", "partition", "item_info/tiers", "meta/trials/tiers"},
	"image_ids":        {"image_id", "frame_image_id", "colorframeprojector_image_id", "item_info/image_id", "item_info/frame_image_id", "item_info/colorframeprojector_image_id"},
	"image_classes":    {"image_class", "frame_image_class", "colorframeprojector_image_class", "item_info/image_class", "item_info/frame_image_class", "item_info/colorframeprojector_image_class"},
	"neuron_ids":       {"unit_ids", "neurons/unit_ids"},
	"neuron_layers":    {"neurons/layer"},
	"neuron_positions": {"neurons/cell_motor_coordinates"},
}

// Aliases returns other names for a key that arrays of a file may have.
func Aliases(key string) []string { return aliases[key] }

// Divides reports whether the array of a key decides which images are in which part. Of others, the first of several names counts.
func Divides(key string) bool {
	return slices.Contains(indexKeys, key) || key == "tiers" || strings.HasPrefix(key, "val_")
}

// Wanted returns the keys in found that FromArrays understands, and the first required one that is missing.
func Wanted(found []string) (keys []string, missing string) {
	required := []string{"train_images", "train_responses", "test_images", "test_responses"}
	if slices.Contains(found, "images") && !slices.Contains(found, "train_images") {
		required = []string{"images", "responses"}
	}
	for _, key := range required {
		if !slices.Contains(found, key) {
			return nil, key
		}
	}
	for _, key := range Keys() {
		if slices.Contains(found, key) {
			keys = append(keys, key)
		}
	}
	return keys, ""
}
