package jupytertest

import (
	"encoding/json"
	"fmt"
	"os"
	"testing"
)

// Write writes a notebook of code cells. metadata is that of the notebook: the kernel that it asks for, for example.
func Write(t *testing.T, path string, metadata map[string]any, cells ...string) {
	t.Helper()
	var list []map[string]any
	for i, text := range cells {
		list = append(list, map[string]any{"cell_type": "code", "id": fmt.Sprint("c", i), "source": text, "metadata": map[string]any{}, "outputs": []any{}, "execution_count": nil})
	}
	data, err := json.Marshal(map[string]any{"cells": list, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
}
