// Package onnxruntime finds or installs ONNX Runtime, the library that GoMLX needs to write a model as ONNX.
//
// In: ONNXRUNTIME_SHARED_LIBRARY_PATH or nothing. Out: the path of the library. A missing one is installed by pip into V1LAB_HOME from
// a package pinned by version and SHA-256, once. It serves no section of the paper.
package onnxruntime
