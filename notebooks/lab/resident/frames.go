package resident

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"unsafe"

	"golang.org/x/sys/unix"

	"v1lab/notebooks/lab/exact"
)

// Kinds of frames.
const (
	Asks     = 'q' // Request, then what it is asked with
	Cancels  = 'c' // the asker wants no answer any more; what answers it says how far it came
	Warns    = 'w' // a sentence for the user
	Proceeds = 'p' // insilico.Progress
	Fails    = 'e' // Failure
	Answers  = 'a' // the answer
	Maps     = 'm' // the answer, whose blocks are in the file that comes with the frame
)

// Request begins a question.
type Request struct {
	Name string // of the question
	Cell string // the asker, different for every process
	Dir  string // its working folder
	Path string // run folder, as the asker names it; empty: the question is about none
}

// Failure is an error in place of an answer.
type Failure struct {
	Text     string
	Canceled bool // because the asker wanted none
}

// Conn is one connection between a cell and the engine.
type Conn struct {
	socket *net.UnixConn
	in     *bufio.Reader
	files  []int // that came and were not mapped
}

// NewConn returns a connection over a socket.
func NewConn(socket *net.UnixConn) *Conn {
	c := &Conn{socket: socket}
	c.in = bufio.NewReaderSize(reader{c}, 1<<16)
	return c
}

// Close closes the connection.
func (c *Conn) Close() {
	c.socket.Close() //nolint:errcheck // the other side sees it
	for _, f := range c.files {
		unix.Close(f) //nolint:errcheck // read only
	}
}

// reader reads from the socket and keeps the files that come along.
type reader struct{ c *Conn }

func (r reader) Read(p []byte) (int, error) {
	beside := make([]byte, unix.CmsgSpace(4))
	n, besides, _, _, err := r.c.socket.ReadMsgUnix(p, beside)
	if besides > 0 {
		messages, errParse := unix.ParseSocketControlMessage(beside[:besides])
		if errParse != nil {
			return n, errParse
		}
		for _, m := range messages {
			files, errParse := unix.ParseUnixRights(&m)
			if errParse != nil {
				return n, errParse
			}
			r.c.files = append(r.c.files, files...)
		}
	}
	if n = max(n, 0); n == 0 && err == nil && len(p) > 0 {
		err = io.EOF
	}
	return n, err
}

// Send sends a frame.
func (c *Conn) Send(kind byte, m exact.Message) error {
	head := binary.AppendUvarint([]byte{kind}, uint64(len(m.Head)))
	head = append(head, m.Head...)
	head = binary.AppendUvarint(head, uint64(len(m.Blocks)))
	for _, b := range m.Blocks {
		head = binary.AppendUvarint(head, uint64(len(b)))
	}
	_, err := (&net.Buffers{head}).WriteTo(c.socket)
	for _, b := range m.Blocks {
		if err == nil {
			_, err = c.socket.Write(b)
		}
	}
	return err
}

// SendValue sends a frame with a value.
func SendValue[T any](c *Conn, kind byte, v T) error {
	m, err := exact.Encode(v)
	if err != nil {
		return err
	}
	return c.Send(kind, m)
}

// Shared is a message whose blocks are in a file, so that any number of processes map it and none copies it.
type Shared struct {
	head  []byte
	sizes []uint64
	file  *os.File
}

// edge is a multiple of bytes at which each block begins.
const edge = 64

// Share writes a message's blocks to a file in the temporary folder that has no name, and goes when the last process that has it open ends.
func Share(m exact.Message) (*Shared, error) {
	file, err := os.CreateTemp("", "recording-")
	if err != nil {
		return nil, fmt.Errorf("a file for a recording in memory: %w; set TMPDIR to a folder that you can write", err)
	}
	s := &Shared{head: m.Head, file: file}
	out := bufio.NewWriterSize(file, 1<<20)
	err = os.Remove(file.Name())
	for _, b := range m.Blocks {
		s.sizes = append(s.sizes, uint64(len(b)))
		out.Write(b)                         //nolint:errcheck // Flush returns it
		out.Write(make([]byte, gap(len(b)))) //nolint:errcheck // Flush returns it
	}
	if err = errors.Join(err, out.Flush()); err != nil {
		file.Close() //nolint:errcheck // it has no name
		return nil, fmt.Errorf("a file for a recording in memory: %w", err)
	}
	return s, nil
}

