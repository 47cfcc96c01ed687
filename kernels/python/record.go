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
)

// Check compares a finished environment with its packages' own lists of files and says what is gone or cut short. It reads no file's
// content and takes some tenths of a second.
func (e Environment) Check(dir string) error {
	if _, err := os.Stat(Executable(dir)); err != nil {
		return fmt.Errorf("no Python in it, or the one that it was made from is gone: %s", Executable(dir))
	}
	records, err := filepath.Glob(filepath.Join(dir, "lib", "python3*", "site-packages", "*.dist-info", "RECORD"))
	if err != nil {
		return fmt.Errorf("%s: %w", dir, err)
	}
	there := map[string]bool{}
	for _, record := range records {
		there[normal(strings.TrimSuffix(filepath.Base(filepath.Dir(record)), ".dist-info"))] = true
	}
	for _, pin := range e.always() {
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

// always lists the packages, as name-version, that every platform gets.
func (e Environment) always() []string {
	var pins []string
	for _, m := range rePin.FindAllStringSubmatch(string(e.Requirements), -1) {
		if m[3] == "" {
			pins = append(pins, m[1]+"-"+m[2])
		}
	}
	return pins
}

var reSeparators = regexp.MustCompile(`[-_.]+`)

// normal makes the spellings of a package's name equal.
func normal(name string) string { return strings.ToLower(reSeparators.ReplaceAllString(name, "-")) }

// checkRecord looks for the files that a package lists: path, hash, size. What may be taken away on purpose is passed over: compiled
// files, and the kernels of other languages. A file that grew is no damage: certificates are added to lists by those who need them.
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
