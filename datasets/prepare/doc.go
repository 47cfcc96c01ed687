// Package prepare selects neurons and transforms images between a recording's file and its normalisation.
//
// In come a raw dataset and the options that every scheme accepts, such as crop=0,8,36,36&resize=18x18&session=monday&min_ev=0.15. Out comes
// the dataset with the selected neurons and training images; its images are cropped, converted to grey and resized, and the steps recorded
// in Dataset.Preparation. [Images] applies the recorded steps to further images, so that a model sees them like those of its training.
// Ecker et al. (ICLR 2019, section 3) fitted images that were cropped and downsampled beforehand; explainable variance follows Cadena et al. (2019).
package prepare
