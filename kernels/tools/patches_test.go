package tools_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"syscall"
	"testing"
	"time"

	"github.com/go-zeromq/zmq4"

	"v1lab/kernels/tools"
)

// ports of a kernel, in the order in which its connection file names them.
var ports = []string{"shell", "control", "stdin", "iopub", "hb"}

// TestStrangersCannotEndAKernel: a kernel listens on the loopback interface. What other users of the machine send is dropped; the owner's next message is answered.
func TestStrangersCannotEndAKernel(t *testing.T) {
	if testing.Short() {
		t.Skip("starts a kernel")
	}
	dir, err := tools.Ensure(t.Context(), root(t), os.Stderr)
	if err != nil {
		t.Fatal(err)
	}
	address, answered := startKernel(t, filepath.Join(dir, "gonb"))
	if !answered() {
		t.Fatal("the kernel does not answer its owner")
	}
	message := [][]byte{[]byte("<IDS|MSG>"), []byte(hex.EncodeToString(make([]byte, 32))), []byte(`{"msg_type": "shutdown_request"}`), []byte("{}"), []byte("{}"), []byte("{}")}
	for _, attack := range []struct {
		name   string
		frames [][]byte
	}{
		{"a wrong signature", message},
		{"no signature", slices.Replace(slices.Clone(message), 1, 2, nil)},
		{"a signature that is no number", slices.Replace(slices.Clone(message), 1, 2, []byte("zz"))},
		{"a long signature", slices.Replace(slices.Clone(message), 1, 2, make([]byte, 1001))},
		{"no delimiter", [][]byte{[]byte("hello")}},
		{"the delimiter alone", message[:1]},
		{"half a message", message[:4]},
		{"an empty part", [][]byte{nil}},
	} {
		t.Run(attack.name, func(t *testing.T) {
			for _, port := range ports[:3] {
				stranger := zmq4.NewDealer(t.Context())
				if err := stranger.Dial("tcp://" + address[port]); err != nil {
					t.Fatal(err)
				}
				if err := stranger.SendMulti(zmq4.NewMsgFrom(attack.frames...)); err != nil {
					t.Fatal(err)
				}
				if !answered() {
					t.Errorf("after %s to its %s port the kernel no longer answers", attack.name, port)
				}
				stranger.Close() //nolint:errcheck // the test is over
			}
		})
	}
	// greeting and the READY command of a client of the given kind, as bytes.
	hello := func(kind string) []byte {
		greeting := make([]byte, 64)
		greeting[0], greeting[9], greeting[10] = 0xff, 0x7f, 3
		copy(greeting[12:], "NULL")
		body := append([]byte("\x05READY\x0bSocket-Type"), binary.BigEndian.AppendUint32(nil, uint32(len(kind)))...)
		body = append(body, kind...)
		return append(append(greeting, 4, byte(len(body))), body...)
	}
	huge := func(size uint64) []byte { return binary.BigEndian.AppendUint64([]byte{2}, size) }
	for name, bytes := range map[string][]byte{
		"silence":                  nil,
		"no greeting":              []byte("GET / HTTP/1.1\r\n\r\n aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
		"a property without value": append(slices.Clone(hello("X")[:64]), 4, 8, 5, 'R', 'E', 'A', 'D', 'Y', 1, 'k'),
		"a part of 2^62 bytes":     append(hello("DEALER"), huge(1<<62)...),
		"a part of 64 GB":          append(hello("DEALER"), huge(1<<36)...),
		"a heartbeat that is none": append(hello("REQ"), 0, 2, 'h', 'i'),
	} {
		t.Run(name, func(t *testing.T) {
			for _, port := range ports {
				c, err := net.Dial("tcp", address[port])
				if err != nil {
					t.Fatal(err)
				}
				defer c.Close()       //nolint:errcheck // the test is over
				_, _ = c.Write(bytes) //nolint:errcheck // the kernel may close the connection at once
			}
			time.Sleep(20 * time.Millisecond)
			if !answered() {
				t.Errorf("after %s the kernel no longer answers", name)
			}
		})
	}
}

// startKernel starts gonb and returns the addresses of its ports and a function that sends, over new connections, a heartbeat and a question with
// the right signature; it reports whether both were answered.
func startKernel(t *testing.T, gonb string) (address map[string]string, answered func() bool) {
	t.Helper()
	const key = "the owner's"
	connection := map[string]any{"transport": "tcp", "ip": "127.0.0.1", "key": key, "signature_scheme": "hmac-sha256"}
	address = map[string]string{}
	for _, name := range ports {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close() //nolint:errcheck // it only finds a port
		address[name], connection[name+"_port"] = l.Addr().String(), l.Addr().(*net.TCPAddr).Port
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
	}
	data, err := json.Marshal(connection)
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	file := filepath.Join(folder, "kernel-1.json")
	if err := os.WriteFile(file, data, 0o600); err != nil {
		t.Fatal(err)
	}
	env, err := tools.Env(t.Context(), root(t))
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(gonb, "--kernel", file, "-go_work="+root(t))
	cmd.Dir, cmd.Env = folder, append(env, "TMPDIR="+folder)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() { cmd.Wait(); close(ended) }() //nolint:errcheck // it is killed
	t.Cleanup(func() {
		cmd.Process.Signal(syscall.SIGTERM) //nolint:errcheck // it may have ended
		<-ended
	})
	for range 200 {
		if c, err := net.Dial("tcp", address["hb"]); err == nil {
			c.Close() //nolint:errcheck // it was a knock
			break
		}
		time.Sleep(50 * time.Millisecond)
	}
	header, parts := fmt.Appendf(nil, `{"msg_id": "1", "session": "1", "username": "", "msg_type": "kernel_info_request", "version": "5.3"}`), [][]byte{[]byte("{}"), []byte("{}"), []byte("{}")}
	mac := hmac.New(sha256.New, []byte(key))
	for _, part := range append([][]byte{header}, parts...) {
		mac.Write(part)
	}
	question := append([][]byte{[]byte("<IDS|MSG>"), []byte(hex.EncodeToString(mac.Sum(nil))), header}, parts...)
	ask := func(socket zmq4.Socket, address string, frames ...[]byte) bool {
		defer socket.Close() //nolint:errcheck // nothing is left to send
		if socket.Dial("tcp://"+address) != nil || socket.SendMulti(zmq4.NewMsgFrom(frames...)) != nil {
			return false
		}
		got := make(chan error, 1)
		go func() { _, err := socket.Recv(); got <- err }()
		select {
		case err := <-got:
			return err == nil
		case <-ended:
		case <-time.After(10 * time.Second):
		}
		return false
	}
	retries := zmq4.WithDialerMaxRetries(1)
	return address, func() bool {
		return ask(zmq4.NewReq(t.Context(), retries), address["hb"], []byte("ping")) && ask(zmq4.NewDealer(t.Context(), retries), address["shell"], question...)
	}
}
