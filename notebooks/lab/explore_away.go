//go:build v1lab_engine

package lab

import (
	"os"

	"github.com/janpfeifer/gonb/gonbui"

	"v1lab/notebooks/lab/origin"
	"v1lab/notebooks/lab/resident"
)

// ticket lets the page ask the engine. It is empty where nobody moves sliders.
func (r *Run) ticket() string {
	if !gonbui.IsNotebook || os.Getenv("V1LAB_HEADLESS") != "" {
		return ""
	}
	return Must(resident.Ticket(r.Path, Must(origin.Fit(r.Path))))
}
