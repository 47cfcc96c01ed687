package insilico_test

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"testing"

	"v1lab/kernels/pjrt/execache"
	"v1lab/v1model/insilico"
)

// Finished images leave the batch: others take their places as long as there are any, then the batch shrinks, so that no call computes for many empty places.
func TestFinishedImagesLeaveTheBatch(t *testing.T) {
	m, w := small(t, 20, 20, twoPlaces)
	s := subject(t, m, w)
	const batch, images = 9, 45
	calls, steps, err := s.Calls([]int{0, 1, 2}, insilico.MEIOptions{Images: images / 3, MaxSteps: 400, Patience: 4, Batch: batch})
	if err != nil {
		t.Fatal(err)
	}
	if len(steps) != images {
		t.Fatalf("%d images, want %d", len(steps), images)
	}
	full, shrunk := 0, false
	for i, c := range calls {
		places, open := c[0], c[1]
		if open > places || open < 1 {
			t.Errorf("call %d: %d images in %d places", i, open, places)
		}
		if i > 0 && places > calls[i-1][0] {
			t.Errorf("call %d: the batch grew to %d places from %d", i, places, calls[i-1][0])
		}
		if places == batch && open == batch {
			full++
		}
		shrunk = shrunk || places < batch
	}
	// Batches of 9 that waited for their last image would be 5; here finished places are filled at once.
	if full <= images/batch {
		t.Errorf("%d calls with a full batch in %v: places are not filled again", full, calls)
	}
	if last := calls[len(calls)-1]; !shrunk || last[0] >= batch {
		t.Errorf("the last call had %d places: the batch did not shrink (%v)", last[0], calls)
	}
}

// What an image is does not depend on how long calls take, nor on when and how often the work was interrupted, nor on the process that goes on with it.
func TestImagesAreTheSameToTheBit(t *testing.T) {
	m, w := small(t, 20, 20, twoPlaces)
	partial := filepath.Join(t.TempDir(), "partial")
	o := insilico.MEIOptions{Images: 9, MaxSteps: 300, Patience: 4, Batch: 17}
	find := func(s *insilico.Subject, steps func(call int) int, stopAfter int, partial string) (*insilico.MEIs, error) {
		o := o
		o.Partial = partial
		return s.MEIsPaced(t.Context(), []int{2, 0, 1}, o, steps, stopAfter)
	}
	s := subject(t, m, w)
	whole, err := find(s, func(int) int { return 1000 }, 0, "")
	if err != nil {
		t.Fatal(err)
	}
	same := func(what string, got *insilico.MEIs) {
		t.Helper()
		if !slices.Equal(floats(got.Images), floats(whole.Images)) || !slices.Equal(floats(got.Rates), floats(whole.Rates)) || !slices.Equal(got.Steps.Data.([]int64), whole.Steps.Data.([]int64)) {
			t.Errorf("%s: images differ; steps %v, want %v", what, got.Steps.Data, whole.Steps.Data)
		}
	}
	for _, steps := range []int{3, 7} {
		got, err := find(s, func(int) int { return steps }, 0, "")
		if err != nil {
			t.Fatal(err)
		}
		same(fmt.Sprint(steps, " steps a call"), got)
	}
	often := []int{1, 3}
	if testing.Short() {
		often = often[1:]
	}
	for _, calls := range often {
		got, stops := (*insilico.MEIs)(nil), 0
		for ; got == nil; stops++ {
			s := s
			if stops == 1 { // as another process has it: nothing compiled yet
				s = subject(t, m, w)
			}
			if got, err = find(s, func(call int) int { return 5 + 3*(call+stops)%7 }, calls, partial); err != nil && !errors.Is(err, context.Canceled) {
				t.Fatal(err)
			}
		}
		if stops < 4 {
			t.Errorf("stopped %d times only", stops-1)
		}
		same(fmt.Sprint("stopped after every ", calls, " calls"), got)
	}
}

// hashOf makes the test program print a hash of images.
const hashOf = "INSILICO_TEST_HASH"

