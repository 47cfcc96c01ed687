package datasets

import "slices"

// checkSessions is Check of several sessions: responses session by session, and images and the scale of neurons over all, because one core sees them.
func checkSessions(d *Dataset) []Finding {
	findings := slices.Clone(d.Notes)
	if err := d.gathered(); err != nil {
		return append(findings, Finding{Severity: SeverityError, Code: "shapes", Message: err.Error(), Advice: "the sessions must agree in image size"})
	}
	each := func(check func(*Dataset) []Finding) bool {
		first, before := 0, len(findings)
		for _, s := range d.Sessions {
			for _, f := range check(s) {
				f.Message = "session " + s.Session + ": " + f.Message
				f.Neurons = slices.Clone(f.Neurons)
				for i := range f.Neurons {
					f.Neurons[i] += first
				}
				f.Images = nil // indices refer to one session
				findings = append(findings, f)
			}
			first += s.NumNeurons()
		}
		return len(findings) > before
	}
	if each(checkShapes) {
		return findings
	}
	findings = append(findings, checkMissingImages(d)...)
	for _, check := range []func(*Dataset) []Finding{checkFinite, checkRecorded, checkSentinels, checkCounting} {
		each(check)
	}
	if d.ImagesMissing() {
		for _, check := range []func(*Dataset) []Finding{checkNeurons, checkOutliers, checkRepeats} {
			each(check)
		}
		return findings
	}
	each(checkCounts)
	findings = append(findings, checkImages(d)...)
	each(checkNeurons)
	each(checkTestVaries)
	findings = append(findings, checkScale(d)...)
	for _, check := range []func(*Dataset) []Finding{checkOutliers, checkRepeats, checkUnits} {
		each(check)
	}
	return findings
}
