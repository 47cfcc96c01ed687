package origin

import (
	"archive/zip"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"path/filepath"
	"slices"

	"v1lab/v1model/runfolder"
)

// Fit is the fingerprint of a run's best weights: 16 hexadecimal digits of the SHA-256 of the name, the CRC-32 and the size of each array, in the order of names. The
// archive's list of files has them, so that large weights are not read.
func Fit(run string) (string, error) {
	path := filepath.Join(run, runfolder.BestFile)
	archive, err := zip.OpenReader(path)
	if err != nil {
		return "", fmt.Errorf("%s: %w", path, err)
	}
	defer archive.Close() //nolint:errcheck // read only
	files := slices.SortedFunc(slices.Values(archive.File), func(a, b *zip.File) int { return cmp.Compare(a.Name, b.Name) })
	h := sha256.New()
	for _, f := range files {
		fmt.Fprintf(h, "%s %08x %d\n", f.Name, f.CRC32, f.UncompressedSize64) //nolint:errcheck // a hash takes everything
	}
	return hex.EncodeToString(h.Sum(nil))[:16], nil
}
