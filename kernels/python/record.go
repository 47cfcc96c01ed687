package python

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

	"v1lab/kernels/v1labhome"
)

// Check compares a finished environment with the file lists of its packages and returns what is missing or truncated. It does not read the
// files' content and takes some tenths of a second.
func (e Environment) Check(dir string) error {
	if _, err := os.Stat(Executable(dir)); err != nil {
		return fmt.Errorf("no Python in it, or the one that it was made from is gone: %s", Executable(dir))
	}
	records, err := v1labhome.Glob(dir, "lib/python3*/site-packages/*.dist-info/RECORD")
	if err != nil {
		return fmt.Errorf("%s: %w", dir, err)
	}
	there := map[string]bool{}
	for _, record := range records {
		there[normal(strings.TrimSuffix(filepath.Base(filepath.Dir(record)), ".dist-info"))] = true
	}
	for _, pin := range e.required() {
		if !there[normal(pin)] {
			return fmt.Errorf("package %s is gone", pin)
		}
	}
	for _, record := range records {
		if err := checkRecord(record); err != nil {
			return err
		}
	}
	return nil
}

var rePin = regexp.MustCompile(`(?m)^([A-Za-z0-9._-]+)==(\S+)\s+(;?)`)

// required lists the packages, as name-version, that every platform gets.
func (e Environment) required() []string {
	var pins []string
	for _, m := range rePin.FindAllStringSubmatch(string(e.Requirements), -1) {
		if m[3] == "" {
			pins = append(pins, m[1]+"-"+m[2])
		}
	}
	return pins
}

var reSeparators = regexp.MustCompile(`[-_.]+`)

// normal normalises the spelling of a package's name.
func normal(name string) string { return strings.ToLower(reSeparators.ReplaceAllString(name, "-")) }

// checkRecord checks the files that a package lists: path, hash, size. It skips what may be removed on purpose: compiled
// files, and the kernels of other languages. A larger file is no damage: some users add certificates to lists.
func checkRecord(record string) error {
	file, err := os.Open(record)
	if err != nil {
		return err
	}
	defer file.Close() //nolint:errcheck // read only
	site := filepath.Dir(filepath.Dir(record))
	rows := csv.NewReader(file)
	rows.FieldsPerRecord, rows.ReuseRecord = 3, true
	for {
		row, err := rows.Read()
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return fmt.Errorf("%s: %w", record, err)
		case strings.HasSuffix(row[0], ".pyc"), strings.Contains(row[0], "share/jupyter/kernels/"):
			continue
		}
		path := row[0]
		if !filepath.IsAbs(path) {
			path = filepath.Join(site, path)
		}
		info, err := os.Stat(path)
		if err != nil {
			return fmt.Errorf("file %s is gone", path)
		}
		if size, err := strconv.ParseInt(row[2], 10, 64); err == nil && info.Size() < size {
			return fmt.Errorf("file %s has %d bytes of %d", path, info.Size(), size)
		}
	}
}
