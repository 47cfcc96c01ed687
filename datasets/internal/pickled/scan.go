package pickled

import (
	"bytes"
	"encoding/binary"
	"fmt"
)

// A pickle is a program for a stack machine: one instruction after another, without jumps. scan can therefore check it before it runs:
// that every counted argument lies within the file (the library allocates as much as the count says), that there are only instructions for
// plain data, and that there are not too many.

// maxInstructions is far more than a dozen arrays need (a few hundred), or ten thousand images whose kind is a Python object (25 each).
const maxInstructions = 1 << 19

// argument describes what follows an instruction: n bytes, or a count of n bytes followed by as many bytes.
type argument struct {
	n       int
	counted bool
}

const (
	opProto  = 0x80
	opFrame  = 0x95
	opGlobal = 'c'
	opStop   = '.'
)

// instructions lists what protocols 2 to 4 write for objects, containers, numbers, text and bytes.
var instructions = map[byte]argument{
	'(': {}, opStop: {}, '0': {}, '1': {}, '2': {}, 'N': {}, 'R': {}, 'a': {}, 'b': {}, 'e': {}, ']': {}, '}': {}, 's': {}, 't': {}, ')': {}, 'u': {},
	'd': {}, 'l': {}, 0x81: {}, 0x85: {}, 0x86: {}, 0x87: {}, 0x88: {}, 0x89: {}, 0x93: {}, 0x94: {},
	'K': {n: 1}, 'M': {n: 2}, 'J': {n: 4}, 'G': {n: 8}, 'h': {n: 1}, 'j': {n: 4}, 'q': {n: 1}, 'r': {n: 4}, opProto: {n: 1}, opFrame: {n: 8},
	'U': {1, true}, 'C': {1, true}, 0x8a: {1, true}, 0x8c: {1, true}, 'T': {4, true}, 'X': {4, true}, 'B': {4, true}, 0x8d: {8, true}, 0x8e: {8, true},
}

// checkStart checks the instruction with which all pickles of protocol 2 and later start.
func checkStart(start []byte) error {
	switch {
	case len(start) < 2:
		return fmt.Errorf("not a pickle: %d bytes", len(start))
	case start[0] != opProto || start[1] == 0 || start[1] > 5:
		return fmt.Errorf("not a pickle of protocol 2 to 4: it starts with %#x %#x", start[0], start[1])
	case start[1] < 2 || start[1] > 4:
		return fmt.Errorf("pickle protocol %d, accepted are 2, 3 and 4", start[1])
	}
	return nil
}

// scan checks a pickle without running it.
func (c Class) scan(b []byte) error {
	if err := checkStart(b); err != nil {
		return err
	}
	at := 0
	for range maxInstructions {
		if at >= len(b) {
			return fmt.Errorf("cut short: the pickle does not end in %d bytes", len(b))
		}
		op, start := b[at], at
		at++
		if op == opStop {
			return nil
		}
		if op == opGlobal {
			var lines [2][]byte
			for i := range lines {
				n := bytes.IndexByte(b[at:], '\n')
				if n < 0 {
					return fmt.Errorf("cut short: name of a class at byte %d", start)
				}
				lines[i], at = b[at:at+n], at+n+1
			}
			if !c.accepts(string(lines[0]), string(lines[1])) {
				return &classError{string(lines[0]) + "." + string(lines[1]), c}
			}
			continue
		}
		arg, ok := instructions[op]
		if !ok {
			return fmt.Errorf("damaged pickle, or not plain data: instruction %#02x at byte %d", op, start)
		}
		rest := len(b) - at
		if arg.n > rest {
			return fmt.Errorf("cut short: instruction %#02x at byte %d", op, start)
		}
		count := uint64(0)
		if arg.counted || op == opFrame {
			var wide [8]byte
			copy(wide[:], b[at:at+arg.n])
			count = binary.LittleEndian.Uint64(wide[:])
		}
		at += arg.n
		if count > uint64(rest-arg.n) {
			return fmt.Errorf("cut short: %d bytes wanted at byte %d of %d", count, start, len(b))
		}
		if arg.counted {
			// The library creates objects of these modules itself, without calling finder.
			if text := string(b[at : at+int(min(count, 16))]); text == "array" || text == "collections" || text == "copy_reg" {
				return &classError{text + ".*", c}
			}
			at += int(count)
		}
	}
	return fmt.Errorf("more than %d instructions, want %s", maxInstructions, c.described())
}
