package table

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/unicode"

	"v1lab/datasets/infile"
)

// text is a table's text in UTF-8 with line feeds, whatever the file has.
type text struct {
	*bufio.Reader
	separator rune // that a line sep= names, or 0
	skipped   int  // lines before the one that names the columns
}

// peeked is how much of a file tells its form.
const peeked = 1 << 16

// decode recognises gzip, byte order marks, UTF-16, line ends of old Macs, and a first line sep=; as spreadsheets write it. size is the file's.
func decode(file io.Reader, size uint64) (*text, error) {
	r := bufio.NewReaderSize(file, peeked)
	start, _ := r.Peek(8)
	if bytes.HasPrefix(start, []byte{0x1f, 0x8b}) {
		unpacked, err := gzip.NewReader(r)
		if err != nil {
			return nil, fmt.Errorf("damaged, or cut short: %w", err)
		}
		r = bufio.NewReaderSize(&limited{unpacked, infile.Unpacked(size), infile.Unpacked(size)}, peeked)
		start, _ = r.Peek(8)
	}
	for _, other := range []struct{ magic, what string }{
		{"PK\x03\x04", "a zip archive, such as an Excel workbook"}, {"\xd0\xcf\x11\xe0", "an Excel workbook"}, {"PAR1", "a Parquet file"},
		{"\x89HDF", "an HDF5 file"}, {"\xff\xfe\x00\x00", "text in UTF-32"}, {"\x00\x00\xfe\xff", "text in UTF-32"},
	} {
		if bytes.HasPrefix(start, []byte(other.magic)) {
			return nil, fmt.Errorf("%s, want a table as text (CSV)", other.what)
		}
	}
	order, wide := unicode.LittleEndian, true
	switch {
	case bytes.HasPrefix(start, []byte{0xff, 0xfe}), len(start) > 1 && start[0] != 0 && start[1] == 0:
	case bytes.HasPrefix(start, []byte{0xfe, 0xff}), len(start) > 1 && start[0] == 0 && start[1] != 0:
		order = unicode.BigEndian
	default:
		wide = false
	}
	if wide {
		r = bufio.NewReaderSize(unicode.UTF16(order, unicode.UseBOM).NewDecoder().Reader(r), peeked)
	}
	const mark = "\ufeff"
	if start, _ := r.Peek(len(mark)); string(start) == mark {
		r.Discard(len(mark)) //nolint:errcheck // peeked before
	}
	if start, _ := r.Peek(peeked); bytes.IndexByte(start, '\r') >= 0 && bytes.IndexByte(start, '\n') < 0 {
		r = bufio.NewReaderSize(carriage{r}, peeked)
	}
	t := &text{Reader: r}
	for {
		start, err := r.Peek(len(`"sep=,"` + "\r\n"))
		if len(start) == 0 {
			if err != nil && !errors.Is(err, io.EOF) {
				return nil, err
			}
			return t, nil
		}
		line, _, _ := strings.Cut(string(start), "\n")
		named, ok := separatorLine(line)
		if !ok && strings.Trim(line, " \r") != "" || !ok && len(line) == len(start) {
			return t, nil
		}
		if ok {
			t.separator = named
		}
		if _, err := r.ReadString('\n'); err != nil && !errors.Is(err, io.EOF) {
			return nil, err
		}
		t.skipped++
	}
}

// separatorLine parses a line sep=; which tells spreadsheets the separator.
func separatorLine(line string) (rune, bool) {
	line = strings.TrimRight(line, "\r\n")
	if inner, ok := strings.CutPrefix(line, `"`); ok {
		line = strings.TrimSuffix(inner, `"`)
	}
	if len(line) < 5 || !strings.EqualFold(line[:4], "sep=") {
		return 0, false
	}
	r, n := utf8.DecodeRuneInString(line[4:])
	return r, n == len(line)-4 && slices.Contains(separators, r)
}

// limited refuses to unpack more than most bytes.
type limited struct {
	r          io.Reader
	left, most uint64
}

func (l *limited) Read(p []byte) (int, error) {
	n, err := l.r.Read(p)
	if uint64(n) > l.left {
		return 0, fmt.Errorf("unpacks to more than %d bytes, which are accepted for what the file has", l.most)
	}
	l.left -= uint64(n)
	if err != nil && !errors.Is(err, io.EOF) {
		err = fmt.Errorf("damaged, or cut short: %w", err)
	}
	return n, err
}

// carriage makes line feeds of carriage returns.
type carriage struct{ r io.Reader }

func (c carriage) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	for i, b := range p[:n] {
		if b == '\r' {
			p[i] = '\n'
		}
	}
	return n, err
}