func TestHashChild(t *testing.T) {
	if os.Getenv(hashOf) == "" {
		return // it is TestImagesFromTheCache that runs it
	}
	m, w := small(t, 20, 20, twoPlaces)
	found := meis(t, subject(t, m, w), []int{0, 1, 2}, insilico.MEIOptions{Images: 5, MaxSteps: 400, Patience: 4, Batch: 9})
	h := sha256.New()
	for _, v := range slices.Concat(floats(found.Images), floats(found.Rates), floats(found.Loss)) {
		fmt.Fprintf(h, "%x ", math.Float32bits(v))
	}
	fmt.Printf("hash %x %v\n", h.Sum(nil), found.Steps.Data)
}

// Programs from the cache on disk find the same images, to the bit, as those that the process compiled.
func TestImagesFromTheCache(t *testing.T) {
	if testing.Short() {
		t.Skip("starts processes")
	}
	run := func(env ...string) string {
		c := exec.Command(os.Args[0], "-test.run=^TestHashChild$", "-test.v")
		c.Env = append(append(os.Environ(), hashOf+"=1"), env...)
		out, err := c.CombinedOutput()
		if err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		found := regexp.MustCompile(`hash .*`).Find(out)
		if found == nil {
			t.Fatalf("no hash in %s", out)
		}
		return string(found)
	}
	kept := run()
	for _, other := range []string{run(), run(execache.Env + "=1")} {
		if other != kept {
			t.Errorf("%s, want %s", other, kept)
		}
	}
}

// memoryOf makes the test program find images of so many neurons and say its largest memory.
const memoryOf = "INSILICO_TEST_NEURONS"

func TestMemoryChild(t *testing.T) {
	neurons, err := strconv.Atoi(os.Getenv(memoryOf))
	if err != nil {
		return // it is TestMemoryIsBoundedByTheBatch that runs it
	}
	places, all := make([][2]int, neurons), make([]int, neurons)
	for i := range places {
		places[i], all[i] = [2]int{6, 5}, i // one kind of window, so that few programs are compiled
	}
	m, w := small(t, 28, 28, places)
	meis(t, subject(t, m, w), all, insilico.MEIOptions{Images: 8, MaxSteps: 3, Batch: 32})
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		t.Fatal(err)
	}
	fmt.Printf("peak %s kB\n", regexp.MustCompile(`VmHWM:\s+(\d+) kB`).FindSubmatch(status)[1])
}

// Memory grows with the batch and the result, not with the neurons: 16 and 200 of them, 8 images each.
func TestMemoryIsBoundedByTheBatch(t *testing.T) {
	if testing.Short() {
		t.Skip("starts processes")
	}
	if _, err := os.Stat("/proc/self/status"); err != nil {
		t.Skip("the system does not say how much memory a process had")
	}
	peak := func(neurons int) float64 {
		c := exec.Command(os.Args[0], "-test.run=^TestMemoryChild$", "-test.v")
		c.Env = append(os.Environ(), fmt.Sprintf("%s=%d", memoryOf, neurons))
		out, err := c.CombinedOutput()
		if err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		found := regexp.MustCompile(`peak (\d+) kB`).FindSubmatch(out)
		if found == nil {
			t.Fatalf("no peak in %s", out)
		}
		kB, err := strconv.ParseFloat(string(found[1]), 64)
		if err != nil {
			t.Fatal(err)
		}
		return kB / 1024
	}
	peak(16) // compiles: memory is compared of processes that find their programs kept
	peak(200)
	few, many := peak(16), peak(200)
	t.Logf("largest memory %.0f MiB with 16 neurons, %.0f MiB with 200", few, many)
	// What 184 more neurons need besides the batch: their images, of which some copies are there in the end, and weights; all else is the same.
	const each, copies = 8 * 28 * 28 * 4, 8
	if limit := few + 184*each*copies/(1<<20) + 0.2*few; many > limit {
		t.Errorf("%.0f MiB with 200 neurons, %.0f MiB with 16: more than %.0f MiB", many, few, limit)
	}
}
