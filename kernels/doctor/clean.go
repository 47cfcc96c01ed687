package doctor

import (
	"errors"
	"fmt"
	"os"
	"syscall"

	"v1lab/kernels"
	"v1lab/kernels/jupyter"
)

// Clean removes temporary folders of sessions that were killed, and ends the gonb and gopls
// processes that they left, and says what it removed. It touches only what runs from V1LAB_HOME.
func Clean() (removed []string, err error) {
	for _, p := range kernels.Orphans() {
		if killErr := syscall.Kill(p.PID, syscall.SIGTERM); killErr != nil {
			err = errors.Join(err, fmt.Errorf("process %d (%s): %w", p.PID, p.Name, killErr))
			continue
		}
		removed = append(removed, fmt.Sprintf("process %d (%s)", p.PID, p.Name))
	}
	dirs, strayErr := jupyter.Strays()
	err = errors.Join(err, strayErr)
	for _, dir := range dirs {
		if rmErr := os.RemoveAll(dir); rmErr != nil {
			err = errors.Join(err, rmErr)
			continue
		}
		removed = append(removed, dir)
	}
	return removed, err
}
