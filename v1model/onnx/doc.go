// Package onnx writes a fitted model in the ONNX format, for use by other programs.
//
// In goes a run folder. Out comes a file with the input images [batch, height, width, channels] as they were recorded (but cropped, grey and resized
// if the run does that), and the output rates [batch, neurons]. A model with covariates has a second input, covariates [batch, covariates], in the order of
// v1model.Config.Covariates and in the recording's units; NaN is the training mean. Normalisation and weights are part of the model. Predictions are those
// of package fitted.
//
// GoMLX's exporter writes the file, with two limits (of GoMLX v0.28.2). The number of images at a time is fixed when the model is written, because
// GoMLX's graphs have fixed sizes. And writing needs the ONNX Runtime library, because the ONNX backend makes the graphs.
package onnx
