package exact

import (
	"encoding/binary"
	"fmt"
	"math"
	"reflect"
	"unsafe"
)

// Message is an encoded value. Blocks share memory with the value.
type Message struct {
	Head   []byte
	Blocks [][]byte
}

// longest is the length in bytes from which a slice of numbers is a block.
const longest = 1 << 14

// Encode encodes a value. It is an error if the value contains a function, a channel, or behind an interface a type that Register has not named.
func Encode[T any](v T) (m Message, err error) {
	e := &encoder{seen: map[seenAt]uint64{}}
	if err := e.value(reflect.ValueOf(&v).Elem()); err != nil {
		return m, err
	}
	return Message{e.head, e.blocks}, nil
}

// seenAt is a pointer that was encoded. A struct and its first field have one address.
type seenAt struct {
	at unsafe.Pointer
	of reflect.Type
}

type encoder struct {
	head   []byte
	blocks [][]byte
	seen   map[seenAt]uint64 // pointers, by their number from 1
}

func (e *encoder) number(n uint64) { e.head = binary.AppendUvarint(e.head, n) }

func (e *encoder) text(s string) {
	e.number(uint64(len(s)))
	e.head = append(e.head, s...)
}

// value encodes v, which is addressable or not read from a field that is not exported.
func (e *encoder) value(v reflect.Value) error {
	switch v.Kind() {
	case reflect.Bool:
		n := uint64(0)
		if v.Bool() {
			n = 1
		}
		e.number(n)
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		e.head = binary.AppendVarint(e.head, v.Int())
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		e.number(v.Uint())
	case reflect.Float32, reflect.Float64:
		e.head = binary.LittleEndian.AppendUint64(e.head, math.Float64bits(v.Float()))
	case reflect.Complex64, reflect.Complex128:
		e.head = binary.LittleEndian.AppendUint64(e.head, math.Float64bits(real(v.Complex())))
		e.head = binary.LittleEndian.AppendUint64(e.head, math.Float64bits(imag(v.Complex())))
	case reflect.String:
		e.text(v.String())
	case reflect.Slice:
		return e.slice(v)
	case reflect.Array:
		return e.elements(v)
	case reflect.Map:
		return e.mapped(v)
	case reflect.Pointer:
		return e.pointer(v)
	case reflect.Struct:
		for i := range v.NumField() {
			if err := e.value(v.Field(i)); err != nil {
				return fmt.Errorf("%s: %w", v.Type().Field(i).Name, err)
			}
		}
	case reflect.Interface:
		return e.behind(v)
	default:
		if v.IsZero() { // no function, no channel
			return nil
		}
		return fmt.Errorf("a %s cannot be sent", v.Type())
	}
	return nil
}

func (e *encoder) slice(v reflect.Value) error {
	if v.IsNil() {
		e.number(0)
		return nil
	}
	e.number(uint64(v.Len()) + 1)
	if !flat(v.Type().Elem()) {
		return e.elements(v)
	}
	size := v.Len() * int(v.Type().Elem().Size())
	memory := unsafe.Slice((*byte)(v.UnsafePointer()), size)
	if size >= longest {
		e.blocks = append(e.blocks, memory)
	} else {
		e.head = append(e.head, memory...)
	}
	return nil
}

func (e *encoder) elements(v reflect.Value) error {
	for i := range v.Len() {
		if err := e.value(v.Index(i)); err != nil {
			return err
		}
	}
	return nil
}

func (e *encoder) mapped(v reflect.Value) error {
	if v.IsNil() {
		e.number(0)
		return nil
	}
	e.number(uint64(v.Len()) + 1)
	for each := v.MapRange(); each.Next(); {
		if err := e.value(each.Key()); err != nil {
			return err
		}
		if err := e.value(each.Value()); err != nil {
			return err
		}
	}
	return nil
}

// pointer encodes 0 for nil, 1 and what is pointed to at first, and then the pointer's number from 2.
func (e *encoder) pointer(v reflect.Value) error {
	if v.IsNil() {
		e.number(0)
		return nil
	}
	key := seenAt{v.UnsafePointer(), v.Type()}
	if n, ok := e.seen[key]; ok {
		e.number(n + 1)
		return nil
	}
	e.seen[key] = uint64(len(e.seen)) + 1
	e.number(1)
	return e.value(v.Elem())
}

// behind encodes what an interface holds, with the name of its type.
func (e *encoder) behind(v reflect.Value) error {
	if v.IsNil() {
		e.text("")
		return nil
	}
	inner := v.Elem()
	name := inner.Type().String()
	if _, known := types[name]; !known {
		return fmt.Errorf("a %s behind an interface cannot be sent", name)
	}
	e.text(name)
	return e.value(inner)
}

// flat reports whether values of a type are their memory.
func flat(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.Bool, reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64, reflect.Uint, reflect.Uint8, reflect.Uint16,
		reflect.Uint32, reflect.Uint64, reflect.Float32, reflect.Float64, reflect.Complex64, reflect.Complex128:
		return true
	case reflect.Array:
		return flat(t.Elem())
	}
	return false
}

// types are those that may be behind an interface, by name.
var types = map[string]reflect.Type{}

// Register names a type that may be behind an interface: that of v.
func Register(v any) { types[reflect.TypeOf(v).String()] = reflect.TypeOf(v) }

func init() {
	for _, v := range []any{false, 0, int64(0), uint64(0), 0.0, "", []bool(nil), []int(nil), []int8(nil), []int16(nil), []int32(nil), []int64(nil), []uint8(nil),
		[]uint16(nil), []uint32(nil), []uint64(nil), []float32(nil), []float64(nil), []complex64(nil), []complex128(nil), []string(nil), [][]byte(nil)} {
		Register(v)
	}
}
