package hdf5file

import "math"

// kind is the type of a dataset's elements.
type kind struct {
	class   string // int, uint, float, bool, str, vlen str, or an unreadable type in parentheses
	size    int    // bytes of an element in the file
	swapped bool   // numbers are big-endian
	shape   []int  // of an array type
	padding int    // of text of fixed length: 0 ends at a zero, 1 zeros, 2 blanks
}

// name returns the type name that array.Array.Type gives for the array read.
func (k kind) name() string {
	switch k.class {
	case "int", "uint":
		return k.class + map[int]string{1: "8", 2: "16", 4: "32", 8: "64"}[k.size]
	case "float":
		if k.size == 8 {
			return "float64"
		}
		return "float32"
	case "vlen str":
		return "str"
	}
	return k.class
}

func (k kind) readable() bool { return k.class[0] != '(' }

// memory returns the bytes per element in memory. Text takes a string header in addition to its bytes.
func (k kind) memory() uint64 {
	switch {
	case k.class == "str":
		return uint64(k.size) + 16
	case k.class == "float" && k.size == 2:
		return 2 + 4 // both while it is converted
	case k.class == "bool":
		return 2
	}
	return uint64(k.size)
}

// Classes of datatypes.
const (
	classInt       = 0
	classFloat     = 1
	classText      = 3
	classBits      = 4
	classReference = 7
	classEnum      = 8
	classVarLength = 9
	classArray     = 10
)

var unreadable = map[int]string{2: "(time)", 5: "(opaque)", 6: "(compound)", 7: "(reference)", 11: "(complex)"}

// datatype parses a datatype message.
func (f *File) datatype(c *cursor, depth int) kind {
	if depth > 8 {
		throw("damaged datatype: nested %d deep", depth)
	}
	head := c.u8()
	class, version := head&15, head>>4
	flags := c.u8() | c.u8()<<8 | c.u8()<<16
	k := kind{size: c.u32()}
	if k.size == 0 {
		throw("damaged datatype: elements of 0 bytes")
	}
	whole := false // a plain integer or IEEE number
	switch class {
	case classInt, classBits:
		offset, precision := c.u16(), c.u16()
		k.class, k.swapped = "uint", flags&1 != 0
		if class == classInt && flags&8 != 0 {
			k.class = "int"
		}
		whole = offset == 0 && precision == 8*k.size && (k.size == 1 || k.size == 2 || k.size == 4 || k.size == 8)
	case classFloat:
		var got [7]int
		got[0], got[1] = c.u16(), c.u16()
		for i := 2; i < 6; i++ {
			got[i] = c.u8()
		}
		got[6] = c.u32()
		k.class, k.swapped = "float", flags&1 != 0
		whole = flags>>8&0xff == 8*k.size-1 && flags&0x40 == 0 && ieee[k.size] == got
	case classText:
		k.class, k.padding = "str", flags&15
		return k
	case classEnum:
		base := f.datatype(c, depth+1)
		names := make([]string, flags&0xffff)
		for i := range names {
			names[i] = c.text(version < 3)
		}
		c.skip(len(names) * base.size)
		if base.class == "int" && base.size == 1 && len(names) == 2 && names[0] == "FALSE" && names[1] == "TRUE" {
			base.class = "bool"
		}
		return base
	case classVarLength:
		f.datatype(c, depth+1)
		if flags&15 != 1 {
			k.class = "(sequences of variable length)"
			return k
		}
		if k.size != 4+f.offsetSize+4 {
			throw("damaged datatype: text of variable length in %d bytes", k.size)
		}
		k.class = "vlen str"
		return k
	case classArray:
		rank := c.u8()
		if version < 3 {
			c.skip(3)
		}
		shape, n := make([]int, rank), uint64(1)
		for i := range shape {
			shape[i] = c.u32()
			if n *= uint64(shape[i]); n == 0 || n > math.MaxUint32 {
				throw("damaged datatype: an array of shape %v", shape[:i+1])
			}
		}
		if version < 3 {
			c.skip(4 * rank)
		}
		base := f.datatype(c, depth+1)
		if base.readable() && n*uint64(base.size) != uint64(k.size) {
			throw("damaged datatype: an array of shape %v of %d bytes in %d bytes", shape, base.size, k.size)
		}
		base.shape = append(shape, base.shape...)
		return base
	default:
		name, ok := unreadable[class]
		if !ok {
			throw("datatype of class %d, which is not supported", class)
		}
		if k.class = name; class == classReference && flags&15 != 0 {
			k.class = "(reference to a region)"
		}
		return k
	}
	if !whole {
		k.class = "(" + k.class + " of an unusual layout)"
	}
	return k
}

// ieee gives, for IEEE 754 numbers of 2, 4 and 8 bytes: bit offset, precision, position and size of the exponent, position and size of the
// fraction, and bias.
var ieee = map[int][7]int{
	2: {0, 16, 10, 5, 0, 10, 15},
	4: {0, 32, 23, 8, 0, 23, 127},
	8: {0, 64, 52, 11, 0, 52, 1023},
}

// bytes returns the size of an element in the file, all of its values if it has an array type.
func (k kind) bytes() int { return k.size * int(numElements(k.shape)) }
