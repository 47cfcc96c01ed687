package elements

import (
	"encoding/binary"
	"runtime"
	"slices"
	"sync"
)

// Axis is one axis of a block of elements: their number along it, and the distance of neighbours, in bytes, in the block (From) and in the
// array (To).
type Axis struct{ Count, From, To int }

// Copy copies the elements of a block, width bytes each, to their positions in an array. The order of the axes does not matter. Runs that are
// contiguous in both are copied whole. If different axes are contiguous in block and array, elements are copied in tiles that fit into the
// processor's cache. Several workers share a large block.
func Copy(to, from []byte, axes []Axis, width int) {
	if slices.ContainsFunc(axes, func(a Axis) bool { return a.Count == 0 }) {
		return
	}
	axes, length := merge(axes, width)
	total, widest := length, 0
	for i, a := range axes {
		total *= a.Count
		if a.Count > axes[widest].Count {
			widest = i
		}
	}
	const share = 1 << 20 // bytes that justify one more worker
	workers := min(runtime.GOMAXPROCS(0), total/share)
	if workers < 2 || len(axes) == 0 || axes[widest].Count < 32*workers {
		copyAxes(to, from, axes, length)
		return
	}
	var group sync.WaitGroup
	a := axes[widest]
	for w := range workers {
		start, end := w*a.Count/workers, (w+1)*a.Count/workers
		part := slices.Clone(axes)
		part[widest].Count = end - start
		group.Go(func() { copyAxes(to[start*a.To:], from[start*a.From:], part, length) })
	}
	group.Wait()
}

// merge joins axes that are contiguous in both block and array. It puts last the axis that is contiguous in the array, and before it the axis
// that is contiguous in the block. length is the number of bytes that are contiguous in both.
func merge(axes []Axis, width int) (rest []Axis, length int) {
	axes = slices.DeleteFunc(slices.Clone(axes), func(a Axis) bool { return a.Count == 1 })
	slices.SortFunc(axes, func(a, b Axis) int { return b.To - a.To })
	for _, a := range axes {
		if n := len(rest); n > 0 && rest[n-1].From == a.Count*a.From && rest[n-1].To == a.Count*a.To {
			a.Count *= rest[n-1].Count
			rest = rest[:n-1]
		}
		rest = append(rest, a)
	}
	length = width
	if n := len(rest); n > 0 && rest[n-1].From == width && rest[n-1].To == width {
		length *= rest[n-1].Count
		rest = rest[:n-1]
	}
	if n := len(rest); n > 2 {
		closest := 0
		for i, a := range rest[:n-1] {
			if a.From < rest[closest].From {
				closest = i
			}
		}
		a := rest[closest]
		rest = slices.Insert(slices.Delete(rest, closest, closest+1), n-2, a)
	}
	return rest, length
}

func copyAxes(to, from []byte, axes []Axis, length int) {
	switch len(axes) {
	case 0:
		copy(to[:length], from[:length])
	case 1:
		copyTile(to, from, Axis{Count: 1}, axes[0], length)
	case 2:
		copyTiles(to, from, axes[0], axes[1], length)
	default:
		a := axes[0]
		for i := range a.Count {
			copyAxes(to[i*a.To:], from[i*a.From:], axes[1:], length)
		}
	}
}

func copyTiles(to, from []byte, a, b Axis, length int) {
	const side = 32
	for i := 0; i < a.Count; i += side {
		for j := 0; j < b.Count; j += side {
			copyTile(to[i*a.To+j*b.To:], from[i*a.From+j*b.From:],
				Axis{min(side, a.Count-i), a.From, a.To}, Axis{min(side, b.Count-j), b.From, b.To}, length)
		}
	}
}

func copyTile(to, from []byte, a, b Axis, length int) {
	for i := range a.Count {
		to, from := to[i*a.To:], from[i*a.From:]
		switch {
		case length == 4 && b.To == 4:
			line := to[:4*b.Count]
			for at := 0; len(line) >= 4; at += b.From {
				binary.NativeEndian.PutUint32(line, binary.NativeEndian.Uint32(from[at:]))
				line = line[4:]
			}
		case length == 8 && b.To == 8:
			line := to[:8*b.Count]
			for at := 0; len(line) >= 8; at += b.From {
				binary.NativeEndian.PutUint64(line, binary.NativeEndian.Uint64(from[at:]))
				line = line[8:]
			}
		case length == 2:
			for j := range b.Count {
				binary.NativeEndian.PutUint16(to[j*b.To:], binary.NativeEndian.Uint16(from[j*b.From:]))
			}
		case length == 1:
			for j := range b.Count {
				to[j*b.To] = from[j*b.From]
			}
		default:
			for j := range b.Count {
				copy(to[j*b.To:j*b.To+length], from[j*b.From:])
			}
		}
	}
}
