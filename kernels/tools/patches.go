package tools

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/mod/modfile"

	"v1lab/kernels/gocmd"
	"v1lab/kernels/v1labhome"
)

// patch is a change to one file of a module that gonb is built from. old stands in the file once; a file of ours has no old text.
type patch struct{ module, file, old, new string }

// ours are our changes to gonb. The first makes the kernel drop what the owner of its connection file did not send, as ipykernel does. Kernels listen on ports of the loopback
// interface, to which every user of the machine can connect. Without these changes one message with a wrong signature, without one, or with a length
// that is a lie ends the kernel, and one silent connection keeps every later one waiting.
var ours = []patch{
	{gonb, "internal/kernel/kernel.go", "msg = k.FromWireMsg(zmqMsg)\n", `if msg = k.signedMsg(zmqMsg, socketName); msg == nil {
					continue
				}
`},
	{gonb, "internal/kernel/kernel.go", "// pollHeartbeat starts", `// signedMsg returns nil, and says so in the log, for a message that cannot be read or that is not signed with the kernel's key.
func (k *Kernel) signedMsg(zmqMsg zmq4.Msg, socketName string) Message {
	delimiter := 0
	for delimiter < len(zmqMsg.Frames) && string(zmqMsg.Frames[delimiter]) != "<IDS|MSG>" {
		delimiter++
	}
	if delimiter+6 > len(zmqMsg.Frames) {
		klog.Warningf("dropped a message to the %s socket: it has %d parts, not those of a Jupyter message", socketName, len(zmqMsg.Frames))
		return nil
	}
	msg := k.FromWireMsg(zmqMsg)
	if !msg.Ok() {
		klog.Warningf("dropped a message to the %s socket: %v", socketName, msg.Error())
		return nil
	}
	return msg
}

// pollHeartbeat starts`},
	// What a cell or a shell line starts is a process group. It is interrupted as a whole and killed after five seconds; what is left of it ends with the kernel, or soon after.
	{gonb, "internal/jpyexec/jpyexec.go", "	cmd.Dir = exec.dir\n", "	cmd.Dir = exec.dir\n	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}\n"},
	{gonb, "internal/jpyexec/jpyexec.go", "	\"sync\"\n", "	\"sync\"\n	\"syscall\"\n"},
	{gonb, "internal/jpyexec/jpyexec.go", "cmd.Process.Signal(os.Interrupt)", "syscall.Kill(-cmd.Process.Pid, syscall.SIGINT)"},
	{gonb, "internal/jpyexec/jpyexec.go", "cmd.Process.Kill()", "syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)"},
	{gonb, "internal/jpyexec/jpyexec.go", "	var interruptId kernel.SubscriptionId\n", "	kernel.GroupStarted(cmd.Process.Pid, exec.useNamedPipes)\n	defer kernel.GroupEnded(cmd.Process.Pid)\n	var interruptId kernel.SubscriptionId\n"},
	{gonb, "internal/kernel/kernel.go", "	\"sync/atomic\"\n", "	\"sync/atomic\"\n	\"syscall\"\n	\"time\"\n"},
	{gonb, "internal/kernel/kernel.go", "	\"os/signal\"\n", "	\"os/exec\"\n	\"os/signal\"\n	\"path/filepath\"\n"},
	{gonb, "internal/kernel/kernel.go", "	klog.V(1).Infof(\"Kernel.Stop()\")\n", "	klog.V(1).Infof(\"Kernel.Stop()\")\n	SayEnd()\n	endGroups()\n"},
	// A restart begins like the stop button, with an interrupt, and the end of the kernel may take long. Cells learn at once that it ends.
	{gonb, "internal/dispatcher/dispatcher.go", "	klog.Info(\"Shutting down in response to shutdown_request\")\n", "	klog.Info(\"Shutting down in response to shutdown_request\")\n	kernel.SayEnd()\n"},
	{gonb, "internal/kernel/kernel.go", "// IsStopped returns whether", `// SayEnd leaves the file from which cells know that this kernel ends.
func SayEnd() {
	name := filepath.Join(os.TempDir(), fmt.Sprintf("kernel-%d-ends", os.Getpid()))
	if err := os.WriteFile(name, nil, 0o600); err != nil {
		klog.Errorf("cells do not know that the kernel ends: %v", err)
	}
}

var groups sync.Map // process groups of cells, by their leader's number: whether it is a cell in Go

// GroupStarted notes the group of a program that a cell runs.
func GroupStarted(leader int, isGo bool) { groups.Store(leader, isGo) }

// GroupEnded notes that the program has ended. Others of its group may go on.
func GroupEnded(leader int) {
	if syscall.Kill(-leader, 0) != nil {
		groups.Delete(leader)
	}
}

// endGroups interrupts what cells have started, and terminates shells, whose background commands ignore interrupts. A cell that fits saves when its kernel
// is gone, so the kernel does not wait: what has not ended after eight seconds is killed by a shell of its own session.
func endGroups() {
	signal := func(sig syscall.Signal, goToo bool) (any bool) {
		groups.Range(func(leader, isGo interface{}) bool {
			if goToo || !isGo.(bool) {
				any = syscall.Kill(-leader.(int), sig) == nil || any
			}
			return true
		})
		return any
	}
	wait := func() {
		for i := 0; i < 10 && signal(0, true); i++ {
			time.Sleep(20 * time.Millisecond)
		}
	}
	signal(syscall.SIGINT, true)
	wait()
	if signal(syscall.SIGTERM, false) {
		wait()
	}
	script := ""
	groups.Range(func(leader, _ interface{}) bool {
		if syscall.Kill(-leader.(int), 0) == nil {
			script += fmt.Sprintf(" -%d", leader)
		}
		return true
	})
	if script != "" {
		reaper := exec.Command("/bin/sh", "-c", "sleep 8; kill -KILL --"+script)
		reaper.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
		if err := reaper.Start(); err != nil {
			klog.Errorf("processes of cells are left: %v", err)
		}
	}
}

// IsStopped returns whether`},
	// Memory is taken as bytes arrive, and no message is larger than 256 MiB.
	{zmq4, "conn.go", "if size > uint64(maxInt64) {", "if size > 256<<20 || uint64(msg.size())+size > 256<<20 || len(msg.Frames) > 4096 {"},
	{zmq4, "conn.go", "body := make([]byte, size)\n\t\t_, msg.err = io.ReadFull(c.rw, body)\n", `var body []byte
		body, msg.err = io.ReadAll(io.LimitReader(c.rw, int64(size)))
		if msg.err == nil && uint64(len(body)) < size {
			msg.err = io.ErrUnexpectedEOF
		}
`},
	// A connection has ten seconds for its greeting, and no other waits for it.
	{zmq4, "socket.go", `			zconn, err := Open(conn, sck.sec, sck.typ, sck.id, true, sck.scheduleRmConn)
			if err != nil {
				// FIXME(sbinet): maybe bubble up this error to application code?
				sck.log.Printf("could not open a ZMTP connection with %q: %+v", sck.ep, err)
				continue
			}

			sck.addConn(zconn)
		}
	}
}
`, `			go sck.greet(conn)
		}
	}
}

func (sck *socket) greet(conn net.Conn) {
	conn.SetDeadline(time.Now().Add(10 * time.Second))
	zconn, err := Open(conn, sck.sec, sck.typ, sck.id, true, sck.scheduleRmConn)
	if err != nil {
		conn.Close()
		return
	}
	conn.SetDeadline(time.Time{})
	sck.addConn(zconn)
}
`},
	{zmq4, "protocol.go", "if klen > len(data) {", "if n+klen+4 > len(data) {"},
	// A heartbeat that is none is passed over.
	{zmq4, "rep.go", "r.msgCh <- repMsg{conn, msg}", "if pre, _ := splitReq(msg); pre != nil {\n\t\t\t\tr.msgCh <- repMsg{conn, msg}\n\t\t\t}"},
}

