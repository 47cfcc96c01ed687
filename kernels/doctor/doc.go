// Package doctor examines every moving part below the notebooks and says how to mend what is wrong.
//
// In: the machine. Out: a list of [Check], in seconds, without installing or changing anything;
// [Clean] removes what killed kernels left behind.
// It serves no section of the paper.
package doctor
