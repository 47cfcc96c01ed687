package bench

import "v1lab/v1model/jsonfloat"

// Report holds the measurements of a bench. Parts that were not asked for are absent.
type Report struct {
	Machine    Machine     `json:"machine"`
	Rounds     int         `json:"rounds"`
	Unfinished bool        `json:"unfinished,omitempty"` // an error or an interrupt came before the end
	Agreement  []Agreement `json:"agreement,omitempty"`
	Step       []Row       `json:"step,omitempty"`     // one training step
	Predict    []Row       `json:"predict,omitempty"`  // rates of some images
	MEI        []Row       `json:"mei,omitempty"`      // most exciting images
	Products   []Products  `json:"products,omitempty"` // matrix products of the three programs
	Read       []Row       `json:"read,omitempty"`     // opening and normalising a recording
	Start      []Row       `json:"start,omitempty"`    // from a process's start to its first training step's end; of v1lab fit too, where the caller adds it
	Cell       []Row       `json:"cell,omitempty"`     // what a person waits for before a notebook
	Fit        *FitReport  `json:"fit,omitempty"`
	FitBeside  *FitReport  `json:"fit_beside,omitempty"` // our fit, and those of the peers by --beside
	Scaling    []Axis      `json:"scaling,omitempty"`    // of scaling and of sessions
}

// Empty reports whether nothing has been measured.
func (r *Report) Empty() bool {
	return len(r.Step)+len(r.Predict)+len(r.MEI)+len(r.Products)+len(r.Read)+len(r.Start)+len(r.Cell)+len(r.Scaling) == 0 && r.Fit == nil && r.FitBeside == nil
}

// Products are the matrix products of a case.
type Products struct {
	Case     Case      `json:"case"`
	Products []Product `json:"products"`
}

// Machine describes the machine on which a report was made.
type Machine struct {
	OS     string `json:"os"`
	CPUs   int    `json:"cpus"`            // threads that every system may use
	Device string `json:"device"`          // ours
	GEMM   Spread `json:"gemm_gflops"`     // product of two square float32 matrices by XLA, 10^9 operations per second; zeros if not measured
	Edge   int    `json:"gemm_edge"`       // of those matrices
	Load   string `json:"load,omitempty"`  // of the machine before the bench began, as /proc/loadavg has it
	Taken  string `json:"taken,omitempty"` // when, RFC 3339
}

// Row is one measurement of several systems.
type Row struct {
	Case       Case      `json:"case"`
	What       string    `json:"what"`                 // what took the seconds
	GFLOP      float64   `json:"gflop,omitempty"`      // 10^9 operations
	Images     int       `json:"images,omitempty"`     // that took the seconds
	Systems    []Timing  `json:"systems"`              // ours first
	Best       string    `json:"best,omitempty"`       // of the peers, by the median
	Ratio      *Spread   `json:"ratio,omitempty"`      // our seconds divided by those of the best peer, by rounds
	Ratios     []float64 `json:"ratios,omitempty"`     // of all rounds
	Evaluation []string  `json:"evaluation,omitempty"` // how ours computes each layer of the core
	Target     float64   `json:"target,omitempty"`     // seconds that ours should not exceed
}

// Timing is the result of one system.
type Timing struct {
	System string  `json:"system"`
	Spread         // seconds
	First  float64 `json:"first,omitempty"` // seconds of the first time, compilation included
	Rate   float64 `json:"images_per_second,omitempty"`
	GFLOPS float64 `json:"gflops,omitempty"`     // 10^9 operations per second
	Share  float64 `json:"gemm_share,omitempty"` // gflops divided by machine.gemm_gflops
	Steps  float64 `json:"steps,omitempty"`      // of a most exciting image, on average
	Peak   int64   `json:"peak_bytes,omitempty"` // resident memory of the process at most, up to the end of this measurement

	seconds []float64
}

// row summarises the systems' times of all rounds.
func row(c Case, what string, timings []Timing) Row {
	r := Row{Case: c, What: what, Systems: timings}
	best := -1
	for i := range timings {
		timings[i].Spread = SpreadOf(timings[i].seconds)
		if i > 0 && (best < 0 || timings[i].Median < timings[best].Median) {
			best = i
		}
	}
	if best > 0 {
		r.setRatio(best)
	}
	return r
}

// setRatio sets the ratio of the first system's time to another's.
func (r *Row) setRatio(other int) {
	ratio := RatioOf(r.Systems[0].seconds, r.Systems[other].seconds)
	r.Best, r.Ratio, r.Ratios = r.Systems[other].System, &ratio, nil
	for i, s := range r.Systems[0].seconds {
		r.Ratios = append(r.Ratios, s/r.Systems[other].seconds[i])
	}
}

// setRates fills in the rates that follow from the numbers of operations and images in the measured time.
func (r *Row) setRates(flop float64, images int, gemm float64) {
	r.GFLOP, r.Images = flop/1e9, images
	for i := range r.Systems {
		t := &r.Systems[i]
		t.Rate = float64(images) / t.Median
		t.GFLOPS = flop / 1e9 / t.Median
		if gemm > 0 {
			t.Share = t.GFLOPS / gemm
		}
	}
}

// FitReport compares how fast the fits of several systems reach the score that PyTorch reaches.
type FitReport struct {
	Data     string          `json:"data"`
	Preset   string          `json:"preset"`   // of the peers' model
	Schedule string          `json:"schedule"` // of the peers' fits
	Score    jsonfloat.Float `json:"score"`    // lowest validation loss of the reference's fit, of ours if there is no peer
	Near     jsonfloat.Float `json:"near"`     // score plus 1 % of the way from the reference's first validation loss to it
	Fits     []Fitted        `json:"fits"`     // ours first
	Best     string          `json:"best,omitempty"`
	Ratio    jsonfloat.Float `json:"ratio"`      // our seconds to score, divided by those of the fastest peer; null if either did not reach it
	ToNear   jsonfloat.Float `json:"ratio_near"` // the same for near
}

// Fitted is one system's fit. Time counts from when the data are on the device and includes compilation.
type Fitted struct {
	System  string          `json:"system"`
	Lowest  jsonfloat.Float `json:"lowest"` // validation loss
	Steps   int             `json:"steps"`
	Seconds float64         `json:"seconds"`          // of the whole fit
	ToScore jsonfloat.Float `json:"seconds_to_score"` // until the validation loss score; null if it was not reached
	ToNear  jsonfloat.Float `json:"seconds_to_near"`  // until the validation loss near
	Curve   []point         `json:"curve"`            // steps, seconds, validation loss
}

// Axis tells how our cost grows with one quantity.
type Axis struct {
	Name        string          `json:"name"` // neurons, images, batch or sessions
	What        string          `json:"what"` // what took the seconds
	Points      []Scaled        `json:"points"`
	Slope       jsonfloat.Float `json:"slope"`        // of log seconds over log value
	MemorySlope jsonfloat.Float `json:"memory_slope"` // of log peak memory over log value

	ProcessorSlope jsonfloat.Float `json:"processor_slope"` // of log processor seconds over log value
}

// Scaled is one point of an axis.
type Scaled struct {
	Case    Case   `json:"case"`
	Value   int    `json:"value"`
	Seconds Spread `json:"seconds"`
	Peak    int64  `json:"peak_bytes"`

	Processor Spread `json:"processor_seconds"` // of all cores, which other work on the machine changes little; zeros if the operating system does not tell
}
