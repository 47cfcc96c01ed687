// Package onnxruntime finds or installs ONNX Runtime, the library with which GoMLX writes a model as ONNX.
//
// In comes ONNXRUNTIME_SHARED_LIBRARY_PATH or nothing. Out comes the path of the library. If it is missing, pip installs it once into
// V1LAB_HOME from a package pinned by version and SHA-256.
package onnxruntime
