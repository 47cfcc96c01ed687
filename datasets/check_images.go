package datasets

import (
	"fmt"
	"slices"
)

// checkImages looks for images that occur twice, as they are or nearly so, and for images of a single grey level.
func checkImages(d *Dataset) (findings []Finding) {
	type place struct{ part, index int }
	parts := d.parts()
	seen := map[uint64][]place{}
	pairs := map[[2]int][]ImagePair{}
	copies := [3]int{}
	blank := 0
	for p, part := range parts {
		for i := range part.images.N {
			image := part.images.At(i)
			if slices.Min(image) == slices.Max(image) {
				blank++
				continue // grey screens are shown again and again
			}
			h := hashOf(image)
			partner := [3]bool{}
			for _, q := range seen[h] {
				if partner[q.part] || !slices.Equal(image, parts[q.part].images.At(q.index)) {
					continue
				}
				partner[q.part] = true
				if q.part == p {
					copies[p]++
					continue
				}
				key := [2]int{q.part, p}
				pairs[key] = append(pairs[key], ImagePair{parts[q.part].part, q.index, part.part, i})
			}
			seen[h] = append(seen[h], place{p, i})
		}
	}
	for _, key := range [][2]int{{0, 1}, {0, 2}, {1, 2}} {
		found := pairs[key]
		if len(found) == 0 {
			continue
		}
		a, b := parts[key[0]].part, parts[key[1]].part
		f := Finding{
			Severity: SeverityError, Code: "shared-images",
			Message: fmt.Sprintf("%d of %d %s images are also in %s, the first: %s image %d is %s image %d",
				len(found), parts[key[1]].images.N, b, a, b, found[0].Second, a, found[0].First),
			Advice:  "the score would count memory as prediction: keep each image in one part; the option clean_leaks=true takes them out",
			Numbers: map[string]float64{"count": float64(len(found))},
			Images:  found,
		}
		if b == "val" {
			f.Severity = SeverityWarning
			f.Advice = "early stopping would look at trained images: keep each image in one part; the option clean_leaks=true takes them out"
		}
		findings = append(findings, f)
	}
	findings = append(findings, checkLikeness(d, parts, findings)...)
	for p, n := range copies {
		if n > 0 {
			findings = append(findings, Finding{
				Severity: SeverityInfo, Code: "repeated-images",
				Message: fmt.Sprintf("%s: %d of %d images repeat an earlier one of the same part", parts[p].part, n, parts[p].images.N),
				Advice:  "harmless, unless these are repeats that belong along the repeats axis of test_responses",
				Numbers: map[string]float64{"count": float64(n)},
			})
		}
	}
	if blank > 0 {
		total := d.Train.Images.N + d.Val.Images.N + d.Test.Images.N
		findings = append(findings, Finding{
			Severity: SeverityInfo, Code: "blank-images",
			Message: fmt.Sprintf("%d of %d images are a single grey level", blank, total),
			Advice:  "harmless if they are grey screens; leave them out if the screen was off",
			Numbers: map[string]float64{"count": float64(blank)},
		})
		if _, sd := imageMeanSD(d.Train.Images.Pixels); sd == 0 {
			last := &findings[len(findings)-1]
			last.Severity = SeverityError
			last.Message = fmt.Sprintf("all %d training images are the same grey: nothing to learn from", d.Train.Images.N)
			last.Advice = "check how the images were read"
		}
	}
	return findings
}

// fewLikenesses is the share of test images below which near-copies do not ruin the score.
const fewLikenesses = 0.01

// checkLikeness looks for images of val and test that resemble images of an earlier part. It leaves out those that shared says to be identical.
func checkLikeness(d *Dataset, parts []namedImages, shared []Finding) (findings []Finding) {
	type place struct {
		first, second string
		index         int
	}
	known := map[place]bool{}
	for _, f := range shared {
		for _, p := range f.Images {
			known[place{p.FirstPart, p.SecondPart, p.Second}] = true
		}
	}
	found := map[[2]string][]ImagePair{}
	for _, p := range Leaks(d) {
		if !known[place{p.FirstPart, p.SecondPart, p.Second}] {
			key := [2]string{p.FirstPart, p.SecondPart}
			found[key] = append(found[key], p)
		}
	}
	for _, key := range [][2]int{{0, 1}, {0, 2}, {1, 2}} {
		a, b := parts[key[0]].part, parts[key[1]]
		pairs := found[[2]string{a, b.part}]
		if len(pairs) == 0 {
			continue
		}
		f := Finding{
			Severity: SeverityError, Code: "near-copies",
			Message: fmt.Sprintf("%d of %d %s images are nearly the same as %s images (pixels correlate above %v), the first: %s image %d and %s image %d",
				len(pairs), b.images.N, b.part, a, AlikeAbove, b.part, pairs[0].Second, a, pairs[0].First),
			Advice:  "the score would count memory as prediction: keep variants of an image in one part; the option clean_leaks=true takes them out",
			Numbers: map[string]float64{"count": float64(len(pairs)), "above": AlikeAbove},
			Images:  pairs,
		}
		if float64(len(pairs)) < fewLikenesses*float64(b.images.N) {
			f.Severity = SeverityWarning
		}
		if b.part == "val" {
			f.Severity = SeverityWarning
			f.Advice = "early stopping would look at trained images: keep variants of an image in one part; the option clean_leaks=true takes them out"
		}
		findings = append(findings, f)
	}
	return findings
}
