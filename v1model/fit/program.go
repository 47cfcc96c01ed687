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

// program is a compiled part of a training step. On each device, its arguments are the arrays that it reads and those that it changes, and its
// results are the new values of those that it changes.
type program struct {
	name      string
	times     int  // runs per training step
	rowsFirst bool // replica.rows is the first array that it reads
	reads     func(r *replica) []*tensors.Tensor
	changes   func(r *replica) []**tensors.Tensor
	build     func([]*graph.Node) []*graph.Node
	exec      *graph.Exec
}

// run runs the program. The new values take over the memory of the old ones.
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

// newPrograms makes the programs of a training step. Without micro-batches it is one program. Otherwise one program adds a micro-batch to the sums, so that
// the memory of one micro-batch is enough, and another makes the optimiser's step along the mean. (A loop within one program fails in GoMLX v0.28.2: a
// graph has one node for each scalar constant, and go-xla v0.4.1 cannot use it both inside and outside of a loop.)
func newPrograms(backend compute.Backend, m *v1model.Model, several *sessions, specs []weights.Spec) ([]program, error) {
	mesh, err := distributed.NewDeviceMesh([]int{m.Config.Fit.OnDevices()}, []string{rowsAxis})
	if err != nil {
		return nil, err
	}
	programs := []program{trainingStep(m, several, specs)}
	if parts := m.Config.Fit.MicroBatches(); parts > 1 {
		programs = []program{microBatch(m, several, specs, parts), optimiserStep(m, several, specs, parts)}
	}
	for i := range programs {
		p := &programs[i]
		if p.exec, err = graph.NewExec(backend, p.build); err != nil {
			return nil, err
		}
		p.exec.WithName(p.name)
		if mesh.NumDevices() > 1 {
			if err := p.shard(mesh); err != nil {
				return nil, err
			}
		}
	}
	return programs, nil
}

const rowsAxis = "rows"

