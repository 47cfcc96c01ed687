// Package stats computes statistics of values of which some are missing.
//
// In come numbers, with NaN for each that was not measured; out come mean, variance, SD, median and quantiles. One rule holds for all
// functions: NaN values are left out, and a statistic that the remaining values do not define is NaN. No function changes its argument.
// Recordings, models and figures all use it, so it imports none of them. For complete data use gonum's package stat, whose quantiles
// follow another definition.
package stats
