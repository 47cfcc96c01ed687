package hdf5file

import "v1lab/datasets/array"

// attribute reads an attribute by name; ok is false if there is none.
func (f *File) attribute(o *object, name string) (array.Array, bool) {
	k, shape, raw, ok := f.rawAttribute(o, name)
	if !ok {
		return array.Array{}, false
	}
	return f.decode(k, shape, raw), true
}

// rawAttribute finds an attribute and parses its type and shape.
func (f *File) rawAttribute(o *object, name string) (k kind, shape []int, raw []byte, ok bool) {
	var bodies [][]byte
	for _, m := range o.messages {
		if m.kind == messageAttribute {
			bodies = append(bodies, f.body(m))
		}
	}
	if body := f.first(o, messageAttributes); body != nil {
		bodies = append(bodies, f.dense(body, messageAttributes)...)
	}
	for _, body := range bodies {
		c := f.cursor(body, "attribute")
		version, flags := c.version(1, 3), c.u8()
		sizes := [3]int{c.u16(), c.u16(), c.u16()} // name, datatype, dataspace
		if version == 3 {
			c.skip(1) // character set
		}
		var parts [3][]byte
		for i, n := range sizes {
			parts[i] = c.bytes(n)
			if version == 1 {
				c.skip((8 - n%8) % 8)
			}
		}
		if fixedText(parts[0], 0) != name {
			continue
		}
		types := message{kind: messageDatatype, shared: version > 1 && flags&1 != 0, body: parts[1]}
		k = f.datatype(f.cursor(f.body(types), "datatype"), 0)
		if version > 1 && flags&2 != 0 {
			throw("shared dataspace of an attribute, which is not supported")
		}
		shape, _ = f.dataspace(f.cursor(parts[2], "dataspace"))
		return k, shape, c.b[c.at:], true
	}
	return k, nil, nil, false
}
