// Package queuetest starts a PostgreSQL server for tests of sweeps.
//
// In goes a test. Out comes the URL of an empty database on a socket of its own, which is gone when the test ends. The binaries are Debian's: a test that
// finds none fails and says what to install.
package queuetest

import (
	"bytes"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"
)

// Postgres starts a server and returns the URL of its database.
func Postgres(tb testing.TB) string {
	tb.Helper()
	bin := binaries(tb)
	dir, err := os.MkdirTemp("", "pg") // short: paths of sockets have at most 107 bytes
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = os.RemoveAll(dir) }) //nolint:errcheck // temporary
	attr := unprivileged(tb, dir)
	cluster := filepath.Join(dir, "data")
	initdb := exec.Command(filepath.Join(bin, "initdb"), "-D", cluster, "-U", "lab", "-A", "trust", "--no-sync", "-E", "UTF8")
	initdb.SysProcAttr, initdb.Dir = attr, dir
	if out, err := initdb.CombinedOutput(); err != nil {
		tb.Fatalf("initdb: %v: %s", err, out)
	}
	var said bytes.Buffer
	server := exec.Command(filepath.Join(bin, "postgres"), "-D", cluster, "-k", dir, "-h", "", "-F", "-c", "max_connections=100")
	server.SysProcAttr, server.Dir, server.Stderr = attr, dir, &said
	if err := server.Start(); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		_ = server.Process.Signal(syscall.SIGINT) //nolint:errcheck // it may have ended
		_ = server.Wait()                         //nolint:errcheck // likewise
	})
	ready := exec.Command(filepath.Join(bin, "pg_isready"), "-h", dir, "-U", "lab", "-d", "postgres")
	for begun := time.Now(); ; time.Sleep(100 * time.Millisecond) {
		if again := exec.Command(ready.Path, ready.Args[1:]...); again.Run() == nil {
			break
		}
		if time.Since(begun) > 2*time.Minute {
			tb.Fatalf("PostgreSQL does not answer: %s", said.String())
		}
	}
	return fmt.Sprintf("postgres://lab@/postgres?host=%s", url.QueryEscape(dir))
}

// binaries returns the folder of PostgreSQL's programs.
func binaries(tb testing.TB) string {
	tb.Helper()
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb") //nolint:errcheck // the pattern is right
	if len(found) > 0 {
		return filepath.Dir(found[len(found)-1])
	}
	path, err := exec.LookPath("initdb")
	if err != nil {
		tb.Fatal("no PostgreSQL in /usr/lib/postgresql or PATH, with which this test runs sweeps: apt-get install postgresql")
	}
	return filepath.Dir(path)
}

// unprivileged returns attributes with which a process of root runs as another user, as PostgreSQL refuses to run as root, and gives that user the folder.
func unprivileged(tb testing.TB, dir string) *syscall.SysProcAttr {
	tb.Helper()
	if os.Getuid() != 0 {
		return nil
	}
	who, err := user.Lookup("postgres")
	if err != nil {
		if who, err = user.Lookup("nobody"); err != nil {
			tb.Fatal(err)
		}
	}
	uid, errU := strconv.Atoi(who.Uid)
	gid, errG := strconv.Atoi(who.Gid)
	if errU != nil || errG != nil {
		tb.Fatalf("user %s: %s, %s are no numbers", who.Username, who.Uid, who.Gid)
	}
	if err := os.Chown(dir, uid, gid); err != nil {
		tb.Fatal(err)
	}
	return &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}}
}
