// Package core maps images to feature maps that every neuron shares.
//
// In go images [batch, height, width, channels]. Out come maps [batch, height', width', rotations*features], the filters that
// made them and, in training, the new moving averages of batch normalisation. Channel r*features + f is feature f
// at orientation 2 pi r / rotations, counter-clockwise as displayed: rotating the image rotates the maps and shifts r. Filters are rotated in a steerable
// Hermite basis or on the pixel grid. A plain CNN, whose filters are not rotated, serves as control. Each kind is one file that registers itself;
// other packages can register more (docs/developers/core.md).
//
// Source: Ecker et al., ICLR 2019, section 3 and figure 1.
package core
