package insilico

import (
	"fmt"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/tensors"

	"v1lab/kernels/pjrt/pjrttest"
	"v1lab/v1model"
	"v1lab/v1model/core"
	"v1lab/v1model/weights"
)

func cpu() time.Duration {
	var u syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func TestTmpCost(t *testing.T) {
	for _, spec := range strings.Split(os.Getenv("TMPCOST"), ";") {
		var preset, ev string
		var h, wd, kh, kw, batch, inner, steps int
		fmt.Sscanf(spec, "%s %d %d %d %d %d %d %d %s", &preset, &h, &wd, &kh, &kw, &inner, &batch, &steps, &ev)
		config, err := v1model.Load(preset)
		if err != nil {
			t.Fatal(err)
		}
		m, err := v1model.New(config, v1model.Shape{Height: h, Width: wd, Channels: 1, Neurons: 4})
		if err != nil {
			t.Fatal(err)
		}
		w := weights.Init(m.Specs(), 1)
		s, err := New(pjrttest.Backend(t), m, w)
		if err != nil {
			t.Fatal(err)
		}
		o, _ := MEIOptions{}.withDefaults()
		a := &ascent{options: o, kind: window{height: kh, width: kw, inner: inner == 1}, geometry: geometryOf(m.Core), size: s.size()}
		a.whole, _ = s.direct()
		a.part, err = s.coreFor(a.kind, batch)
		if err != nil {
			t.Fatal(err)
		}
		if ev != "auto" {
			k := a.part.Config
			k.Evaluation = strings.Split(ev, ",")
			if a.part, err = core.New(k, kh, kw, 1); err != nil {
				t.Fatal(err)
			}
		}
		fmt.Println(spec, a.part.Config.Evaluation)
		prep, _ := s.program("a", a.templates)
		climb, _ := s.program("b", a.steps)
		for round := range 3 {
			var masks, features, biases []float32
			var state [][]float32 = make([][]float32, len(meiState))
			for range batch {
				masks, features, biases = append(masks, s.mask(0)...), append(features, s.weightsOf(0)...), append(biases, s.biases[0])
				im, _ := s.start(0, 0, o)
				for k, v := range im.values {
					state[k] = append(state[k], v...)
				}
			}
			in, err := prep.call(tensors.FromFlatDataAndDimensions(masks, batch, s.grid[0], s.grid[1]), tensors.FromFlatDataAndDimensions(features, batch, s.grid[2]),
				tensors.FromFlatDataAndDimensions(biases, batch), tensors.FromFlatDataAndDimensions(make([]int32, 2*batch), batch, 2))
			if err != nil {
				t.Fatal(err)
			}
			in = append(in, tensors.FromFlatDataAndDimensions(make([]int32, 2*batch), batch, 2), tensors.FromScalar(float32(steps)), tensors.FromScalar(float32(0)), tensors.FromScalar(float32(0)), tensors.FromScalar(float32(batch)))
			for k, v := range meiState {
				if v.image {
					in = append(in, tensors.FromFlatDataAndDimensions(state[k], batch, 1, h, wd))
				} else {
					in = append(in, tensors.FromFlatDataAndDimensions(state[k], batch))
				}
			}
			c, b := cpu(), time.Now()
			out, err := climb.call(in...)
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range out {
				r.MustFinalizeAll()
			}
			if round > 0 {
				fmt.Printf("   cpu %.3f ms wall %.3f ms per image-step\n", float64((cpu()-c).Microseconds())/1e3/float64(batch*steps), float64(time.Since(b).Microseconds())/1e3/float64(batch*steps))
			} else {
				fmt.Printf("   compile cpu %.1f s\n", (cpu() - c).Seconds())
			}
		}
	}
	_ = dtypes.Float32
	_ = Add
}
