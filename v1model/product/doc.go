// Package product multiplies matrices in graphs without moving data to other layouts.
//
// In go nodes of which some axes are contracted, out come products whose gradients are again plain matrix products: the gradient that GoMLX
// derives of a product has the contracted axes last and transposes large arrays back, which costs more than the product itself.
package product
