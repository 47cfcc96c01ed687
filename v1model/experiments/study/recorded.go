package study

import (
	"fmt"
	"slices"
	"strings"

	"v1lab/datasets"
	"v1lab/datasets/formats"
)

// recordedAnimal is a session of a recording, beside the others that share a core with it.
type recordedAnimal struct {
	name   string
	tested int // test images
	shared int // those of them that resemble a training image of another session
	own    int // those that resemble one of the session itself
}

// Record makes the sessions of the plan's recording the animals of the part on animals. It opens the recording; it is an error if that has one session, or if a
// session lacks validation or test images.
func (p *Plan) Record() error {
	d, err := formats.OpenRaw(p.Data)
	if err != nil {
		return err
	}
	if d.Sessions == nil {
		return fmt.Errorf("study: part %s: data %q are one session; accepted: several, as npz:a.npz,b.npz, a folder of files, or --data for each", Animals, p.Data)
	}
	spec, err := datasets.ParseSpec(p.Data)
	if err != nil {
		return err
	}
	p.recorded = nil
	for k, s := range d.Sessions {
		a := recordedAnimal{name: s.Session, tested: s.Test.Images.N}
		if s.Train.Images.N == 0 || s.Val.Images.N == 0 || s.Test.Images.N == 0 {
			return fmt.Errorf("study: part %s: session %s has %d, %d and %d images for training, validation and test; accepted: some of each", Animals, s.Session, s.Train.Images.N, s.Val.Images.N, s.Test.Images.N)
		}
		if spec.Options.Has("clean_leaks") {
			alone, err := formats.OpenRaw(p.sessionSpec(s.Session))
			if err != nil {
				return err
			}
			if n := alone.Test.Images.N; n != a.tested {
				return fmt.Errorf("study: part %s: clean_leaks leaves %d test images of session %s beside the others, and %d of it alone; accepted: without clean_leaks, or sessions without images in common", Animals, a.tested, s.Session, n)
			}
		}
		a.own, a.shared = seen(d.Sessions, k)
		p.recorded = append(p.recorded, a)
	}
	p.Animals, p.NumAnimals = p.Data, len(p.recorded)
	return nil
}

// seen counts the test images of session k that resemble a training image of its own, and of another session.
func seen(sessions []*datasets.Dataset, k int) (own, elsewhere int) {
	there := map[int]bool{} // images
	for j, s := range sessions {
		for i, at := range datasets.Alike(s.Train.Images, sessions[k].Test.Images) {
			switch {
			case at < 0:
			case j == k:
				own++
			default:
				there[i] = true
			}
		}
	}
	return own, len(there)
}

// animalNames lists the sessions.
func (p *Plan) animalNames() (names []string) {
	for _, a := range p.recorded {
		names = append(names, a.name)
	}
	for k := len(names); k < p.NumAnimals; k++ {
		names = append(names, animalName(k))
	}
	return names
}

// sessionSpec names one session of the animals' recording.
func (p *Plan) sessionSpec(name string) string {
	spec := p.Animals
	if p.Animals == "" {
		spec = p.Data
	}
	if s, err := datasets.ParseSpec(spec); err == nil && s.Options.Has("session") { // one of some that were chosen
		s.Options.Set("session", name)
		return s.String()
	}
	separator := "?"
	if strings.Contains(spec, "?") {
		separator = "&"
	}
	return spec + separator + "session=" + optionValue.Replace(name)
}

// optionValue escapes what has a meaning among options.
var optionValue = strings.NewReplacer("%", "%25", "&", "%26", "#", "%23", "+", "%2B", ";", "%3B", " ", "%20")

// recordedNote says what the part assumes of recorded sessions.
func (p *Plan) recordedNote() string {
	if p.recorded == nil {
		return ""
	}
	says := []string{
		"The sessions are those of the recording, with its parts and test images in both kinds of fit. In the fit to all, sessions take turns (`fit.sessions=round_robin`), so that each has as many steps of its own as alone; " +
			"it is stopped by the mean loss over the images of all sessions, in which those of many neurons weigh more, and a fit to one by that one's. Images are normalised over all sessions, and in a fit to one over that one. " +
			"Penalties are the same in all fits; none was chosen for a session.",
	}
	if slices.ContainsFunc(p.recorded, func(a recordedAnimal) bool { return a.shared > 0 }) {
		says = append(says, "**Some test images resemble a training image of another session (last column): the one core has seen them, with other neurons' responses, and a core for that session alone has not.**")
	}
	for _, a := range p.recorded {
		if a.own > 0 {
			says = append(says, fmt.Sprintf("%d of %d test images of %s resemble its training images, which makes its scores too high in both kinds of fit.", a.own, a.tested, a.name))
		}
	}
	return strings.Join(says, " ")
}
