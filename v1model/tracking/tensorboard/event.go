package tensorboard

import (
	"math"

	"google.golang.org/protobuf/encoding/protowire"
)

// event is TensorFlow's message Event, as far as it is used here.
type event struct {
	wallTime float64 // 1, seconds since 1970
	step     int64   // 2
	version  string  // 3, of the first event of a file
	scalars  []scalar
}

// scalar is a Summary.Value (tag is field 1, simple_value field 2) of the event's Summary (field 5).
type scalar struct {
	tag   string
	value float32
}

// fileVersion is the version that the first event of a file has.
const fileVersion = "brain.Event:2"

func (e event) marshal() []byte {
	b := protowire.AppendTag(nil, 1, protowire.Fixed64Type)
	b = protowire.AppendFixed64(b, math.Float64bits(e.wallTime))
	if e.step != 0 {
		b = protowire.AppendTag(b, 2, protowire.VarintType)
		b = protowire.AppendVarint(b, uint64(e.step))
	}
	if e.version != "" {
		b = protowire.AppendTag(b, 3, protowire.BytesType)
		b = protowire.AppendString(b, e.version)
	}
	if len(e.scalars) == 0 {
		return b
	}
	var summary []byte
	for _, s := range e.scalars {
		v := protowire.AppendTag(nil, 1, protowire.BytesType)
		v = protowire.AppendString(v, s.tag)
		v = protowire.AppendTag(v, 2, protowire.Fixed32Type)
		v = protowire.AppendFixed32(v, math.Float32bits(s.value))
		summary = protowire.AppendTag(summary, 1, protowire.BytesType)
		summary = protowire.AppendBytes(summary, v)
	}
	b = protowire.AppendTag(b, 5, protowire.BytesType)
	return protowire.AppendBytes(b, summary)
}

// head reads time, step and version of a message; ok is false if it is none.
func head(message []byte) (e event, ok bool) {
	for len(message) > 0 {
		number, kind, n := protowire.ConsumeTag(message)
		if n < 0 {
			return e, false
		}
		message = message[n:]
		switch {
		case number == 1 && kind == protowire.Fixed64Type:
			v, n := protowire.ConsumeFixed64(message)
			if n < 0 {
				return e, false
			}
			e.wallTime = math.Float64frombits(v)
		case number == 2 && kind == protowire.VarintType:
			v, n := protowire.ConsumeVarint(message)
			if n < 0 {
				return e, false
			}
			e.step = int64(v)
		case number == 3 && kind == protowire.BytesType:
			v, n := protowire.ConsumeString(message)
			if n < 0 {
				return e, false
			}
			e.version = v
		}
		if n = protowire.ConsumeFieldValue(number, kind, message); n < 0 {
			return e, false
		}
		message = message[n:]
	}
	return e, true
}
