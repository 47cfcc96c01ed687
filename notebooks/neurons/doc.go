// Package neurons makes an HTML browser of neurons: a slider, a list and the arrow keys select a neuron, whose pictures and numbers are shown.
//
// In go pictures and numbers from package report. Out comes HTML that needs neither network nor kernel, so it works in JupyterLab after the cell
// has ended, in an exported notebook and in a report. Its script is one constant text, which a page can allow by its hash. Where scripts are
// blocked, it shows the first neuron and says why. For each neuron it shows the contents of Figs. 4 to 6 of Ecker et al., ICLR 2019.
package neurons
