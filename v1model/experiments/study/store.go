package study

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"v1lab/datasets/durable"
)

// reportVersion is that of the file that Keep writes; a change that older programs would misread makes it one higher.
const reportVersion = 1

type keptReport struct {
	Version int     `json:"version"`
	Report  *Report `json:"report"`
}

func reportPath(dir string) string { return filepath.Join(dir, "study.json") }

// Keep writes a report into a study's folder, for Read.
func (r *Report) Keep(dir string) error {
	text, err := json.Marshal(keptReport{reportVersion, r})
	if err != nil {
		return fmt.Errorf("study: %s: %w", reportPath(dir), err)
	}
	if err := durable.WriteFile(reportPath(dir), append(text, '\n'), 0o666); err != nil {
		return fmt.Errorf("study: %w", err)
	}
	return nil
}

// Read reads what a study's folder has found, without its runs.
func Read(dir string) (*Report, error) {
	path := reportPath(dir)
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("study %s: no study.json there; v1lab study --out %s writes it when all fits are made", dir, dir)
	}
	if err != nil {
		return nil, fmt.Errorf("study: %w", err)
	}
	var kept keptReport
	if err := json.Unmarshal(text, &kept); err != nil {
		return nil, fmt.Errorf("study: %s: %w", path, err)
	}
	if kept.Version > reportVersion {
		return nil, fmt.Errorf("study: %s is of version %d, this program reads up to %d; use the program that wrote it or a newer one", path, kept.Version, reportVersion)
	}
	if kept.Report == nil {
		return nil, fmt.Errorf("study: %s: no report in it; v1lab study --out %s writes it anew", path, dir)
	}
	return kept.Report, nil
}
