// Package core maps images to feature maps that every neuron shares.
//
// In go images [batch, height, width, channels]; out come maps [batch, height', width', rotations*features], the filters that
// made them and, while training, the new moving averages of batch normalisation. Channel r*features + f is feature f
// at orientation 2 pi r / rotations, counter-clockwise as displayed: turning the image turns the maps and shifts r. Filters turn in a steerable
// Hermite basis or on the pixel grid; a plain CNN, whose filters don't turn, is here for comparison. Each kind is one file, and registers itself;
// others can be added from outside (docs/developers/core.md).
//
// Source: Ecker et al., ICLR 2019, section 3 and figure 1.
package core
