package tfcheckpoint

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"unicode"

	"v1lab/datasets/infile"
)

const indexSuffix = ".index"

var dataSuffix = regexp.MustCompile(`\.data-\d{5}-of-\d{5}$`)

// locate finds the prefix that a checkpoint's files share.
func locate(path string) (prefix string, err error) {
	if path == "" {
		return "", errors.New("checkpoint: no name given, accepted are a folder and a prefix such as run/model.ckpt")
	}
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		return inFolder(path)
	}
	if filepath.Base(path) == "checkpoint" && exists(path) && !exists(path+indexSuffix) {
		return inFolder(filepath.Dir(path))
	}
	path = strings.TrimSuffix(path, indexSuffix)
	return dataSuffix.ReplaceAllString(path, ""), nil
}

// inFolder returns the newest checkpoint of a folder, which the text file "checkpoint" names, or the only one if there is no such file.
func inFolder(folder string) (string, error) {
	state := filepath.Join(folder, "checkpoint")
	file, err := infile.Open(state)
	if errors.Is(err, fs.ErrNotExist) {
		found, err := filepath.Glob(filepath.Join(escape(folder), "*"+indexSuffix))
		if err != nil || len(found) != 1 {
			return "", fmt.Errorf("%s: no file %q and %d files *%s, accepted: the file or exactly one checkpoint", folder, "checkpoint", len(found), indexSuffix)
		}
		return strings.TrimSuffix(found[0], indexSuffix), nil
	}
	if err != nil {
		return "", named(state, err)
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, 1<<20))
	if err != nil {
		return "", named(state, err)
	}
	for line := range strings.Lines(string(text)) {
		quoted, ok := strings.CutPrefix(strings.TrimSpace(line), "model_checkpoint_path:")
		if !ok {
			continue
		}
		prefix, err := strconv.Unquote(strings.TrimSpace(quoted))
		if err != nil || prefix == "" || strings.ContainsFunc(prefix, unicode.IsControl) {
			return "", fmt.Errorf("%s: model_checkpoint_path %s, want a quoted path", state, shorten(strings.TrimSpace(quoted)))
		}
		there := prefix
		if !filepath.IsAbs(prefix) {
			there = filepath.Join(folder, prefix)
		}
		// The path may be of the machine that wrote the folder.
		beside := filepath.Join(folder, prefix[strings.LastIndexAny(prefix, `/\`)+1:])
		if !exists(there+indexSuffix) && exists(beside+indexSuffix) {
			return beside, nil
		}
		return there, nil
	}
	return "", fmt.Errorf("%s: no line model_checkpoint_path, want the name of a checkpoint", state)
}

func exists(path string) bool { _, err := os.Stat(path); return err == nil }

// escape makes a folder's name match itself.
func escape(folder string) string {
	return regexp.MustCompile(`[*?\[\\]`).ReplaceAllString(folder, `\$0`)
}

// named puts the file's path in front of the cause, instead of the operating system's wording.
func named(path string, err error) error {
	var pathErr *fs.PathError
	if errors.As(err, &pathErr) {
		err = pathErr.Err
	}
	return fmt.Errorf("%s: %w", path, err)
}
