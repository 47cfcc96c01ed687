package zoo_test

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"v1lab/datasets/fetch"
	"v1lab/kernels/v1labhome"
	"v1lab/v1model/zoo"
)

// Every entry names its licence, page and commit, and a hash or that there is none. Those of the shared files are theirs.
func TestModels(t *testing.T) {
	models, err := zoo.Models()
	if err != nil {
		t.Fatal(err)
	}
	root, err := v1labhome.Root()
	if err != nil {
		t.Fatal(err)
	}
	shared := filepath.Join(root, "..", "shared", "golden", "twin")
	_, absent := os.Stat(shared)
	compared := 0
	for _, m := range models {
		f := m.Files[0]
		if len(m.Files) != 1 || !strings.Contains(m.Licence, "MIT") || !strings.Contains(f.URL, "/c433fed25f234724fd9adf0cef3c260a2068b1fa/") || !strings.HasSuffix(f.URL, "/"+f.Name) || f.Address == "" {
			t.Errorf("%+v", m)
		}
		content, err := os.ReadFile(filepath.Join(shared, strings.TrimSuffix(f.Name, ".pth"), f.Name))
		if err != nil {
			if f.Hash != fetch.NotPublished && absent == nil {
				t.Errorf("%s has a hash, and no file that we read: %v", m.Name, err)
			}
			continue
		}
		sum := sha256.Sum256(content)
		if compared++; f.Hash != "sha256:"+hex.EncodeToString(sum[:]) || f.Size != int64(len(content)) {
			t.Errorf("%s: hash %s and size %d are not those of the file", m.Name, f.Hash, f.Size)
		}
	}
	if absent == nil && compared != 2 || len(models) != 4 {
		t.Errorf("%d models, %d compared", len(models), compared)
	}
}
