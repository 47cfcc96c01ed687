package keep

import (
	"bytes"
	"encoding"
	"fmt"
	"math"
	"reflect"
	"strings"
	"time"

	"github.com/fxamacker/cbor/v2"
)

// codec writes values as CBOR (RFC 8949) with all their bits: NaN as it is, numbers at their width.
var codec = func() (c struct {
	enc cbor.EncMode
	dec cbor.DecMode
}) {
	var err error
	if c.enc, err = (cbor.EncOptions{Sort: cbor.SortCoreDeterministic, NaNConvert: cbor.NaNConvertNone, InfConvert: cbor.InfConvertNone, Time: cbor.TimeRFC3339Nano}).EncMode(); err == nil {
		c.dec, err = (cbor.DecOptions{MaxArrayElements: math.MaxInt32, MaxMapPairs: math.MaxInt32, UTF8: cbor.UTF8DecodeInvalid}).DecMode()
	}
	if err != nil {
		panic(err)
	}
	return c
}()

var (
	marshaler   = reflect.TypeFor[encoding.BinaryMarshaler]()
	unmarshaler = reflect.TypeFor[encoding.BinaryUnmarshaler]()
)

// ownForm tells whether a type has a binary form of its own, such as time.Time or array.Array.
func ownForm(t reflect.Type) bool {
	return t.Implements(marshaler) && reflect.PointerTo(t).Implements(unmarshaler)
}

// CheckType tells whether values of a type can be stored: numbers, text, truth values, times, arrays, and structs, slices, maps and pointers of them. The
// error names the part that cannot.
func CheckType(t reflect.Type) error {
	if part, what := unfit(t, t.String(), map[reflect.Type]bool{}); part != "" {
		return fmt.Errorf("a value of type %v cannot be stored: %s is %s; accepted: numbers, text, bool, time.Time, array.Array, and structs of exported fields, slices, maps and pointers of them", t, part, what)
	}
	return nil
}

// unfit returns the first part of a type that cannot be stored, and what it is.
func unfit(t reflect.Type, part string, above map[reflect.Type]bool) (found, what string) {
	if ownForm(t) {
		return "", ""
	}
	if above[t] {
		return part, "part of itself"
	}
	switch t.Kind() {
	case reflect.Chan, reflect.Func, reflect.Interface, reflect.UnsafePointer, reflect.Uintptr, reflect.Complex64, reflect.Complex128:
		return part, "a " + t.Kind().String()
	case reflect.Pointer, reflect.Slice, reflect.Array, reflect.Map:
		above[t] = true
		defer delete(above, t)
		if t.Kind() == reflect.Map {
			switch k := t.Key().Kind(); {
			case ownForm(t.Key()) || k > reflect.Float64 && k != reflect.String:
				return part + "'s key", "a " + t.Key().String()
			}
		}
		return unfit(t.Elem(), part+"[]", above)
	case reflect.Struct:
		above[t] = true
		defer delete(above, t)
		for f := range t.Fields() {
			if !f.IsExported() {
				return part + "." + f.Name, "not exported"
			}
			if found, what := unfit(f.Type, part+"."+f.Name, above); found != "" {
				return found, what
			}
		}
	}
	return "", ""
}

// encode writes a value such that decode returns an equal one, or says why it cannot.
func encode[T any](value T) ([]byte, error) {
	if err := CheckType(reflect.TypeFor[T]()); err != nil {
		return nil, err
	}
	text, err := codec.enc.Marshal(value)
	if err != nil {
		return nil, err
	}
	back, err := decode[T](text)
	if err == nil {
		if part := differs(reflect.ValueOf(&value).Elem(), reflect.ValueOf(&back).Elem(), ""); part != "" {
			err = fmt.Errorf("%T%s would be read back as another value", value, strings.TrimSuffix(part, "."))
		}
	}
	return text, err
}

func decode[T any](text []byte) (value T, err error) {
	return value, codec.dec.Unmarshal(text, &value)
}

// differs returns the first part in which two values differ, "" if they are the same to the bit.
func differs(a, b reflect.Value, part string) string {
	here := part + "."
	if x, ok := a.Interface().(time.Time); ok {
		if y := b.Interface().(time.Time); x.Format(time.RFC3339Nano) != y.Format(time.RFC3339Nano) {
			return here
		}
		return ""
	}
	if ownForm(a.Type()) {
		x, errA := a.Interface().(encoding.BinaryMarshaler).MarshalBinary()
		y, errB := b.Interface().(encoding.BinaryMarshaler).MarshalBinary()
		if errA != nil || errB != nil || !bytes.Equal(x, y) {
			return here
		}
		return ""
	}
	switch a.Kind() {
	case reflect.Float32, reflect.Float64:
		if math.Float64bits(a.Float()) != math.Float64bits(b.Float()) {
			return here
		}
	case reflect.Pointer:
		if a.IsNil() || b.IsNil() {
			if a.IsNil() != b.IsNil() {
				return here
			}
			return ""
		}
		return differs(a.Elem(), b.Elem(), part)
	case reflect.Slice, reflect.Array:
		if a.Len() != b.Len() || a.Kind() == reflect.Slice && a.IsNil() != b.IsNil() {
			return here
		}
		for i := range a.Len() {
			if d := differs(a.Index(i), b.Index(i), fmt.Sprintf("%s[%d]", part, i)); d != "" {
				return d
			}
		}
	case reflect.Map:
		if a.Len() != b.Len() || a.IsNil() != b.IsNil() {
			return here
		}
		for _, key := range a.MapKeys() {
			if !b.MapIndex(key).IsValid() {
				return here
			}
			if d := differs(a.MapIndex(key), b.MapIndex(key), fmt.Sprintf("%s[%v]", part, key)); d != "" {
				return d
			}
		}
	case reflect.Struct:
		for i := range a.NumField() {
			if d := differs(a.Field(i), b.Field(i), part+"."+a.Type().Field(i).Name); d != "" {
				return d
			}
		}
	default:
		if !a.Equal(b) {
			return here
		}
	}
	return ""
}
