package datasets

import (
	"encoding/json"
	"fmt"
)

// Preparation records, in order, what was done to a recording between its file and normalisation, so that new images can be treated
// alike. Package prepare fills it in. It is nil if nothing was done.
type Preparation []Step

// Step is one step of a preparation: one field is set, the others are nil.
type Step struct {
	Crop   *Crop   `json:"crop,omitempty"`
	Grey   *Grey   `json:"grey,omitempty"`
	Resize *Resize `json:"resize,omitempty"`
	Choice *Choice `json:"choice,omitempty"`
	Subset *Subset `json:"subset,omitempty"`
	Clean  *Clean  `json:"clean,omitempty"`
	Window *Window `json:"window,omitempty"`
}

// Size is the size of an image.
type Size struct {
	Height   int `json:"height"`
	Width    int `json:"width"`
	Channels int `json:"channels"`
}

// Crop keeps a rectangle of images of size From; Top and Left count pixels from the upper left corner.
type Crop struct {
	From   Size `json:"from"`   // size before
	Top    int  `json:"top"`    // rows cut off at the top
	Left   int  `json:"left"`   // columns cut off on the left
	Height int  `json:"height"` // size after, pixels
	Width  int  `json:"width"`
}

// Grey replaces the channels of images of size From by their sum with Weights.
type Grey struct {
	From    Size      `json:"from"`    // size before
	Weights []float64 `json:"weights"` // of red, green and blue
}

// Resize resamples images of size From.
type Resize struct {
	From   Size   `json:"from"`   // size before
	Height int    `json:"height"` // size after, pixels
	Width  int    `json:"width"`
	Kernel string `json:"kernel"` // "catmull-rom"
}

// Choice keeps some neurons, selected by the options of these names.
type Choice struct {
	Neurons string  `json:"neurons,omitempty"` // option neurons
	Session string  `json:"session,omitempty"` // option session
	MinEV   float64 `json:"min_ev,omitempty"`  // option min_ev
	Share   float64 `json:"share,omitempty"`   // option neuron_share
	Seed    uint64  `json:"seed,omitempty"`    // option subset_seed
	Kept    []int   `json:"kept"`              // their indices before the choice
	Of      int     `json:"of"`                // neurons there were
}

// Subset keeps some training images, drawn by SubsetImages.
type Subset struct {
	Share float64 `json:"share"` // option train_share
	Seed  uint64  `json:"seed"`  // option subset_seed
	Kept  []int   `json:"kept"`  // their indices before the choice
	Of    int     `json:"of"`    // training images there were
}

// Clean keeps the validation and test images that resemble no image a fit sees before them: see Leaks.
type Clean struct {
	Above  float64 `json:"above"`     // correlation of pixels above which images count as alike
	Val    []int   `json:"val_kept"`  // indices of the validation images that were kept, before the step
	OfVal  int     `json:"val_of"`    // validation images there were
	Test   []int   `json:"test_kept"` // the same for test images
	OfTest int     `json:"test_of"`   // test images there were
}

// Window cuts responses out of a continuous recording: traces are averaged, or spikes counted, in a window after each presentation's onset.
type Window struct {
	Stimulus      string   `json:"stimulus"`             // path in the file of what tells which image was shown when
	Images        string   `json:"images"`               // path of the images
	Order         string   `json:"order"`                // what gives images their indices, such as order_of_images
	Axes          string   `json:"axes"`                 // of images as stored: hw for [height, width], wh
	Responses     []string `json:"responses"`            // paths of what was recorded
	Measure       string   `json:"measure"`              // "mean" or "count"
	From          float64  `json:"from"`                 // seconds after the onset
	To            float64  `json:"to,omitempty"`         // likewise, unless NextOnset
	NextOnset     bool     `json:"next_onset,omitempty"` // the window ends at the next presentation's onset
	Breaks        int      `json:"breaks,omitempty"`     // of these: windows before a break, which end after the median time between onsets
	Presentations int      `json:"presentations"`        // without blanks
	Shortest      float64  `json:"shortest"`             // window, in seconds
	Longest       float64  `json:"longest"`              // likewise
}

func (s Size) String() string {
	return fmt.Sprintf("%d x %d pixels, %d channels", s.Height, s.Width, s.Channels)
}

// Shape returns the size of one image.
func (im Images) Shape() Size { return Size{im.Height, im.Width, im.Channels} }

// From returns the size of the images that p was made for, or false if p does not change images.
func (p Preparation) From() (Size, bool) {
	for _, s := range p {
		switch {
		case s.Crop != nil:
			return s.Crop.From, true
		case s.Grey != nil:
			return s.Grey.From, true
		case s.Resize != nil:
			return s.Resize.From, true
		}
	}
	return Size{}, false
}

// images returns p without the steps that cut responses and select neurons and images.
func (p Preparation) images() Preparation {
	var steps Preparation
	for _, s := range p {
		if s.Choice == nil && s.Subset == nil && s.Clean == nil && s.Window == nil {
			steps = append(steps, s)
		}
	}
	return steps
}

// String returns p as JSON.
func (p Preparation) String() string {
	text, err := json.Marshal(p)
	if err != nil {
		return err.Error() // JSON has no NaN and no infinity
	}
	return string(text)
}
