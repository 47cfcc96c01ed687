package bench

import (
	"time"

	"github.com/gomlx/compute"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
)

// product multiplies two square matrices that stay on the device, to measure the machine's top speed.
type product struct {
	exec *graph.Exec
	a, b *tensors.Tensor
	n    int
}

func newProduct(backend compute.Backend, n int) (*product, error) {
	exec, err := graph.NewExec(backend, func(a, b *graph.Node) *graph.Node { return graph.ReduceAllMax(graph.MatMul(a, b)) })
	if err != nil {
		return nil, err
	}
	matrix := func(scale float32) (*tensors.Tensor, error) {
		values := make([]float32, n*n)
		for i := range values {
			values[i] = scale * float32(i%97-48)
		}
		t := tensors.FromFlatDataAndDimensions(values, n, n)
		return t, t.ToDevice(backend, 0)
	}
	p := &product{exec: exec, n: n}
	if p.a, err = matrix(0.01); err != nil {
		return nil, err
	}
	p.b, err = matrix(0.02)
	return p, err
}

// seconds multiplies once and waits.
func (p *product) seconds() (float64, error) {
	begin := time.Now()
	result, err := p.exec.Call1(p.a, p.b)
	if err != nil {
		return 0, err
	}
	tensors.ToScalar[float32](result)
	took := time.Since(begin).Seconds()
	return took, result.FinalizeAll()
}

func (p *product) close() {
	p.exec.Finalize()
	p.a.MustFinalizeAll()
	p.b.MustFinalizeAll()
}

// multiply returns the shortest time of several products of n x n matrices. A first product, which compiles, does not count.
func (s *server) multiply(n int) (seconds float64, err error) {
	if s.gemm != nil && s.gemm.n != n {
		s.gemm.close()
		s.gemm = nil
	}
	if s.gemm == nil {
		if s.gemm, err = newProduct(s.backend, n); err != nil {
			return 0, err
		}
		if _, err := s.gemm.seconds(); err != nil {
			return 0, err
		}
	}
	for i := range 3 {
		took, err := s.gemm.seconds()
		if err != nil {
			return 0, err
		}
		if i == 0 || took < seconds {
			seconds = took
		}
	}
	return seconds, nil
}
