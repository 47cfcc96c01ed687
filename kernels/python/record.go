package python

import (
	"crypto/sha256"
	"encoding/base64"
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
func (e Environment) Check(dir string) error { return e.check(dir, checkSize) }

// Verify is [Environment.Check], but reads every file and compares its SHA-256 with the one that the package's list has. It takes seconds.
func (e Environment) Verify(dir string) error { return e.check(dir, checkContent) }

func (e Environment) check(dir string, compare comparison) error {
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
		if err := checkRecord(record, compare); err != nil {
			return err
		}
	}
	return nil
}

// VerifyPackage reads every file of the package that pip installed into the folder target ([Interpreter.Install]) and compares its SHA-256 with the
// one in the package's list. pin is the package as its folder spells it: name-version.
func VerifyPackage(target, pin string) error {
	records, err := v1labhome.Glob(target, "*.dist-info/RECORD")
	if err != nil {
		return fmt.Errorf("%s: %w", target, err)
	}
	for _, record := range records {
		if normal(strings.TrimSuffix(filepath.Base(filepath.Dir(record)), ".dist-info")) == normal(pin) {
			return checkRecord(record, checkContent)
		}
	}
	return fmt.Errorf("the file list of package %s is gone from %s", pin, target)
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

// comparison compares the file at path with the hash ("sha256=" and base64) and the size of the package's list; both may be empty.
type comparison func(path, hash, size string) error

// checkSize finds a file that is gone or truncated. A larger file is no damage: some users add certificates to lists.
func checkSize(path, _, size string) error {
	info, err := os.Stat(path)
	if err != nil {
		return fmt.Errorf("file %s is gone", path)
	}
	if n, err := strconv.ParseInt(size, 10, 64); err == nil && info.Size() < n {
		return fmt.Errorf("file %s has %d bytes of %d", path, info.Size(), n)
	}
	return nil
}

// checkContent finds a changed byte as well. What was added at the end is no damage, as for checkSize.
func checkContent(path, hash, size string) error {
	if err := checkSize(path, hash, size); err != nil {
		return err
	}
	want, known := strings.CutPrefix(hash, "sha256=")
	n, err := strconv.ParseInt(size, 10, 64)
	if !known || err != nil {
		return nil
	}
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close() //nolint:errcheck // read only
	sum := sha256.New()
	if _, err := io.Copy(sum, io.LimitReader(file, n)); err != nil {
		return fmt.Errorf("file %s: %w", path, err)
	}
	if got := base64.RawURLEncoding.EncodeToString(sum.Sum(nil)); got != want {
		return fmt.Errorf("file %s has changed since it was installed (SHA-256 %s, installed %s)", path, got, want)
	}
	return nil
}

// checkRecord compares the files that a package lists: path, hash, size. It skips what may be removed on purpose: compiled
// files, and the kernels of other languages.
func checkRecord(record string, compare comparison) error {
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
		if err := compare(path, row[1], row[2]); err != nil {
			return err
		}
	}
}
