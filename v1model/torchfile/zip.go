package torchfile

import (
	"archive/zip"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"

	"v1lab/datasets/infile"
)

const (
	pickleName = "/data.pkl" // beneath a folder of any name
	maxPickle  = 256 << 20   // bytes; a state dict's pickle has some hundred bytes a tensor
)

// openZip reads data.pkl of a zip archive. Storages are the members data/KEY beside it.
func openZip(file io.ReaderAt, size int64) (any, error) {
	archive, err := zip.NewReader(file, size)
	if err != nil {
		return nil, fmt.Errorf("damaged, or not a zip archive: %w", err)
	}
	members, folder := map[string]*zip.File{}, ""
	for _, m := range archive.File {
		if members[m.Name] != nil {
			return nil, fmt.Errorf("damaged: two members %s", short(m.Name))
		}
		members[m.Name] = m
		if base, ok := strings.CutSuffix(m.Name, pickleName); ok && !strings.Contains(base, "/") {
			if folder != "" {
				return nil, fmt.Errorf("damaged: two state dicts, %s and %s", short(folder+pickleName), short(m.Name))
			}
			folder = base
		}
	}
	pickle := members[folder+pickleName]
	switch {
	case folder == "" || pickle == nil:
		return nil, fmt.Errorf("no member FOLDER%s: a zip archive, but not of torch.save; found %s", pickleName, list(memberNames(archive)))
	case members[folder+"/constants.pkl"] != nil:
		return nil, errors.New("a TorchScript archive, which holds code; accepted: a state dict, torch.save(model.state_dict(), FILE)")
	}
	var order binary.ByteOrder = binary.LittleEndian
	if m := members[folder+"/byteorder"]; m != nil {
		b, err := content(m, size, 16)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", short(m.Name), err)
		}
		switch text := strings.TrimSpace(string(b)); text {
		case "little":
		case "big":
			order = binary.BigEndian
		default:
			return nil, fmt.Errorf("%s: %q, accepted: little, big", short(m.Name), short(text))
		}
	}
	code, err := content(pickle, size, maxPickle)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", short(pickle.Name), err)
	}
	value, _, err := run(code, func(id tuple) (any, error) {
		s, err := newStorage(id)
		if err != nil {
			return nil, err
		}
		m := members[folder+"/data/"+s.key]
		if m == nil {
			return nil, fmt.Errorf("no member %s for a storage", short(folder+"/data/"+s.key))
		}
		s.order = order
		return s, s.locate(m, size)
	})
	return value, err
}

// locate notes where a storage's member lies, and checks that its sizes agree with each other and with the file.
func (s *storage) locate(m *zip.File, size int64) error {
	if m.UncompressedSize64 != uint64(s.bytes) {
		return fmt.Errorf("member %s has %d bytes, and the storage %d elements of %s", short(m.Name), m.UncompressedSize64, s.elements, s.kind)
	}
	at, err := checked(m, size)
	if err != nil {
		return fmt.Errorf("member %s: %w", short(m.Name), err)
	}
	s.at, s.stored, s.deflated, s.sum = at, int64(m.CompressedSize64), m.Method == zip.Deflate, &m.CRC32
	return nil
}

// checked returns the first byte of a member whose sizes are possible.
func checked(m *zip.File, size int64) (at int64, err error) {
	if m.Method != zip.Store && m.Method != zip.Deflate {
		return 0, fmt.Errorf("compressed by method %d; accepted: stored, deflated", m.Method)
	}
	if at, err = m.DataOffset(); err != nil {
		return 0, fmt.Errorf("damaged: %w", err)
	}
	stored, unpacked := m.CompressedSize64, m.UncompressedSize64
	switch {
	case at < 0 || at > size || stored > uint64(size-at):
		return 0, fmt.Errorf("cut short: %d bytes at byte %d of %d", stored, at, size)
	case m.Method == zip.Store && stored != unpacked:
		return 0, fmt.Errorf("damaged: %d bytes stored as %d", unpacked, stored)
	case unpacked > infile.Unpacked(stored):
		return 0, fmt.Errorf("%d bytes would unpack to %d; accepted: at most %d", stored, unpacked, infile.Unpacked(stored))
	}
	return at, nil
}

// content unpacks a member of at most most bytes.
func content(m *zip.File, size int64, most uint64) ([]byte, error) {
	if _, err := checked(m, size); err != nil {
		return nil, err
	}
	if m.UncompressedSize64 > most {
		return nil, fmt.Errorf("%d bytes; accepted: at most %d", m.UncompressedSize64, most)
	}
	r, err := m.Open()
	if err != nil {
		return nil, fmt.Errorf("damaged: %w", err)
	}
	defer r.Close()
	b, err := io.ReadAll(io.LimitReader(r, int64(m.UncompressedSize64)+1))
	if err != nil {
		return nil, fmt.Errorf("damaged: %w", err)
	}
	return b, nil
}

func memberNames(archive *zip.Reader) []string {
	var names []string
	for _, m := range archive.File {
		names = append(names, m.Name)
	}
	return names
}
