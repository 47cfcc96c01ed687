//go:build !onnx

package onnx

import (
	"errors"

	"v1lab/v1model/runfolder"
)

// Available tells whether the program was built with -tags onnx.
const Available = false

// Write is an error in a program that was built without -tags onnx.
func Write(library string, run *runfolder.Folder, batch int, path string) error {
	return errors.New("onnx: this program was built without -tags onnx")
}