// shard lets the compiler divide a program among devices. Each device has its own rows and a copy of everything else. From this the compiler derives that
// images, maps and rates are divided like the rows, and that sums over a batch run over all devices. (In a layer that is evaluated spectrally it does not
// find the whole division: matrix products merge images with positions, so devices repeat some of each other's work.)
func (p *program) shard(mesh *distributed.DeviceMesh) error {
	whole := distributed.NewReplicatedShardingSpec(mesh)
	inputs := []*distributed.ShardingSpec{whole} // the last one holds for all further inputs
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

// trainingStep is a whole training step, without micro-batches.
func trainingStep(m *v1model.Model, several *sessions, specs []weights.Spec) program {
	frozen := numFrozen(m)
	return program{name: "training step", times: 1, rowsFirst: true,
		reads: func(r *replica) []*tensors.Tensor {
			return slices.Concat(r.batch(), []*tensors.Tensor{r.strengths, r.rate}, r.state[:frozen])
		},
		changes: func(r *replica) []**tensors.Tensor {
			return slices.Concat(pointers(r.state[frozen:]), pointers(r.cursor[:]))
		},
		build: func(nodes []*graph.Node) []*graph.Node {
			order, in, nodes := split(m, several, nodes)
			strengths, rate, nodes := nodes[0], nodes[1], nodes[2:]
			w, rest := weights.FromList(specs, nodes), nodes[len(specs):]
			position, t := rest[0], lossTable{rest[1], rest[2]}
			at := several.ofBatch(order, position)
			part, entered := several.trainingModel(m), several.enter(w, at)
			means, updates := forwardBackward(part, several, at, entered, strengths, position, order, in)
			current := maps.Clone(entered)
			maps.Copy(current, updates)
			next, t := update(part, current, t, rate, means)
			next = several.leave(w, entered, next, at)
			return append(toList(next, specs[frozen:]), graph.AddScalar(position, m.Config.Fit.Batch), t.row, t.losses)
		}}
}

// microBatch adds the loss and gradients of a micro-batch to the sums, and moves the position to the next. Variables that are not trained, such as moving
// averages, change with each micro-batch; those of a frozen core do not.
func microBatch(m *v1model.Model, several *sessions, specs []weights.Spec, parts int) program {
	sums := len(sumSpecs(m))
	var read, changed []int
	for i, s := range m.Specs() {
		if s.Trainable || i < numFrozen(m) {
			read = append(read, i)
		} else {
			changed = append(changed, i)
		}
	}
	return program{name: "micro-batch", times: parts, rowsFirst: true,
		reads: func(r *replica) []*tensors.Tensor {
			return slices.Concat(r.batch(), []*tensors.Tensor{r.strengths}, elementsAt(r.state, read))
		},
		changes: func(r *replica) []**tensors.Tensor {
			return append(append(elementsAt(pointers(r.state), changed), pointers(r.sums)...), &r.cursor[0])
		},
		build: func(nodes []*graph.Node) []*graph.Node {
			order, in, nodes := split(m, several, nodes)
			strengths, nodes := nodes[0], nodes[1:]
			w := weights.FromList(elementsAt(specs, slices.Concat(read, changed)), nodes)
			rest := nodes[len(w):]
			position := rest[sums]
			at := several.ofBatch(order, position)
			entered := several.enter(w, at)
			values, updates := forwardBackward(several.trainingModel(m), several, at, entered, strengths, position, order, in)
			next := maps.Clone(entered)
			maps.Copy(next, updates)
			results := toList(several.leave(w, entered, next, at), elementsAt(specs, changed))
			for i, v := range values {
				results = append(results, graph.Add(rest[i], v))
			}
			return append(results, graph.AddScalar(position, m.Config.Fit.Batch/parts))
		}}
}

// optimiserStep is the optimiser's step along the mean of all micro-batches. It resets the sums to zero.
func optimiserStep(m *v1model.Model, several *sessions, specs []weights.Spec, parts int) program {
	specs = specs[numFrozen(m):]
	return program{name: "optimiser step", times: 1,
		reads: func(r *replica) []*tensors.Tensor {
			if several == nil {
				return []*tensors.Tensor{r.rate}
			}
			return []*tensors.Tensor{r.rate, r.order, r.rowSession, r.cursor[0]}
		},
		changes: func(r *replica) []**tensors.Tensor {
			return slices.Concat(pointers(r.state[numFrozen(m):]), pointers(r.sums), pointers(r.cursor[1:]))
		},
		build: func(nodes []*graph.Node) []*graph.Node {
			rate, nodes := nodes[0], nodes[1:]
			var at place
			if several != nil { // the position is behind the batch
				at = several.ofBatch(epochOrder{order: nodes[0], rowSession: nodes[1]}, graph.SubScalar(nodes[2], 1))
				nodes = nodes[3:]
			}
			w, rest := weights.FromList(specs, nodes), nodes[len(specs):]
			var means, zeros []*graph.Node
			for _, sum := range rest[:len(rest)-2] {
				means, zeros = append(means, graph.MulScalar(sum, 1/float64(parts))), append(zeros, graph.ZerosLike(sum))
			}
			entered := several.enter(w, at)
			next, t := update(several.trainingModel(m), entered, lossTable{rest[len(rest)-2], rest[len(rest)-1]}, rate, means)
			next = several.leave(w, entered, next, at)
			return append(append(toList(next, specs), zeros...), t.row, t.losses)
		}}
}

// batch lists the arrays that a batch is selected from: rows, order, those of the training part and, of several sessions, those of the images.
func (r *replica) batch() []*tensors.Tensor {
	list := append([]*tensors.Tensor{r.rows, r.order}, r.train...)
	if r.rowSession != nil {
		list = append(list, r.rowSession)
	}
	return list
}

// split names the arguments that batch lists, and returns the others too.
func split(m *v1model.Model, several *sessions, nodes []*graph.Node) (order epochOrder, in batchSource, others []*graph.Node) {
	end := 4
	if m.Behaves() {
		end++
	}
	order, in, others = epochOrder{rows: nodes[0], order: nodes[1]}, newBatchSource(nodes[2:end]), nodes[end:]
	if several != nil {
		order.rowSession, others = others[0], others[1:]
	}
	return order, in, others
}

// toList is the inverse of weights.FromList.
func toList(w weights.Nodes, specs []weights.Spec) []*graph.Node {
	var nodes []*graph.Node
	for _, s := range specs {
		nodes = append(nodes, w.Get(s.Name))
	}
	return nodes
}

func elementsAt[T any](list []T, index []int) []T {
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
