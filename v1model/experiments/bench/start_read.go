package bench

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"time"

	"v1lab/datasets"
	"v1lab/datasets/array"
	"v1lab/v1model"
)

// readImages is the minimum number of images in the recording whose reading is timed.
const readImages = 4000

// timeStarts times whole processes: their start, reading a problem, and one training step. The first process of each system has no compiled programs and is
// reported separately. The second is not timed: it fills the system's cache for the later ones.
func (b *bench) timeStarts(ctx context.Context) error {
	for _, c := range b.Cases {
		err := b.folder(c, func(dir string, _ *v1model.Model) error {
			if err := b.checkAgreement(ctx, c.Name, dir); err != nil {
				return err
			}
			b.progressf("%s: start of processes", c.Name)
			timings := make([]Timing, len(b.Systems))
			for round := range b.Rounds + 2 {
				for i, s := range b.Systems {
					if round == 0 {
						s.Env = slices.Concat(s.Env, s.Cold)
					}
					seconds, peak, err := oneStart(ctx, s, dir)
					if err != nil {
						return err
					}
					timings[i].System, timings[i].Peak = s.Name, max(timings[i].Peak, peak)
					switch round {
					case 0:
						timings[i].First = seconds
					case 1:
					default:
						timings[i].seconds = append(timings[i].seconds, seconds)
					}
				}
			}
			b.report.Start = append(b.report.Start, row(c, "process start to first training step", timings))
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func oneStart(ctx context.Context, s System, dir string) (seconds float64, peak int64, err error) {
	w, err := startWorker(ctx, s, filepath.Join(dir, "cache"))
	if err != nil {
		return 0, 0, err
	}
	defer w.close()
	for _, j := range []job{{Do: doLoad, Folder: dir}, {Do: doTrain, N: 1}} {
		if _, err := w.do(j); err != nil {
			return 0, 0, err
		}
	}
	return time.Since(w.began).Seconds(), w.peak(), nil
}

// timeReading times opening an archive and normalising it, and the same with NumPy in a peer's process.
func (b *bench) timeReading(ctx context.Context) error {
	systems := b.Systems[:1]
	if len(b.Systems) > 1 {
		numpy := b.Systems[1]
		numpy.Name = "numpy"
		systems = append(slices.Clone(systems), numpy)
	}
	for _, c := range b.Cases {
		c.Images = max(c.Images, readImages)
		if err := b.timeReadingCase(ctx, c, systems); err != nil {
			return err
		}
	}
	return nil
}

func (b *bench) timeReadingCase(ctx context.Context, c Case, systems []System) error {
	dir, err := os.MkdirTemp("", "v1lab-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir) //nolint:errcheck // temporary
	path := filepath.Join(dir, "recording.npz")
	data, err := c.data()
	if err != nil {
		return err
	}
	if err := writeRecording(path, data); err != nil {
		return err
	}
	b.progressf("%s: reading %d images and %d neurons", c.Name, c.Images, c.Neurons)
	var crew workers
	defer func() { crew.stop() }()
	for _, s := range systems {
		w, err := startWorker(ctx, s, filepath.Join(dir, "cache"))
		if err != nil {
			return err
		}
		crew = append(crew, w)
	}
	timings, err := b.timeInRounds(crew, 1, func(int) job { return job{Do: doRead, Path: path} }, func() error { return nil })
	if err != nil {
		return err
	}
	r := row(c, "reading and normalising a recording", timings)
	r.setRates(0, c.Images, 0)
	b.report.Read = append(b.report.Read, r)
	return nil
}

// writeRecording writes a dataset as the archive that npz: opens.
func writeRecording(path string, d *datasets.Dataset) error {
	arrays := map[string]array.Array{}
	for name, im := range map[string]datasets.Images{"train": d.Train.Images, "val": d.Val.Images, "test": d.Test.Images} {
		arrays[name+"_images"] = array.New(im.Pixels, im.N, im.Height, im.Width, im.Channels)
	}
	for name, r := range map[string]datasets.Responses{"train": d.Train.Responses, "val": d.Val.Responses} {
		arrays[name+"_responses"] = array.New(r.Values, r.N, r.Neurons)
	}
	r := d.Test.Responses
	arrays["test_responses"] = array.New(r.Values, r.Repeats, r.N, r.Neurons)
	return array.WriteNPZ(path, arrays)
}
