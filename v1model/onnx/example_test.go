package onnx_test

import (
	"fmt"

	"v1lab/v1model/fitted"
	"v1lab/v1model/onnx"
	"v1lab/v1model/runfolder"
)

// A run folder that is not there is an error before anything is written.
func Example() {
	err := onnx.Write("libonnxruntime.so", &fitted.Run{Folder: &runfolder.Folder{Path: "/nowhere"}}, 1, "model.onnx")
	fmt.Println(err != nil)
	// Output: true
}
