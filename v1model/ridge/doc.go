// Package ridge predicts responses by ridge regression on pixels, the baseline that any model of images should exceed.
//
// In goes a dataset. Out come the predicted responses to its validation and test images and the strength of the penalty, the same for all neurons: that of
// the highest mean correlation on the validation part.
package ridge
