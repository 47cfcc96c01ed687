// Package tensorboard writes the validations of a fit as an event file of TensorBoard.
//
// In go a run folder and a folder for event files. Out comes a file in FOLDER/NAME, named like the run, with the losses, the penalty and the learning rate by
// step. It is brought up to date from the run folder's metrics, so that a fit that was killed, or whose disk was full, loses nothing.
//
// Source: TensorFlow's formats TFRecord and Event, tensorflow/core/lib/io/record_writer.h and tensorflow/core/util/event.proto.
package tensorboard