const (
	gonb = "github.com/janpfeifer/gonb"
	zmq4 = "github.com/go-zeromq/zmq4"
)

// patchedModfile writes patched copies of the modules into the folder temp, and a go.mod that takes them in place of the pinned ones; it returns its path. dir
// has the go.mod that pins them. (Go's -overlay does not change files of its module cache.)
func patchedModfile(ctx context.Context, dir string, patches []patch, temp string) (string, error) {
	path := filepath.Join(dir, "go.mod")
	data, err := os.ReadFile(path)
	if err != nil {
		return "", err
	}
	file, err := modfile.Parse(path, data, nil)
	if err != nil {
		return "", err
	}
	copies := map[string]string{} // of the modules
	for _, p := range patches {
		if copies[p.module] == "" {
			source, err := moduleFolder(ctx, dir, p.module)
			if err != nil {
				return "", err
			}
			copies[p.module] = filepath.Join(temp, filepath.Base(p.module))
			if err := os.CopyFS(copies[p.module], os.DirFS(source)); err != nil {
				return "", fmt.Errorf("patch of %s: %w", p.module, err)
			}
			if err := file.AddReplace(p.module, "", copies[p.module], ""); err != nil {
				return "", fmt.Errorf("patch of %s: %w", p.module, err)
			}
		}
		if err := p.apply(copies[p.module]); err != nil {
			return "", fmt.Errorf("patch of %s: %w", p.module, err)
		}
	}
	if data, err = file.Format(); err != nil {
		return "", err
	}
	sums, err := os.ReadFile(filepath.Join(dir, "go.sum"))
	if err != nil {
		return "", err
	}
	if err := os.WriteFile(filepath.Join(temp, "go.sum"), sums, 0o600); err != nil {
		return "", err
	}
	path = filepath.Join(temp, "go.mod")
	return path, os.WriteFile(path, data, 0o600)
}

// apply changes the file in the copy of its module in dir.
func (p patch) apply(dir string) error {
	path := filepath.Join(dir, filepath.FromSlash(p.file))
	if p.old == "" {
		if _, err := os.Stat(path); err == nil {
			return fmt.Errorf("%s is there already: rename ours", p.file)
		}
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			return err
		}
		return os.WriteFile(path, []byte(p.new), 0o600)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if n := strings.Count(string(data), p.old); n != 1 {
		return fmt.Errorf("%s has %q %d times, not once: adapt the patch to the pinned version", p.file, p.old, n)
	}
	if err := os.Remove(path); err != nil { // a copy of the module cache is read-only
		return err
	}
	return os.WriteFile(path, []byte(strings.Replace(string(data), p.old, p.new, 1)), 0o600)
}

// moduleFolder returns the folder of a module's source, which is downloaded if it is not there.
func moduleFolder(ctx context.Context, dir, module string) (string, error) {
	env := append(gocmd.CellEnviron(dir), "GOWORK=off")
	if v1labhome.Offline() {
		env = append(env, "GOPROXY=off")
	}
	if _, err := gocmd.Run(ctx, dir, env, "mod", "download", module); err != nil {
		return "", err
	}
	out, err := gocmd.Run(ctx, dir, env, "list", "-m", "-f", "{{.Dir}}", module)
	return strings.TrimSpace(out), err
}
