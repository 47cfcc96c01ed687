package keep

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"os"
	"reflect"
	"runtime"
	"slices"
	"strings"

	"v1lab/kernels/program"
	"v1lab/kernels/v1labhome"
)

// Fingerprinted is an input that names its content itself, such as a run: equal fingerprints mean equal content.
type Fingerprinted interface {
	KeepFingerprint() (string, error)
}

// Fingerprint is an input that is known by its fingerprint alone.
type Fingerprint string

// KeepFingerprint is the fingerprint.
func (f Fingerprint) KeepFingerprint() (string, error) { return string(f), nil }

// File is an input whose content counts.
type File string

// KeepFingerprint is the SHA-256 of the file's content.
func (f File) KeepFingerprint() (string, error) {
	file, err := os.Open(string(f))
	if err != nil {
		return "", err
	}
	defer file.Close()
	h := sha256.New()
	if _, err := io.Copy(h, file); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// Key identifies a value by its type, the function's source, the inputs and the surroundings.
func Key(value reflect.Type, source string, inputs []any, surroundings string) (string, error) {
	h := sha256.New()
	add := func(what, text string) { fmt.Fprintf(h, "%s %d\n%s\n", what, len(text), text) } //nolint:errcheck // a hash takes all
	add("type", value.PkgPath()+" "+value.String())
	add("source", source)
	add("surroundings", surroundings)
	for i, input := range inputs {
		text, err := inputText(input)
		if err != nil {
			return "", fmt.Errorf("input %d: %w", i+1, err)
		}
		add("input", text)
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

func inputText(input any) (string, error) {
	if input == nil {
		return "nil", nil
	}
	t := reflect.TypeOf(input)
	if f, ok := input.(Fingerprinted); ok {
		text, err := f.KeepFingerprint()
		return fmt.Sprintf("%v %s", t, text), err
	}
	if v := reflect.ValueOf(input); v.Kind() == reflect.Slice && t.Elem().Implements(reflect.TypeFor[Fingerprinted]()) {
		var b strings.Builder
		for i := range v.Len() {
			text, err := inputText(v.Index(i).Interface())
			if err != nil {
				return "", err
			}
			b.WriteString(text + "\n")
		}
		return b.String(), nil
	}
	if err := CheckType(t); err != nil {
		return "", err
	}
	text, err := codec.enc.Marshal(input)
	return fmt.Sprintf("%v %x", t, text), err
}

// Surroundings describes what every value depends on besides its function and inputs: v1lab's code below root, the modules, Go, the processor's kind, the
// notebook's parameters and the device.
func Surroundings(root string) (string, error) {
	code, err := codeOf(root)
	if err != nil {
		return "", err
	}
	settings := []string{"code " + code, runtime.Version(), runtime.GOARCH}
	for _, e := range os.Environ() {
		if name, _, _ := strings.Cut(e, "="); strings.HasPrefix(name, v1labhome.ParamPrefix) || name == "GOMLX_BACKEND" {
			settings = append(settings, e)
		}
	}
	slices.Sort(settings[3:])
	return strings.Join(settings, "\n"), nil
}

// codeOf is a hash of the content of all files that v1lab is built from.
func codeOf(root string) (string, error) {
	h := sha256.New()
	err := program.Sources(root, func(path string, e fs.DirEntry) error {
		if !e.Type().IsRegular() {
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		fmt.Fprintf(h, "%s %d\n", strings.TrimPrefix(path, root), len(text)) //nolint:errcheck // a hash takes all
		h.Write(text)
		return nil
	})
	return hex.EncodeToString(h.Sum(nil)), err
}
