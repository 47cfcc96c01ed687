package fit

import (
	"maps"
	"slices"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/distributed"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"

	"v1lab/v1model"
	"v1lab/v1model/weights"
)

// program is a compiled part of a training step. Its arguments are, on each device, the arrays that it reads and those that it changes; its
// results are the new values of the latter.
type program struct {
	name      string
	times     int  // that it runs in a step
	rowsFirst bool // of what it reads
	reads     func(r *replica) []*tensors.Tensor
	changes   func(r *replica) []**tensors.Tensor
	build     func([]*graph.Node) []*graph.Node
	exec      *graph.Exec
}

// run hands the memory of what changes over to its new values.
func (p program) run(backend compute.Backend, replicas []*replica) error {
	var args []any
	for _, r := range replicas {
		for _, t := range p.reads(r) {
			args = append(args, t)
		}
		for _, t := range p.changes(r) {
			donated, err := graph.DonateTensorBuffer(*t, backend, r.number)
			if err != nil {
				return err
			}
			args = append(args, donated)
		}
	}
	results, err := p.exec.Call(args...)
	if err != nil {
		return err
	}
	for _, r := range replicas {
		for _, t := range p.changes(r) {
			*t, results = results[0], results[1:]
		}
	}
	return nil
}

// newPrograms makes the programs of a training step: without micro-batches one that does all of it; otherwise one that sums over them, run
// for each so that the memory of one is enough, and one that goes along the mean. (A loop within one program fails in GoMLX v0.28.2: a
// graph has one node for each scalar constant, and go-xla v0.4.1 takes none from outside a loop inside it, or the other way round.)
func newPrograms(backend compute.Backend, m *v1model.Model, specs []weights.Spec) ([]program, error) {
	mesh, err := distributed.NewDeviceMesh([]int{m.Config.Fit.OnDevices()}, []string{rowsAxis})
	if err != nil {
		return nil, err
	}
	programs := []program{wholeStep(m, specs)}
	if parts := m.Config.Fit.MicroBatches(); parts > 1 {
		programs = []program{sumOver(m, specs, parts), alongMean(m, specs, parts)}
	}
	for i := range programs {
		p := &programs[i]
		if p.exec, err = graph.NewExec(backend, p.build); err != nil {
			return nil, err
		}
		p.exec.WithName(p.name)
		if mesh.NumDevices() > 1 {
			if err := p.shareOut(mesh); err != nil {
				return nil, err
			}
		}
	}
	return programs, nil
}

const rowsAxis = "rows"

// shareOut has the compiler divide a program among devices. It is told that each has its own rows and all of everything else; that images,
// maps and rates are then divided as the rows are, and that sums over a batch go over the devices, follows. (Of a layer that is evaluated
// spectrally not all follows: its matrix products merge images with places, and each device does some of the others' work.)
func (p *program) shareOut(mesh *distributed.DeviceMesh) error {
	whole := distributed.NewReplicatedShardingSpec(mesh)
	inputs := []*distributed.ShardingSpec{whole} // the last one goes for all that follow
	if p.rowsFirst {
		own, err := distributed.BuildSpec(mesh).S(rowsAxis).Done()
		if err != nil {
			return err
		}
		inputs = []*distributed.ShardingSpec{own, whole}
	}
	p.exec.AutoSharding(mesh).WithInputShardingSpecs(inputs...).WithOutputShardingSpecs(whole)
	return nil
}