// gap is the number of bytes from the end of a block of n bytes to the next.
func gap(n int) int { return (edge - n%edge) % edge }

// Size is the size of the file in bytes.
func (s *Shared) Size() (n int64) {
	for _, size := range s.sizes {
		n += int64(size) + int64(gap(int(size)))
	}
	return n
}

// Close gives up the file. Who has mapped it keeps it.
func (s *Shared) Close() { s.file.Close() } //nolint:errcheck // it has no name

// SendShared sends an answer whose blocks are in a file.
func (c *Conn) SendShared(s *Shared) error {
	head := binary.AppendUvarint([]byte{Maps}, uint64(len(s.head)))
	head = append(head, s.head...)
	head = binary.AppendUvarint(head, uint64(len(s.sizes)))
	for _, size := range s.sizes {
		head = binary.AppendUvarint(head, size)
	}
	n, _, err := c.socket.WriteMsgUnix(head, unix.UnixRights(int(s.file.Fd())), nil)
	if err == nil && n < len(head) {
		_, err = c.socket.Write(head[n:])
	}
	return err
}

// maxHead is the largest head of a frame, in bytes, and maxBlocks the largest number of blocks: a larger number comes of a damaged frame.
const (
	maxHead   = 1 << 32
	maxBlocks = 1 << 20
)

// Receive receives a frame.
func (c *Conn) Receive() (kind byte, m exact.Message, err error) {
	if kind, err = c.in.ReadByte(); err != nil {
		return 0, m, err
	}
	length, err := binary.ReadUvarint(c.in)
	if err != nil || length > maxHead {
		return 0, m, errors.Join(io.ErrUnexpectedEOF, err)
	}
	m.Head = make([]byte, length)
	if _, err := io.ReadFull(c.in, m.Head); err != nil {
		return 0, m, err
	}
	count, err := binary.ReadUvarint(c.in)
	if err != nil || count > maxBlocks {
		return 0, m, errors.Join(io.ErrUnexpectedEOF, err)
	}
	sizes := make([]uint64, count)
	for i := range sizes {
		if sizes[i], err = binary.ReadUvarint(c.in); err != nil {
			return 0, m, err
		}
	}
	if kind == Maps {
		m.Blocks, err = c.mapped(sizes)
		return kind, m, err
	}
	for _, size := range sizes {
		memory := make([]uint64, (size+7)/8) // so that it begins at a multiple of eight
		block := unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(memory))), size)
		if _, err := io.ReadFull(c.in, block); err != nil {
			return 0, m, err
		}
		m.Blocks = append(m.Blocks, block)
	}
	return kind, m, nil
}

// mapped maps the file that came with a frame. What the cell writes to its blocks, others do not see.
func (c *Conn) mapped(sizes []uint64) (blocks [][]byte, err error) {
	if len(c.files) == 0 {
		return nil, errors.New("the engine sent a recording without its file")
	}
	file := c.files[0]
	c.files = c.files[1:]
	defer unix.Close(file) //nolint:errcheck // read only
	total := 0
	for _, size := range sizes {
		total += int(size) + gap(int(size))
	}
	if total == 0 {
		return nil, nil
	}
	memory, err := unix.Mmap(file, 0, total, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE)
	if err != nil {
		return nil, fmt.Errorf("a recording in memory: %w", err)
	}
	for _, size := range sizes {
		blocks = append(blocks, memory[:size:size])
		memory = memory[int(size)+gap(int(size)):]
	}
	return blocks, nil
}
