// Package allen reads natural-scene recordings of the Allen Brain Observatory (mouse visual cortex, two-photon calcium imaging).
//
// In comes allen:FILE.nwb, an experiment as the Observatory published it: scenes, each shown about 50 times, and traces from which the
// response to every presentation is computed; or allen:FOLDER with experiment 511510667 as .npy files: Allen_train_input
// [100, 961], Allen_train_output [100, 212], Allen_test_input [18, 961], Allen_test_output [18, 212] and Allen_test_output_big [900, 212].
// Out comes a dataset. The .npy files do not hold what their names promise: see Open.
package allen
