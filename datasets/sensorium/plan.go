package sensorium

import (
	"fmt"
	"slices"
	"strings"

	"v1lab/datasets/array"
)

// Groups of files, one per trial.
const (
	images    = "images"
	responses = "responses"
	behavior  = "behavior"
	pupil     = "pupil_center"
	videos    = "videos"
)

const (
	maxChannels = 16
	maxColumns  = 64
)

// columnNames names the covariates of a group that has as many columns as the published recordings.
var columnNames = map[string][]string{
	behavior: {"pupil_dilation", "pupil_dilation_change", "running_speed"},
	pupil:    {"pupil_x", "pupil_y"},
}

// A session is a tree and the plan for reading it: the trials of each part, and the shapes that all trials have.
type session struct {
	tree       *tree
	train, val []int   // trials
	test       [][]int // trials of each image
	repeats    int
	imageShape []int // as stored, [height, width] or [channels, height, width]
	neurons    int
	groups     []string // of covariates
	columns    []string // names of the covariates
	widths     []int    // columns of each group
}

func trialFile(group string, trial int) string { return fmt.Sprintf("data/%s/%d.npy", group, trial) }

// plan reads the description of the trials, and the first trial.
func plan(t *tree, c config) (*session, error) {
	tiers, err := t.tiers()
	if err != nil {
		return nil, err
	}
	s := &session{tree: t}
	if err := s.count(len(tiers)); err != nil {
		return nil, err
	}
	var test []int
	for _, p := range []struct {
		option string
		tiers  []string
		to     *[]int
	}{{"train", c.train, &s.train}, {"val", c.val, &s.val}, {"test", c.test, &test}} {
		for trial, tier := range tiers {
			if slices.Contains(p.tiers, tier) {
				*p.to = append(*p.to, trial)
			}
		}
		// The default validation tier may be absent.
		missing := p.option == "val" && (len(p.tiers) == 0 || slices.Equal(p.tiers, []string{"validation"}))
		if len(*p.to) == 0 && !missing {
			return nil, t.errorf(tiersFile, "no trial of tier %s, which option %s asks for; found %s", short(strings.Join(p.tiers, ",")), p.option, tally(tiers))
		}
	}
	if err := s.group(test, len(tiers)); err != nil {
		return nil, err
	}
	if err := s.measure(); err != nil {
		return nil, err
	}
	return s, s.checkSizes(test)
}

// count finds the groups of covariates and checks that each group has one file per trial.
func (s *session) count(trials int) error {
	found := map[string]int{}
	for name := range s.tree.files {
		dir, _, _ := strings.Cut(strings.TrimPrefix(name, "data/"), "/")
		if strings.HasPrefix(name, "data/") {
			found[dir]++
		}
	}
	if found[videos] > 0 && found[images] == 0 {
		return s.tree.errorf("data/"+videos, "a recording of films, want still images in data/%s", images)
	}
	for _, group := range []string{images, responses, behavior, pupil} {
		n := found[group]
		optional := group == behavior || group == pupil
		if optional && n == 0 {
			continue
		}
		if n != trials {
			return s.tree.errorf("data/"+group, "%d .npy files, want one for each of %d trials in %s", n, trials, tiersFile)
		}
		if optional {
			s.groups = append(s.groups, group)
		}
	}
	return nil
}

// group groups the test trials by image, images in the order of their first trial.
func (s *session) group(test []int, trials int) error {
	keys, name, err := s.tree.imageKeys(trials)
	if err != nil {
		return err
	}
	place := map[string]int{}
	for _, trial := range test {
		i, ok := place[keys[trial]]
		if !ok {
			i = len(s.test)
			place[keys[trial]] = i
			s.test = append(s.test, nil)
		}
		s.test[i] = append(s.test[i], trial)
		s.repeats = max(s.repeats, len(s.test[i]))
	}
	// Every image gets as many repeats as the image that was shown most often.
	if most := 16*len(test) + 4096; s.repeats*len(s.test) > most {
		return s.tree.errorf(name, "%d test images, one of them shown %d times: %d places for %d trials, want at most %d", len(s.test), s.repeats, s.repeats*len(s.test), len(test), most)
	}
	return nil
}

// measure reads from the first trial the shapes that all trials must have.
func (s *session) measure() error {
	name := trialFile(images, s.train[0])
	a, err := s.tree.read(name)
	if err != nil {
		return err
	}
	ok := len(a.Shape) == 2 || len(a.Shape) == 3 && a.Shape[0] <= maxChannels
	if !ok || a.Len() == 0 {
		return s.tree.errorf(name, "shape %s, want [height, width] or [channels, height, width] with at most %d channels", array.FormatShape(a.Shape), maxChannels)
	}
	s.imageShape = a.Shape

	name = trialFile(responses, s.train[0])
	if a, err = s.tree.vector(name, -1); err != nil {
		return err
	}
	if s.neurons = a.Len(); s.neurons == 0 {
		return s.tree.errorf(name, "no values, want one for each neuron")
	}
	for _, group := range s.groups {
		name := trialFile(group, s.train[0])
		a, err := s.tree.vector(name, -1)
		if err != nil {
			return err
		}
		width := a.Len()
		if width > maxColumns {
			return s.tree.errorf(name, "%d values, want at most %d", width, maxColumns)
		}
		names := columnNames[group]
		if len(names) != width {
			names = nil
			for i := range width {
				names = append(names, fmt.Sprintf("%s_%d", group, i))
			}
		}
		s.widths = append(s.widths, width)
		s.columns = append(s.columns, names...)
	}
	return nil
}

// checkSizes looks for files that are missing or too short for their shape before memory is allocated for them.
func (s *session) checkSizes(test []int) error {
	for _, trial := range slices.Concat(s.train, s.val, test) {
		for _, group := range []struct {
			name  string
			least int
		}{{images, array.Array{Shape: s.imageShape}.Len()}, {responses, s.neurons}} {
			name := trialFile(group.name, trial)
			f, ok := s.tree.files[name]
			if !ok {
				return s.tree.errorf(name, "missing, want one file for each trial in %s", tiersFile)
			}
			if f.size < int64(group.least) {
				return s.tree.errorf(name, "cut short: %d bytes for %d values as in trial %d", f.size, group.least, s.train[0])
			}
		}
	}
	return nil
}

// tally lists the tiers and the number of trials of each.
func tally(tiers []string) string {
	count := map[string]int{}
	var order []string
	for _, tier := range tiers {
		if count[tier] == 0 {
			order = append(order, tier)
		}
		count[tier]++
	}
	if len(order) == 0 {
		return "no trials"
	}
	slices.Sort(order)
	var parts []string
	for _, tier := range order[:min(len(order), 12)] {
		parts = append(parts, fmt.Sprintf("%s (%d)", short(tier), count[tier]))
	}
	return strings.Join(parts, ", ")
}
