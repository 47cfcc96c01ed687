// Package explore makes a page on which a Gabor is changed with sliders while bars follow that are the rates of neurons of a model.
//
// In go the sliders, the neurons, a picture of the middle setting, and a ticket (package notebooks/lab/resident) by which the page may ask the engine of its
// kernel. Out comes HTML for a cell's output. Its script asks the server behind v1lab lab, so it works after the cell has ended and while the kernel is
// busy or idle. Wherever it cannot ask it leaves the picture and says why. Every number comes from the engine, which computes those of v1lab tune and rf.
package explore
