package sensorium

import (
	"archive/zip"
	"compress/flate"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"v1lab/datasets/infile"
)

const (
	deflateTimes = 1040 // deflate itself ends at 1032
	maxName      = 512
)

// addArchive lists the archive's files. It checks everything in the directory against the archive's size before anything is unpacked.
func (t *tree) addArchive(size int64) error {
	f, err := infile.Open(t.path)
	if err != nil {
		return fmt.Errorf("%s: %w", t.path, cause(err))
	}
	t.archive = f
	r, err := zip.NewReader(f, size)
	if err != nil {
		return fmt.Errorf("%s: not a zip archive, or cut short: %w", t.path, err)
	}
	members := map[string]*zip.File{}
	var packed, unfolded uint64
	for _, m := range r.File {
		m.Name = infile.MemberName(m.Name)
		if err := checkMember(m, uint64(size)); err != nil {
			return fmt.Errorf("%s: %s: %w", t.path, short(m.Name), err)
		}
		if _, twice := members[m.Name]; twice {
			return fmt.Errorf("%s: %s: in the archive twice", t.path, short(m.Name))
		}
		members[m.Name] = m
		packed += m.CompressedSize64
		unfolded += m.UncompressedSize64
		if packed > uint64(size) {
			return fmt.Errorf("%s: %s: members of more than the archive's %d bytes, some share theirs", t.path, short(m.Name), size)
		}
		if most := infile.Unpacked(uint64(size)); unfolded > most {
			return fmt.Errorf("%s: %s: unfolds to %d bytes or more, want at most %d for an archive of %d bytes", t.path, short(m.Name), unfolded, most, size)
		}
	}
	root, err := findRoot(r.File)
	if err != nil {
		return fmt.Errorf("%s: %w", t.path, err)
	}
	for _, dir := range folders() {
		members := membersIn(r.File, root+dir+"/")
		for _, name := range slices.Sorted(maps.Keys(members)) {
			m := members[name]
			if !m.Mode().IsRegular() {
				return t.errorf(dir+"/"+name, "not a regular file")
			}
			t.files[dir+"/"+name] = file{size: int64(m.UncompressedSize64), member: m}
		}
	}
	return nil
}

// checkMember refuses members that no recording's archive has. The name must stay inside the archive, on every system.
func checkMember(m *zip.File, size uint64) error {
	if len(m.Name) > maxName {
		return fmt.Errorf("a name of %d bytes, want at most %d", len(m.Name), maxName)
	}
	drive := len(m.Name) > 1 && m.Name[1] == ':'
	inside := filepath.IsLocal(m.Name) && !drive && !strings.Contains(m.Name, "\x00")
	for step := range strings.SplitSeq(strings.TrimSuffix(m.Name, "/"), "/") {
		inside = inside && step != "" && step != "." && step != ".."
	}
	switch {
	case !inside:
		return errors.New("a name that leads out of the archive, want one like data/images/0.npy")
	case m.CompressedSize64 > size:
		return fmt.Errorf("%d bytes in an archive of %d", m.CompressedSize64, size)
	case m.Flags&1 != 0:
		return errors.New("encrypted, want it plain")
	case m.Method == zip.Store && m.UncompressedSize64 != m.CompressedSize64:
		return fmt.Errorf("stored as %d bytes of %d", m.CompressedSize64, m.UncompressedSize64)
	case m.Method != zip.Store && m.Method != zip.Deflate:
		return fmt.Errorf("compression method %d, accepted are 0 (stored) and 8 (deflated)", m.Method)
	case m.UncompressedSize64 > deflateTimes*m.CompressedSize64+64:
		return fmt.Errorf("%d bytes cannot unfold to %d", m.CompressedSize64, m.UncompressedSize64)
	}
	return nil
}

// findRoot finds the folder in the archive that contains data and meta: the top level, or a folder named like the recording.
func findRoot(members []*zip.File) (string, error) {
	var roots []string
	for _, m := range members {
		root, ok := strings.CutSuffix(m.Name, tiersFile)
		if ok && (root == "" || strings.HasSuffix(root, "/")) && !strings.HasPrefix(root, "__MACOSX/") {
			roots = append(roots, root)
		}
	}
	switch len(roots) {
	case 0:
		return "", fmt.Errorf("no %s in the archive, want one that holds data and meta", tiersFile)
	case 1:
		return roots[0], nil
	}
	return "", fmt.Errorf("%d recordings in one archive (%s and %s), want one", len(roots), short(roots[0]+tiersFile), short(roots[1]+tiersFile))
}

// membersIn lists the .npy files in one folder.
func membersIn(members []*zip.File, dir string) map[string]*zip.File {
	found := map[string]*zip.File{}
	for _, m := range members {
		name, ok := strings.CutPrefix(m.Name, dir)
		if ok && strings.HasSuffix(name, ".npy") && !strings.Contains(name, "/") && !strings.HasPrefix(name, ".") {
			found[name] = m
		}
	}
	return found
}

// damage returns an error that blames the archive.
func damage(err error) error {
	var corrupt flate.CorruptInputError
	if errors.As(err, &corrupt) || errors.Is(err, zip.ErrChecksum) || errors.Is(err, zip.ErrFormat) || errors.Is(err, zip.ErrAlgorithm) {
		return fmt.Errorf("damaged archive: %w", err)
	}
	return err
}

// short cuts text from a file to one line of readable length.
func short(text string) string {
	const most = 100
	if len(text) > most {
		text = strings.ToValidUTF8(text[:most], "") + "..."
	}
	quoted := strconv.Quote(text)
	if text != "" && quoted[1:len(quoted)-1] == text {
		return text
	}
	return quoted
}
