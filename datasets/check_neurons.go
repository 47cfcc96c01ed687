package datasets

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"v1lab/datasets/stats"
)

// checkNeurons looks for neurons without variation, neurons recorded twice and negative responses.
func checkNeurons(d *Dataset) (findings []Finding) {
	train := d.Train.Responses
	infinity := float32(math.Inf(1))
	low, high := slices.Repeat([]float32{infinity}, train.Neurons), slices.Repeat([]float32{-infinity}, train.Neurons)
	digests := make([]uint64, train.Neurons)
	negative, recorded, least := 0, 0, float32(0)
	for i := range train.N {
		for j, v := range train.At(i) {
			if v != v {
				continue
			}
			recorded++
			low[j], high[j] = min(low[j], v), max(high[j], v)
			digests[j] = mix(digests[j], v)
			if v < 0 {
				negative++
				least = min(least, v)
			}
		}
	}

	var dead, constant []int
	byDigest := map[uint64]int{}
	var twins []int
	var firstTwin [2]int
	for j := range train.Neurons {
		switch {
		case low[j] > high[j]:
			continue // never recorded: checkRecorded reports it
		case high[j] <= 0:
			dead = append(dead, j)
			continue
		case low[j] == high[j]:
			constant = append(constant, j)
			continue
		}
		if k, ok := byDigest[digests[j]]; ok && sameColumn(train, j, k) {
			if twins == nil {
				firstTwin = [2]int{k, j}
			}
			twins = append(twins, j)
			continue
		}
		byDigest[digests[j]] = j
	}
	report := func(severity Severity, code string, neurons []int, what, advice string) {
		if len(neurons) > 0 {
			findings = append(findings, Finding{
				Severity: severity, Code: code,
				Message: fmt.Sprintf("%d of %d neurons %s (%s)", len(neurons), train.Neurons, what, d.describeNeurons(neurons)),
				Advice:  advice,
				Numbers: map[string]float64{"count": float64(len(neurons))}, Neurons: neurons,
			})
		}
	}
	report(SeverityWarning, "dead-neurons", dead, "never respond in training", "leave them out, as with the option neurons: nothing can be learned of them, and results mark them as dead")
	report(SeverityWarning, "constant-neurons", constant, "always respond alike in training", "leave them out, as with the option neurons: nothing can be learned of them, and results mark them as dead")
	if len(twins) > 0 {
		report(SeverityWarning, "duplicated-neurons", twins,
			fmt.Sprintf("are copies of another: %s is %s", d.describeNeurons(firstTwin[1:]), d.describeNeurons(firstTwin[:1])),
			"remove them: they count twice in the fit and in groups")
	}
	if negative > 0 {
		share := float64(negative) / float64(recorded)
		severity := SeverityInfo
		if share > 0.05 {
			severity = SeverityWarning
		}
		findings = append(findings, Finding{
			Severity: severity, Code: "negative-responses",
			Message: fmt.Sprintf("%.2g %% of training responses are negative, the lowest %.3g", 100*share, least),
			Advice:  "normalisation sets them to 0 because the Poisson loss needs rates; if that loses too much, deconvolve, shift the baseline, or fit them as they are: normalise=signed with fit.loss=gaussian",
			Numbers: map[string]float64{"share": share, "lowest": float64(least)},
		})
	}
	return findings
}

func sameColumn(r Responses, j, k int) bool {
	for i := range r.N {
		if !same(r.Values[i*r.Neurons+j], r.Values[i*r.Neurons+k]) {
			return false
		}
	}
	return true
}

// same treats two missing values as equal.
func same(a, b float32) bool { return a == b || a != a && b != b }

// describeNeurons lists the first ten neurons by index, with their ids where they have one.
func (d *Dataset) describeNeurons(neurons []int) string {
	var b strings.Builder
	for i, j := range neurons {
		if i == 10 {
			b.WriteString(", ...")
			break
		}
		if i > 0 {
			b.WriteString(", ")
		}
		fmt.Fprintf(&b, "%d", j)
		if j < len(d.Neurons) && d.Neurons[j].ID != "" {
			fmt.Fprintf(&b, " id %s", d.Neurons[j].ID)
		}
	}
	return b.String()
}

// medianRatio returns the median of a/b over the neurons for which both are finite and above 0, or 1 if there are none.
func medianRatio(a, b []float64) float64 {
	var ratios []float64
	for j := range a {
		if r := a[j] / b[j]; a[j] > 0 && b[j] > 0 && !math.IsInf(r, 0) {
			ratios = append(ratios, r)
		}
	}
	if len(ratios) == 0 {
		return 1
	}
	return stats.Median(ratios)
}
