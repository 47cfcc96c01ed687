// Package torchfile reads PyTorch checkpoints without PyTorch and without running anything that they name.
//
// In comes a file: the zip format of torch.save (PyTorch 1.6 and later), its legacy format (earlier), or safetensors. Out come its tensors by
// name, row-major, and the names of the modules that a state dict records in _metadata. A pickle may name ordered dictionaries, tensors and
// storages of numbers. Anything else is refused by name. Sizes that the file claims are checked against the file before memory is taken;
// checksums of zip members are verified.
package torchfile