// wholeStep is a training step without micro-batches.
func wholeStep(m *v1model.Model, specs []weights.Spec) program {
	fixed := fixed(m)
	return program{name: "training step", times: 1, rowsFirst: true,
		reads: func(r *replica) []*tensors.Tensor {
			return append([]*tensors.Tensor{r.rows, r.order, r.train[0], r.train[1], r.rate}, r.state[:fixed]...)
		},
		changes: func(r *replica) []**tensors.Tensor {
			return slices.Concat(pointers(r.state[fixed:]), pointers(r.cursor[:]))
		},
		build: func(nodes []*graph.Node) []*graph.Node {
			in, rate, nodes := samples{nodes[0], nodes[1], nodes[2], nodes[3]}, nodes[4], nodes[5:]
			w, rest := weights.FromList(specs, nodes), nodes[len(specs):]
			position, t := rest[0], table{rest[1], rest[2]}
			means, updates := pass(m, w, position, in)
			maps.Copy(w, updates)
			next, t := update(m, w, t, rate, means)
			return append(listed(next, specs[fixed:]), graph.AddScalar(position, m.Config.Fit.Batch), t.row, t.losses)
		}}
}

// sumOver adds what a micro-batch has to the sums, and goes on to the next. Variables that are not trained change with each, but for those
// that nothing changes.
func sumOver(m *v1model.Model, specs []weights.Spec, parts int) program {
	sums := len(sumSpecs(m))
	var read, changed []int
	for i, s := range m.Specs() {
		if s.Trainable || i < fixed(m) {
			read = append(read, i)
		} else {
			changed = append(changed, i)
		}
	}
	return program{name: "micro-batch", times: parts, rowsFirst: true,
		reads: func(r *replica) []*tensors.Tensor {
			return append([]*tensors.Tensor{r.rows, r.order, r.train[0], r.train[1]}, picked(r.state, read)...)
		},
		changes: func(r *replica) []**tensors.Tensor {
			return append(append(picked(pointers(r.state), changed), pointers(r.sums)...), &r.cursor[0])
		},
		build: func(nodes []*graph.Node) []*graph.Node {
			in, nodes := samples{nodes[0], nodes[1], nodes[2], nodes[3]}, nodes[4:]
			w := weights.FromList(picked(specs, slices.Concat(read, changed)), nodes)
			rest := nodes[len(w):]
			position := rest[sums]
			values, updates := pass(m, w, position, in)
			maps.Copy(w, updates)
			results := listed(w, picked(specs, changed))
			for i, v := range values {
				results = append(results, graph.Add(rest[i], v))
			}
			return append(results, graph.AddScalar(position, m.Config.Fit.Batch/parts))
		}}
}

// alongMean is the optimiser's step after all micro-batches; it sets the sums back to zeros.
func alongMean(m *v1model.Model, specs []weights.Spec, parts int) program {
	specs = specs[fixed(m):]
	return program{name: "optimiser step", times: 1,
		reads: func(r *replica) []*tensors.Tensor { return []*tensors.Tensor{r.rate} },
		changes: func(r *replica) []**tensors.Tensor {
			return slices.Concat(pointers(r.state[fixed(m):]), pointers(r.sums), pointers(r.cursor[1:]))
		},
		build: func(nodes []*graph.Node) []*graph.Node {
			rate, nodes := nodes[0], nodes[1:]
			w, rest := weights.FromList(specs, nodes), nodes[len(specs):]
			var means, zeros []*graph.Node
			for _, sum := range rest[:len(rest)-2] {
				means, zeros = append(means, graph.MulScalar(sum, 1/float64(parts))), append(zeros, graph.ZerosLike(sum))
			}
			next, t := update(m, w, table{rest[len(rest)-2], rest[len(rest)-1]}, rate, means)
			return append(append(listed(next, specs), zeros...), t.row, t.losses)
		}}
}

// listed is the opposite of weights.FromList.
func listed(w weights.Nodes, specs []weights.Spec) []*graph.Node {
	var nodes []*graph.Node
	for _, s := range specs {
		nodes = append(nodes, w.Get(s.Name))
	}
	return nodes
}

func picked[T any](list []T, index []int) []T {
	var some []T
	for _, i := range index {
		some = append(some, list[i])
	}
	return some
}

func pointers[T any](list []T) []*T {
	var p []*T
	for i := range list {
		p = append(p, &list[i])
	}
	return p
}
