// Package pytorch writes fitted models for PyTorch.
//
// In goes a run. Out comes a folder with model.py, one readable file that builds the model in plain PyTorch, its settings as literals;
// weights.safetensors, which it loads; and check.safetensors, images with the rates that v1lab predicts, which `python model.py` compares with its own.
// Nothing of v1lab is needed there. WriteSafetensors writes arrays in that format, https://github.com/huggingface/safetensors.
//
// Source: Ecker et al., ICLR 2019, section 3; the settings are the run's.
package pytorch
