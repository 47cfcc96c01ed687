// Package prepare chooses neurons and treats images between a recording's file and its normalisation.
//
// In come a raw dataset and options that every scheme takes, such as crop=0,8,36,36&resize=18x18&session=monday&min_ev=0.15;
// out comes the dataset without what was not asked for (neurons, training images of nested random subsets), its images cropped, in grey and in another size, and a record of the steps
// in Dataset.Preparation. [Images] repeats the recorded steps on further images, so that a model sees them as it saw its own.
// Ecker et al. (ICLR 2019, section 3) fitted images that were cut out and sampled down beforehand; explainable variance follows Cadena et al. (2019).
package prepare
