package torchfile

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
)

// Values of the stack machine, beside nil, bool, int64, float64, string and []byte.
type (
	tuple    []any
	sequence struct{ items []any }
	global   string // module.name
	wide     string // an integer of more than 8 bytes, little-endian
)

// dict is a dictionary in the order of insertion. metadata is its attribute _metadata, if that was set.
type dict struct {
	pairs    []pair
	index    map[string]int // of keys that are text
	metadata *dict
}

type pair struct{ key, value any }

func (d *dict) set(key, value any) {
	if name, ok := key.(string); ok {
		if i, there := d.index[name]; there {
			d.pairs[i].value = value
			return
		}
		if d.index == nil {
			d.index = map[string]int{}
		}
		d.index[name] = len(d.pairs)
	}
	d.pairs = append(d.pairs, pair{key, value})
}

func (d *dict) get(name string) any {
	if i, ok := d.index[name]; ok {
		return d.pairs[i].value
	}
	return nil
}

// names lists the keys that are text.
func (d *dict) names() []string {
	var names []string
	for _, p := range d.pairs {
		if name, ok := p.key.(string); ok {
			names = append(names, name)
		}
	}
	return names
}

func (d *dict) hasTensors() bool {
	for _, p := range d.pairs {
		if _, ok := p.value.(*tensor); ok {
			return true
		}
	}
	return false
}

// machine runs the instructions of a pickle of protocol 2 to 5 that tensors, containers, numbers and text need. Each instruction adds at most one value
// and the bytes it carries, so memory is bounded by the length of the pickle.
type machine struct {
	code    []byte
	at      int
	stack   []any
	marks   []int // lengths of the stack at open marks
	memo    map[uint32]any
	persist func(id tuple) (any, error) // finds a storage
}

var errShort = errors.New("cut short: the pickle does not end")

// run returns the value of the pickle at the start of code, and its length.
func run(code []byte, persist func(tuple) (any, error)) (value any, length int, err error) {
	m := &machine{code: code, memo: map[uint32]any{}, persist: persist}
	if len(code) < 2 || code[0] != 0x80 {
		return nil, 0, errors.New("damaged: no pickle where one should be")
	}
	if code[1] < 2 || code[1] > 5 {
		return nil, 0, fmt.Errorf("pickle protocol %d, accepted are 2 to 5", code[1])
	}
	for {
		op, err := m.take(1)
		if err != nil {
			return nil, 0, err
		}
		if op[0] == '.' {
			value, err := m.pop()
			return value, m.at, err
		}
		start := m.at - 1
		if err := m.step(op[0]); err != nil {
			var refused *refusal
			if errors.As(err, &refused) || errors.Is(err, errShort) {
				return nil, 0, err
			}
			return nil, 0, fmt.Errorf("damaged pickle at byte %d: %w", start, err)
		}
	}
}

// take returns the next n bytes.
func (m *machine) take(n uint64) ([]byte, error) {
	if n > uint64(len(m.code)-m.at) {
		return nil, errShort
	}
	b := m.code[m.at : m.at+int(n)]
	m.at += int(n)
	return b, nil
}

// number returns the next n bytes as a little-endian number without sign, n up to 8.
func (m *machine) number(n uint64) (uint64, error) {
	b, err := m.take(n)
	var full [8]byte
	copy(full[:], b)
	return binary.LittleEndian.Uint64(full[:]), err
}

// counted returns as many bytes as a number of n bytes in front of them says.
func (m *machine) counted(n uint64) ([]byte, error) {
	count, err := m.number(n)
	if err != nil {
		return nil, err
	}
	return m.take(count)
}

// line returns the bytes up to the next line feed.
func (m *machine) line() (string, error) {
	n := bytes.IndexByte(m.code[m.at:], '\n')
	if n < 0 {
		return "", errShort
	}
	b, err := m.take(uint64(n) + 1)
	return string(b[:n]), err
}

func (m *machine) push(v any) { m.stack = append(m.stack, v) }

var errEmpty = errors.New("it takes more values than there are")

// floor is the length of the stack below which the present instruction may not reach.
func (m *machine) floor() int {
	if len(m.marks) == 0 {
		return 0
	}
	return m.marks[len(m.marks)-1]
}

func (m *machine) pop() (any, error) {
	if len(m.stack) <= m.floor() {
		return nil, errEmpty
	}
	v := m.stack[len(m.stack)-1]
	m.stack = m.stack[:len(m.stack)-1]
	return v, nil
}

func (m *machine) top() (any, error) {
	if len(m.stack) <= m.floor() {
		return nil, errEmpty
	}
	return m.stack[len(m.stack)-1], nil
}

// popMany removes and returns the last n values.
func (m *machine) popMany(n int) ([]any, error) {
	if len(m.stack)-m.floor() < n {
		return nil, errEmpty
	}
	items := append([]any{}, m.stack[len(m.stack)-n:]...)
	m.stack = m.stack[:len(m.stack)-n]
	return items, nil
}

// popMark removes and returns the values since the last mark.
func (m *machine) popMark() ([]any, error) {
	if len(m.marks) == 0 {
		return nil, errors.New("no mark")
	}
	items, err := m.popMany(len(m.stack) - m.floor())
	m.marks = m.marks[:len(m.marks)-1]
	return items, err
}

func (m *machine) remember(at uint32) error {
	v, err := m.top()
	if err == nil {
		m.memo[at] = v
	}
	return err
}

func (m *machine) recall(at uint32) error {
	v, ok := m.memo[at]
	if !ok {
		return fmt.Errorf("it refers to value %d, which was not stored", at)
	}
	m.push(v)
	return nil
}

// float reads 8 bytes, big-endian.
func (m *machine) float() error {
	b, err := m.take(8)
	if err == nil {
		m.push(math.Float64frombits(binary.BigEndian.Uint64(b)))
	}
	return err
}

// long reads an integer of n bytes with sign.
func (m *machine) long(n uint64) error {
	b, err := m.take(n)
	if err != nil {
		return err
	}
	if n > 8 {
		m.push(wide(b))
		return nil
	}
	var full [8]byte
	copy(full[:], b)
	value := binary.LittleEndian.Uint64(full[:])
	if n > 0 && n < 8 && b[n-1]&0x80 != 0 {
		value |= math.MaxUint64 << (8 * n)
	}
	m.push(int64(value))
	return nil
}
