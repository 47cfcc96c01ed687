// Package v1labhome knows the two folders that everything which runs notebooks needs.
//
// In: the environment (V1LAB_HOME, V1LAB_ROOT) and the working folder.
// Out: [Dir], the private folder for the XLA plugin, the Python environment, built tools and logs;
// [Root], the checkout whose packages notebooks import; and [Once], which builds a folder there
// exactly once, and again when it is damaged, whatever is killed and however many processes start
// together. [NewTemp] makes temporary folders of which [Strays] can tell that their owner was killed.
// It serves no section of the paper.
package v1labhome
