package exact

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"reflect"
	"unsafe"
)

// errShort is the error of a message that ends before its value does, as if another build had made it.
var errShort = errors.New("a message ends too early")

// Decode returns the value of a message. It shares memory with the message's blocks, each of which begins at a multiple of eight bytes.
func Decode[T any](m Message) (v T, err error) {
	d := &decoder{m: m}
	err = d.value(reflect.ValueOf(&v).Elem())
	if err == nil && (len(d.m.Head) > 0 || len(d.m.Blocks) > 0) {
		err = errors.New("a message goes on after its value")
	}
	return v, err
}

type decoder struct {
	m    Message
	seen []reflect.Value // pointers in their order
}

func (d *decoder) number() (uint64, error) {
	n, length := binary.Uvarint(d.m.Head)
	if length <= 0 {
		return 0, errShort
	}
	d.m.Head = d.m.Head[length:]
	return n, nil
}

func (d *decoder) bytes(n uint64) ([]byte, error) {
	if n > uint64(len(d.m.Head)) {
		return nil, errShort
	}
	b := d.m.Head[:n:n]
	d.m.Head = d.m.Head[n:]
	return b, nil
}

func (d *decoder) float() (float64, error) {
	b, err := d.bytes(8)
	if err != nil {
		return 0, err
	}
	return math.Float64frombits(binary.LittleEndian.Uint64(b)), nil
}

func (d *decoder) text() (string, error) {
	n, err := d.number()
	if err != nil {
		return "", err
	}
	b, err := d.bytes(n)
	return string(b), err
}

// value decodes into v, which is addressable.
func (d *decoder) value(v reflect.Value) (err error) {
	if !v.CanSet() { // of a field that is not exported
		v = reflect.NewAt(v.Type(), v.Addr().UnsafePointer()).Elem()
	}
	switch v.Kind() {
	case reflect.Bool:
		n, err := d.number()
		v.SetBool(n != 0)
		return err
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		n, length := binary.Varint(d.m.Head)
		if length <= 0 {
			return errShort
		}
		d.m.Head = d.m.Head[length:]
		v.SetInt(n)
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		n, err := d.number()
		v.SetUint(n)
		return err
	case reflect.Float32, reflect.Float64:
		f, err := d.float()
		v.SetFloat(f)
		return err
	case reflect.Complex64, reflect.Complex128:
		re, errRe := d.float()
		im, errIm := d.float()
		v.SetComplex(complex(re, im))
		return errors.Join(errRe, errIm)
	case reflect.String:
		s, err := d.text()
		v.SetString(s)
		return err
	case reflect.Slice:
		return d.slice(v)
	case reflect.Array:
		return d.elements(v)
	case reflect.Map:
		return d.mapped(v)
	case reflect.Pointer:
		return d.pointer(v)
	case reflect.Struct:
		for i := range v.NumField() {
			if err := d.value(v.Field(i)); err != nil {
				return err
			}
		}
	case reflect.Interface:
		return d.behind(v)
	}
	return nil
}

func (d *decoder) slice(v reflect.Value) error {
	n, err := d.number()
	if err != nil || n == 0 {
		return err
	}
	length, element := int(n-1), v.Type().Elem()
	if !flat(element) {
		if n-1 > uint64(len(d.m.Head)) && element.Size() > 0 {
			return errShort // every element takes a byte at least, unless it is empty
		}
		v.Set(reflect.MakeSlice(v.Type(), length, length))
		return d.elements(v)
	}
	size := length * int(element.Size())
	if size < longest {
		b, err := d.bytes(uint64(size))
		if err != nil {
			return err
		}
		v.Set(reflect.MakeSlice(v.Type(), length, length))
		copy(unsafe.Slice((*byte)(v.UnsafePointer()), size), b)
		return nil
	}
	if len(d.m.Blocks) == 0 || len(d.m.Blocks[0]) != size {
		return errShort
	}
	block := d.m.Blocks[0]
	d.m.Blocks = d.m.Blocks[1:]
	v.Set(reflect.SliceAt(element, unsafe.Pointer(unsafe.SliceData(block)), length).Convert(v.Type()))
	return nil
}

func (d *decoder) elements(v reflect.Value) error {
	for i := range v.Len() {
		if err := d.value(v.Index(i)); err != nil {
			return err
		}
	}
	return nil
}

func (d *decoder) mapped(v reflect.Value) error {
	n, err := d.number()
	if err != nil || n == 0 {
		return err
	}
	v.Set(reflect.MakeMap(v.Type()))
	for range n - 1 {
		key, value := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
		if err := errors.Join(d.value(key), d.value(value)); err != nil {
			return err
		}
		v.SetMapIndex(key, value)
	}
	return nil
}

func (d *decoder) pointer(v reflect.Value) error {
	switch n, err := d.number(); {
	case err != nil || n == 0:
		return err
	case n == 1:
		p := reflect.New(v.Type().Elem())
		d.seen = append(d.seen, p)
		v.Set(p.Convert(v.Type()))
		return d.value(p.Elem())
	case n-2 >= uint64(len(d.seen)) || !d.seen[n-2].CanConvert(v.Type()):
		return errShort
	default:
		v.Set(d.seen[n-2].Convert(v.Type()))
		return nil
	}
}

func (d *decoder) behind(v reflect.Value) error {
	name, err := d.text()
	if err != nil || name == "" {
		return err
	}
	t, known := types[name]
	if !known || !t.AssignableTo(v.Type()) {
		return fmt.Errorf("a %s behind an interface cannot be received", name)
	}
	inner := reflect.New(t).Elem()
	if err := d.value(inner); err != nil {
		return err
	}
	v.Set(inner)
	return nil
}
