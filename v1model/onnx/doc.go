// Package onnx writes a fitted model as ONNX, for programs that know nothing of this one.
//
// In goes a run folder; out comes a file with one input, images [batch, height, width, channels] as they were recorded (where a run
// crops, greys or resizes: as that leaves them), and one output, rates [batch, neurons]: normalisation and weights are inside.
// Predictions are those of package fitted.
//
// GoMLX's exporter writes it, with two limits: the number of images at a time is fixed when the model is written, because GoMLX's
// graphs know their sizes; and it needs the ONNX Runtime library while it writes, since its ONNX graphs are made by the backend that runs
// them. Both are GoMLX v0.28.2's. No section of the paper.
package onnx
