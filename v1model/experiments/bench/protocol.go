package bench

import "v1lab/v1model/jsonfloat"

// job is a request to a worker, one JSON object per line.
type job struct {
	Do     string `json:"do"`
	Folder string `json:"folder,omitempty"` // load: of a problem
	Path   string `json:"path,omitempty"`   // gradients: archive to write; read: archive to read; mei, onebyone, part: run folder
	Exact  bool   `json:"exact,omitempty"`  // gradients: in float64, where the worker can
	N      int    `json:"n"`                // train, fit, part: steps; predict: images; gemm: edge of the matrices; mei, onebyone: neurons

	From  int     `json:"from,omitempty"`  // mei, onebyone: first neuron
	Steps int     `json:"steps,omitempty"` // mei, onebyone: of an image at most, 0 for the paper's
	Floor float64 `json:"floor,omitempty"` // mei: share of its peak below which a mask counts as 0
	Plain bool    `json:"plain,omitempty"` // onebyone: convolve pixel by pixel
}

// Jobs of workers. gemm, products, mei, onebyone and part are for our own worker only.
const (
	doLoad      = "load"      // read a problem and put it on the device
	doTrain     = "train"     // n steps
	doPredict   = "predict"   // rates of n images
	doGradients = "gradients" // losses and gradients of the first batch at the start values, and rates of validation images
	doRead      = "read"      // open and normalise a recording
	doFit       = "fit"       // a whole fit, of at most n steps unless n is 0
	doGEMM      = "gemm"      // a product of two n x n matrices
	doProducts  = "products"  // every evaluation of every matrix product
	doMEI       = "mei"       // most exciting images of n neurons, all together
	doPart      = "part"      // a fit in a run folder up to n steps, where it is saved, or to its end if n is 0; a fit that is there already is continued
	doOneByOne  = "onebyone"  // the same, one neuron after another, a call for each step
)

// answer is a worker's reply to a job.
type answer struct {
	Error      string          `json:"error,omitempty"`
	Version    string          `json:"version,omitempty"`    // load
	Evaluation []string        `json:"evaluation,omitempty"` // load, ours: how each layer of the core is computed
	Seconds    float64         `json:"seconds,omitempty"`    // of the job itself
	Loss       jsonfloat.Float `json:"loss"`                 // train: Poisson loss of the last step
	Curve      []point         `json:"curve,omitempty"`      // fit
	Steps      int             `json:"steps,omitempty"`      // mei, onebyone: of all images; part: of the fit so far
	First      float64         `json:"first,omitempty"`      // part: seconds until the end of its first step, compilation included
	Products   []Product       `json:"products,omitempty"`   // products
}

// point is a validation of a fit: steps so far, seconds so far, Poisson loss.
type point [3]float64

// Names of the arrays that doGradients writes beside gradientPrefix+variable.
const (
	poissonKey     = "poisson"
	penaltyKey     = "penalty"
	ratesKey       = "rates"
	gradientPrefix = "gradient/"
)

// chunk bounds the images of one call of a prediction, for all workers alike.
const chunk = 256
