// Package stats has the statistics of values some of which are missing.
//
// In come numbers, a NaN among them for each that was not measured; out come their mean, variance, SD, median and quantiles. One rule holds
// for all: what is NaN is left out, and what cannot be told from the values that remain is NaN. No function changes its argument.
// It lies below everything else, as recordings, models and figures all need it. Statistics without missing values are gonum's, package stat,
// whose quantiles follow another definition.
package stats
