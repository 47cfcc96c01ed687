package study

import (
	"fmt"
	"strconv"
	"strings"
)

// Claim is one of the paper's, or one of ours on cell types, and how it fares here.
type Claim struct {
	Name  string  `json:"name"`  // the claim
	Holds Verdict `json:"holds"` // yes, partly or no
	Text  string  `json:"text"`  // our figure
	Ours  bool    `json:"ours"`  // not the paper's
}

// Verdict says whether a claim holds.
type Verdict string

// Verdicts.
const (
	Yes    Verdict = "yes"
	Partly Verdict = "partly" // for some sizes of the model or shares of the images
	No     Verdict = "no"
)

func verdictOf(holds, of int) Verdict {
	switch {
	case holds == 0:
		return No
	case holds < of:
		return Partly
	}
	return Yes
}

// claims states those that the parts at hand tell about.
func (r *Report) claims() []Claim {
	var all []Claim
	for _, part := range allParts {
		if part.claims != nil {
			all = append(all, part.claims(r)...)
		}
	}
	return all
}

// verdicts are those on one claim for several numbers of features.
type verdicts struct {
	yes, no, texts []string
}

func (v *verdicts) add(features int, holds bool, text string) {
	n := strconv.Itoa(features)
	if holds {
		v.yes = append(v.yes, n)
	} else {
		v.no = append(v.no, n)
	}
	v.texts = append(v.texts, fmt.Sprintf("with %s features %s", n, text))
}

func (v *verdicts) holds() Verdict { return verdictOf(len(v.yes), len(v.yes)+len(v.no)) }

// text has each figure and says where the claim holds.
func (v *verdicts) text() string {
	text := strings.Join(v.texts, ", ")
	switch {
	case len(v.texts) == 0:
		return "no number of features to judge it by"
	case len(v.no) == 0:
		return text + ". So it does with all"
	case len(v.yes) == 0:
		return text + ". So it does with none"
	}
	return text + ". So it does with " + list(v.yes) + ", not with " + list(v.no)
}
