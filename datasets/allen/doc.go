// Package allen reads natural-scene recordings of the Allen Brain Observatory (mouse visual cortex, two-photon calcium imaging).
//
// In comes allen:FILE.nwb, an experiment as the Observatory published it: scenes that were shown about 50 times each, and traces from which
// a response to every presentation is taken; or allen:FOLDER with experiment 511510667 as it circulates in .npy files: Allen_train_input
// [100, 961], Allen_train_output [100, 212], Allen_test_input [18, 961], Allen_test_output [18, 212] and Allen_test_output_big [900, 212].
// Out comes a dataset. The NumPy files are not what their names promise: see Open.
package allen
