package torchfile

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// legacyMagic is a pickle of the number 0x1950a86a20f9469cfc6c up to its end, with which legacy files start.
var legacyMagic = []byte("\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.")

const (
	legacyProtocol = 1001
	maxLegacy      = 64 << 20 // bytes of pickles at the start
)

// openLegacy reads pickles of the magic number, the protocol, the writer's sizes of integers, the state dict, and the list of storages. After them come
// the storages in that order, each as its number of elements, int64, and the elements.
func openLegacy(file io.ReaderAt, size int64) (any, error) {
	code := make([]byte, min(size, maxLegacy))
	if _, err := file.ReadAt(code, 0); err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	at := 0
	next := func(persist func(tuple) (any, error)) (any, error) {
		value, length, err := run(code[at:], persist)
		at += length
		if errors.Is(err, errShort) && size > maxLegacy {
			err = fmt.Errorf("its pickles have more than %d bytes", maxLegacy)
		}
		return value, err
	}
	if _, err := next(nil); err != nil {
		return nil, err
	}
	protocol, err := next(nil)
	if err != nil {
		return nil, err
	}
	if protocol != int64(legacyProtocol) {
		return nil, fmt.Errorf("legacy format of protocol %s; accepted: %d", keyText(protocol), legacyProtocol)
	}
	system, err := next(nil)
	if err != nil {
		return nil, err
	}
	var order binary.ByteOrder = binary.LittleEndian
	if d, ok := system.(*dict); ok && d.get("little_endian") == false {
		order = binary.BigEndian
	}
	storages := map[string]*storage{}
	value, err := next(func(id tuple) (any, error) {
		s, err := newStorage(id)
		if err != nil {
			return nil, err
		}
		if first := storages[s.key]; first != nil {
			if first.kind != s.kind || first.elements != s.elements {
				return nil, fmt.Errorf("storage %s as %s and as %s", short(s.key), first.kind, s.kind)
			}
			return first, nil
		}
		if s.bytes > size {
			return nil, fmt.Errorf("cut short: storage %s of %d bytes in a file of %d", short(s.key), s.bytes, size)
		}
		s.order, storages[s.key] = order, s
		return s, nil
	})
	if err != nil {
		return nil, err
	}
	keys, err := next(nil)
	if err != nil {
		return nil, err
	}
	ordered, ok := keys.(*sequence)
	if !ok {
		return nil, fmt.Errorf("damaged: the list of storages is %s", describe(keys))
	}
	return value, locateAll(file, size, int64(at), ordered.items, storages, order)
}

// locateAll finds the storages in the file, from byte at on.
func locateAll(file io.ReaderAt, size, at int64, keys []any, storages map[string]*storage, order binary.ByteOrder) error {
	found := 0
	for _, k := range keys {
		key, _ := k.(string)
		s := storages[key]
		if s == nil || s.at != 0 {
			return fmt.Errorf("damaged: the list of storages has %s, which no tensor has, or twice", keyText(k))
		}
		var count [8]byte
		if n, err := file.ReadAt(count[:], at); n < len(count) {
			if errors.Is(err, io.EOF) {
				err = fmt.Errorf("cut short: storage %s", short(key))
			}
			return err
		}
		at += int64(len(count))
		if n := int64(order.Uint64(count[:])); n != s.elements {
			return fmt.Errorf("damaged: storage %s has %d elements, its tensors have %d", short(key), n, s.elements)
		}
		if s.bytes > size-at {
			return fmt.Errorf("cut short: storage %s of %d bytes, %d left", short(key), s.bytes, size-at)
		}
		s.at, s.stored = at, s.bytes
		at += s.bytes
		found++
	}
	if found != len(storages) {
		return fmt.Errorf("damaged: %d storages in the list, tensors have %d", found, len(storages))
	}
	return nil
}
