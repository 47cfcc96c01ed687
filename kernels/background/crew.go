package background

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// Crew is the process on this machine that keeps the workers of a sweep at work, "v1lab sweep run", and survives the process that started it. Its log in the
// sweep's folder is locked as long as it lives.
type Crew struct {
	Log string // path of the log
}

// CrewOf returns the crew of this machine for the sweep in a folder, whether it lives or not.
func CrewOf(dir string) Crew {
	host, err := os.Hostname()
	if err != nil || strings.ContainsRune(host, filepath.Separator) {
		host = "unknown"
	}
	return Crew{filepath.Join(dir, "crew-"+host+".log")}
}

// Start runs "program args...", those of v1lab sweep run, with more variables in its environment. It returns false, and does nothing, if the crew lives.
func (c Crew) Start(env []string, program string, args ...string) (started bool, err error) {
	log, err := os.OpenFile(c.Log, os.O_CREATE|os.O_APPEND|os.O_RDWR, 0o666)
	if err != nil {
		return false, fmt.Errorf("sweep in the background: %w", err)
	}
	defer log.Close() //nolint:errcheck // the child's; with its copy, the lock lives as long as the child
	for tries := 0; ; tries++ {
		err := unix.Flock(int(log.Fd()), unix.LOCK_EX|unix.LOCK_NB)
		if err == nil {
			break
		}
		switch {
		case !errors.Is(err, unix.EWOULDBLOCK):
			return false, fmt.Errorf("sweep in the background: %s: %w", c.Log, err)
		case tries == 10:
			return false, nil
		}
		time.Sleep(20 * time.Millisecond) // somebody may just be looking
	}
	cmd, err := launch(log, time.Now(), append(childEnv(), env...), program, args...)
	if err != nil {
		return false, fmt.Errorf("sweep in the background: %w", err)
	}
	go cmd.Wait() //nolint:errcheck // its log and the folder tell how it ended
	return true, nil
}

// Lives tells whether the crew is at work.
func (c Crew) Lives() (bool, error) {
	log, err := os.Open(c.Log)
	if errors.Is(err, os.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("sweep in the background: %w", err)
	}
	defer log.Close() //nolint:errcheck // read only; frees the lock
	err = unix.Flock(int(log.Fd()), unix.LOCK_SH|unix.LOCK_NB)
	if errors.Is(err, unix.EWOULDBLOCK) {
		return true, nil
	}
	return false, err
}

// Said returns the messages of the crew that was started last, of which the first line is its command.
func (c Crew) Said() []string { return attempt(c.Log, time.Time{}) }

// Failed returns an error with the end of the log if the crew that was started last ended with an error; nil otherwise, and while it lives.
func (c Crew) Failed() error {
	const most, name = 20, "v1lab sweep run: "
	lines := c.Said()
	if len(lines) == 0 || !strings.HasPrefix(lines[len(lines)-1], name) {
		return nil
	}
	return fmt.Errorf("the sweep in %s ended: %s\nthe end of %s:\n%s", filepath.Dir(c.Log), strings.TrimPrefix(lines[len(lines)-1], name), c.Log, strings.Join(lines[max(0, len(lines)-most):], "\n"))
}
