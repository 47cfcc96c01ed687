package torchfile

import (
	"errors"
	"fmt"
)

// argument is the number of bytes of an instruction's argument, or of the length in front of it.
func argument(op byte) uint64 {
	switch op {
	case 0x80, 'K', 0x8c, 'C', 'U', 'q', 'h': // PROTO, BININT1, SHORT_BINUNICODE, SHORT_BINBYTES, SHORT_BINSTRING, BINPUT, BINGET
		return 1
	case 'M': // BININT2
		return 2
	case 0x95, 0x8d, 0x8e: // FRAME, BINUNICODE8, BINBYTES8
		return 8
	}
	return 4 // BININT, BINUNICODE, BINBYTES, BINSTRING, LONG_BINPUT, LONG_BINGET
}

// step runs one instruction. The names in the comments are those of Python's pickletools.
func (m *machine) step(op byte) error {
	switch op {
	case 0x80, 0x95: // PROTO, FRAME
		_, err := m.take(argument(op))
		return err
	case '(': // MARK
		m.marks = append(m.marks, len(m.stack))
	case '0': // POP
		_, err := m.pop()
		return err
	case '1': // POP_MARK
		_, err := m.popMark()
		return err
	case 'N': // NONE
		m.push(nil)
	case 0x88, 0x89: // NEWTRUE, NEWFALSE
		m.push(op == 0x88)
	case 'K', 'M', 'J', 'G', 0x8a: // BININT1, BININT2, BININT, BINFLOAT, LONG1
		return m.stepNumber(op)
	case 'X', 0x8c, 0x8d, 'C', 'B', 0x8e, 'U', 'T': // text and bytes
		return m.stepText(op)
	case 'q', 'r', 0x94, 'h', 'j': // BINPUT, LONG_BINPUT, MEMOIZE, BINGET, LONG_BINGET
		return m.stepMemo(op)
	case ')', ']', '}', 't', 0x85, 0x86, 0x87, 'a', 'e', 's', 'u': // containers
		return m.stepContainer(op)
	case 'c', 0x93, 'R', 0x81, 'b', 'Q': // GLOBAL, STACK_GLOBAL, REDUCE, NEWOBJ, BUILD, BINPERSID
		return m.stepObject(op)
	default:
		return fmt.Errorf("instruction %#02x, which no state dict needs", op)
	}
	return nil
}

func (m *machine) stepNumber(op byte) error {
	switch op {
	case 'G':
		return m.float()
	case 0x8a:
		n, err := m.number(1)
		if err != nil {
			return err
		}
		return m.long(n)
	}
	v, err := m.number(argument(op))
	if op == 'J' {
		m.push(int64(int32(v)))
	} else {
		m.push(int64(v))
	}
	return err
}

func (m *machine) stepText(op byte) error {
	b, err := m.counted(argument(op))
	switch op {
	case 'C', 'B', 0x8e:
		m.push(b)
	default:
		m.push(string(b))
	}
	return err
}

func (m *machine) stepMemo(op byte) error {
	if op == 0x94 {
		return m.remember(uint32(len(m.memo)))
	}
	at, err := m.number(argument(op))
	switch {
	case err != nil:
		return err
	case op == 'q' || op == 'r':
		return m.remember(uint32(at))
	}
	return m.recall(uint32(at))
}

func (m *machine) stepContainer(op byte) error {
	var items []any
	var err error
	switch op {
	case ')', 0x85, 0x86, 0x87: // EMPTY_TUPLE, TUPLE1, TUPLE2, TUPLE3
		n := 0
		if op != ')' {
			n = int(op-0x85) + 1
		}
		items, err = m.popMany(n)
		m.push(tuple(items))
		return err
	case ']':
		m.push(&sequence{})
		return nil
	case '}':
		m.push(&dict{})
		return nil
	case 't', 'e', 'u': // TUPLE, APPENDS, SETITEMS
		items, err = m.popMark()
	case 'a': // APPEND
		items, err = m.popMany(1)
	case 's': // SETITEM
		items, err = m.popMany(2)
	}
	if err != nil {
		return err
	}
	if op == 't' {
		m.push(tuple(items))
		return nil
	}
	to, err := m.top()
	if err != nil {
		return err
	}
	switch to := to.(type) {
	case *sequence:
		if op == 'a' || op == 'e' {
			to.items = append(to.items, items...)
			return nil
		}
	case *dict:
		if (op == 's' || op == 'u') && len(items)%2 == 0 {
			for i := 0; i < len(items); i += 2 {
				to.set(items[i], items[i+1])
			}
			return nil
		}
	}
	return fmt.Errorf("values are added to %s", describe(to))
}

func (m *machine) stepObject(op byte) error {
	switch op {
	case 'c':
		module, err := m.line()
		if err != nil {
			return err
		}
		name, err := m.line()
		if err != nil {
			return err
		}
		return m.name(module, name)
	case 0x93:
		names, err := m.popMany(2)
		if err != nil {
			return err
		}
		module, ok := names[0].(string)
		name, also := names[1].(string)
		if !ok || !also {
			return errors.New("a name that is not text")
		}
		return m.name(module, name)
	case 'Q':
		id, err := m.pop()
		if err != nil {
			return err
		}
		key, ok := id.(tuple)
		if !ok || m.persist == nil {
			return errors.New("an object outside of the pickle that is no storage")
		}
		storage, err := m.persist(key)
		m.push(storage)
		return err
	case 'b':
		return m.build()
	}
	parts, err := m.popMany(2)
	if err != nil {
		return err
	}
	function, ok := parts[0].(global)
	arguments, also := parts[1].(tuple)
	if !ok || !also {
		return fmt.Errorf("%s is called", describe(parts[0]))
	}
	value, err := function.call(arguments)
	m.push(value)
	return err
}

func (m *machine) name(module, name string) error {
	g := global(module + "." + name)
	if !g.allowed() {
		return &refusal{string(g)}
	}
	m.push(g)
	return nil
}

// build sets attributes of a dictionary. Only _metadata, the modules of a state dict, is of use.
func (m *machine) build() error {
	state, err := m.pop()
	if err != nil {
		return err
	}
	to, err := m.top()
	if err != nil {
		return err
	}
	d, ok := to.(*dict)
	attributes, also := state.(*dict)
	if !ok || !also {
		return fmt.Errorf("attributes of %s", describe(to))
	}
	if metadata, ok := attributes.get("_metadata").(*dict); ok {
		d.metadata = metadata
	}
	return nil
}
