package questions

// Page is what a page of a notebook asks, PageAsks as JSON, and PageShows as JSON, its answer. Its sliders go on asking after their cell has ended.
const Page Question[string, string] = "page"

// PageAsks asks for exactly one of its parts.
type PageAsks struct {
	Gabor *GaborAsked `json:"gabor,omitempty"`
	Image *ImageAsked `json:"image,omitempty"`
	Field *FieldAsked `json:"field,omitempty"`
}

// Gabor is an insilico.Gabor in the units of sliders: angles in degrees.
type Gabor struct {
	X           float64 `json:"x"` // centre, pixels from that at the left, and at the top
	Y           float64 `json:"y"`
	Size        float64 `json:"size"`        // 4 SDs of the envelope, pixels
	Frequency   float64 `json:"frequency"`   // cycles per pixel
	Orientation float64 `json:"orientation"` // of the wave, degrees: bars lie across
	Phase       float64 `json:"phase"`       // degrees
	Contrast    float64 `json:"contrast"`
}

// GaborAsked asks for the rates of neurons to a Gabor; without a Gabor, to the grey image.
type GaborAsked struct {
	Gabor   *Gabor `json:"gabor"`
	Neurons []int  `json:"neurons"`
	Numbers bool   `json:"numbers,omitempty"` // the picture is wanted in numbers too
}

// ImageAsked asks for an image of the validation part.
type ImageAsked struct {
	Number int `json:"number"`
}

// FieldAsked asks for receptive fields at a Gabor or, without one, at an image of the validation part: that of a neuron, and that of the living neuron that
// looks nearest to a pixel.
type FieldAsked struct {
	Gabor  *Gabor  `json:"gabor,omitempty"`
	Number int     `json:"number"` // of the image
	Neuron int     `json:"neuron"`
	X      float64 `json:"x"` // of the pixel
	Y      float64 `json:"y"`

	Numbers bool `json:"numbers,omitempty"` // the fields are wanted in numbers too
}

// PageShows is the answer to the part that was asked for.
type PageShows struct {
	Gabor *GaborShown  `json:"gabor,omitempty"`
	Image *Picture     `json:"image,omitempty"`
	Field []FieldShown `json:"field,omitempty"` // of the neuron, and of the one that looks there
}

// Picture is a PNG with a pixel for each of the image's.
type Picture struct {
	PNG   []byte  `json:"png"`   // empty: none
	Limit float64 `json:"limit"` // the value of the last colour, in units of normalised images; its negative is the first's
}

// GaborShown has the picture, and a rate for each neuron, in units of the normalised responses.
type GaborShown struct {
	Picture
	Values []float32 `json:"values,omitempty"` // the picture in numbers, if they are wanted
	Rates  []float32 `json:"rates"`
}

// FieldShown is the receptive field of a neuron: the derivative of its rate by each pixel.
type FieldShown struct {
	Picture
	Values []float32 `json:"values,omitempty"` // [height, width], the mean over channels, if numbers are wanted
	Neuron int       `json:"neuron"`
	Row    int       `json:"row"` // of the pixel where its mask peaks
	Column int       `json:"column"`
	Dead   bool      `json:"dead"` // nothing excites the neuron; it has no field
}
