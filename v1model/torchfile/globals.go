package torchfile

import (
	"errors"
	"fmt"
	"math/bits"
	"strings"
)

// The names that a pickle may use: what holds tensors, and what they are made of. Storages are numbers of one type, listed in storages.
const (
	orderedDict      global = "collections.OrderedDict"
	rebuildTensor    global = "torch._utils._rebuild_tensor_v2"
	rebuildParameter global = "torch._utils._rebuild_parameter"
)

// storages maps the names of storages to their elements' type.
var storages = map[global]string{
	"torch.FloatStorage": "float32", "torch.DoubleStorage": "float64", "torch.HalfStorage": "float16", "torch.BFloat16Storage": "bfloat16",
	"torch.LongStorage": "int64", "torch.IntStorage": "int32", "torch.ShortStorage": "int16", "torch.CharStorage": "int8", "torch.ByteStorage": "uint8",
	"torch.BoolStorage": "bool",
}

func (g global) allowed() bool {
	_, storage := storages[g]
	return storage || g == orderedDict || g == rebuildTensor || g == rebuildParameter
}

// refusal is the error for a name that is not allowed.
type refusal struct{ name string }

func (r *refusal) Error() string {
	return fmt.Sprintf("refused: the pickle names %s, which could run code, and nothing was run; accepted: a state dict, torch.save(model.state_dict(), FILE), which needs no names but %s, %s, %s and torch.*Storage of numbers",
		short(r.name), orderedDict, rebuildTensor, rebuildParameter)
}

// call stands for a call of an allowed function.
func (g global) call(arguments tuple) (any, error) {
	switch g {
	case orderedDict:
		return newDict(arguments)
	case rebuildTensor:
		return newTensor(arguments)
	case rebuildParameter: // (data, requires_grad, hooks)
		if len(arguments) > 0 {
			if t, ok := arguments[0].(*tensor); ok {
				return t, nil
			}
		}
		return nil, errors.New("a parameter that is no tensor")
	}
	return nil, fmt.Errorf("%s is called", short(string(g)))
}

// newDict is OrderedDict() or OrderedDict([(key, value), ...]).
func newDict(arguments tuple) (any, error) {
	d := &dict{}
	if len(arguments) == 0 {
		return d, nil
	}
	items, ok := arguments[0].(*sequence)
	if !ok || len(arguments) > 1 {
		return nil, errors.New("an ordered dictionary of something other than pairs")
	}
	for _, item := range items.items {
		switch p := item.(type) {
		case tuple:
			if len(p) == 2 {
				d.set(p[0], p[1])
				continue
			}
		case *sequence:
			if len(p.items) == 2 {
				d.set(p.items[0], p.items[1])
				continue
			}
		}
		return nil, errors.New("an ordered dictionary of something other than pairs")
	}
	return d, nil
}

// newTensor is _rebuild_tensor_v2(storage, offset, size, stride, requires_grad, hooks); offset and stride are in elements.
func newTensor(arguments tuple) (any, error) {
	if len(arguments) < 4 {
		return nil, fmt.Errorf("a tensor of %d arguments", len(arguments))
	}
	s, ok := arguments[0].(*storage)
	offset, isNumber := arguments[1].(int64)
	shape, isShape := integers(arguments[2])
	strides, isStride := integers(arguments[3])
	switch {
	case !ok:
		return nil, fmt.Errorf("a tensor in %s, want a storage", describe(arguments[0]))
	case !isNumber || !isShape || !isStride || len(shape) != len(strides) || offset < 0:
		return nil, errors.New("a tensor whose offset, size and stride are not numbers from 0, equally many")
	}
	t := &tensor{storage: s, offset: offset, shape: shape, strides: strides}
	return t, t.check()
}

// integers returns a tuple of numbers from 0.
func integers(value any) (numbers []int, ok bool) {
	items, ok := value.(tuple)
	for _, item := range items {
		n, isNumber := item.(int64)
		if !isNumber || n < 0 || n > 1<<48 {
			return nil, false
		}
		numbers = append(numbers, int(n))
	}
	return numbers, ok
}

// check returns an error unless all elements lie within the storage, and are not more than it has.
func (t *tensor) check() error {
	if len(t.shape) > 64 {
		return fmt.Errorf("a tensor of %d dimensions", len(t.shape))
	}
	count, last := uint64(1), uint64(t.offset)
	for i, n := range t.shape {
		high, low := bits.Mul64(count, uint64(n))
		if high != 0 {
			low = 1 << 63
		}
		count = low
		if n > 1 {
			high, reach := bits.Mul64(uint64(n-1), uint64(t.strides[i]))
			if high != 0 || reach > 1<<62 {
				reach = 1 << 62
			}
			last = min(last+reach, 1<<62)
		}
	}
	if has := uint64(t.storage.elements); count > has || count > 0 && last >= has {
		return fmt.Errorf("a tensor of size %s and stride %s from element %d on, in a storage of %d elements", numbersText(t.shape), numbersText(t.strides), t.offset, has)
	}
	return nil
}

func numbersText(numbers []int) string { return strings.ReplaceAll(fmt.Sprint(numbers), " ", ", ") }

// newStorage is the storage of a persistent id: ("storage", type, key, device, elements), and in legacy files the view of another storage.
func newStorage(id tuple) (*storage, error) {
	if len(id) < 5 || id[0] != "storage" {
		return nil, errors.New("an object outside of the pickle that is no storage")
	}
	kind, ok := id[1].(global)
	key, isText := id[2].(string)
	elements, isNumber := id[4].(int64)
	width, known := widths[storages[kind]]
	switch {
	case !ok || !known:
		return nil, fmt.Errorf("a storage of %s, want numbers", describe(id[1]))
	case !isText || !isNumber || elements < 0 || elements > 1<<56:
		return nil, errors.New("a storage whose key is not text or whose length is not a number from 0")
	case len(id) > 5 && id[5] != nil:
		return nil, fmt.Errorf("storage %s is a view of another, as in PyTorch before 0.4; save it with a later version", short(key))
	}
	return &storage{kind: storages[kind], key: key, elements: elements, bytes: elements * int64(width)}, nil
}
