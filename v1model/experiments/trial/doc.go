// Package trial finds out in some minutes what a device, such as a GPU, computes and how fast.
//
// In go a backend's name, another one as the reference, and how to start workers of package bench on them. The trial is made in parts, each in processes and
// a time limit of its own: differences of losses, gradients and rates from the reference's, seconds and memory beside JAX and PyTorch, whether fits end with
// the same bits, and whether a resumed one does. Out comes a folder with trial.json and trial.md, written after every part; a trial that was stopped goes on
// there. What could not be measured is named with the reason. The model is that of Ecker et al., ICLR 2019.
package trial
