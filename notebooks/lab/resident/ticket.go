package resident

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
)

// ofTicket is the end of the names of tickets.
const ofTicket = ".ticket"

// ticket is what the server of a notebook needs in order to ask for a page, whose cell has ended. kernels/jupyter/v1lab_ask.py reads it.
type ticket struct {
	Socket string `json:"socket"` // of the engine that answers
	Cell   string `json:"cell"`   // in place of the asker
	Dir    string `json:"dir"`    // working folder
	Run    string `json:"run"`    // run folder, as the cell named it
	Fit    string `json:"fit"`    // fingerprint of its weights, as package origin computes it: what the page shows is of these
}

// Ticket returns a name by which a page of this cell may ask the engine about a run, and nothing else, until the kernel ends. The page names neither files nor
// sockets: the server of the notebook finds those in the kernel's temporary folder.
func Ticket(run, fit string) (string, error) {
	socket, err := Socket()
	if err != nil {
		return "", err
	}
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	random := make([]byte, 16)
	rand.Read(random) //nolint:errcheck // it never fails
	id := fmt.Sprintf("%d-%x", os.Getppid(), random)
	text, err := json.Marshal(ticket{Socket: socket, Cell: id, Dir: dir, Run: run, Fit: fit})
	if err != nil {
		return "", err
	}
	if err := os.WriteFile(filepath.Join(os.TempDir(), "engine-"+id+ofTicket), text, 0o600); err != nil {
		return "", fmt.Errorf("a file for the sliders: %w; set TMPDIR to a folder that you can write", err)
	}
	return id, nil
}
