// Package v1labhome manages the two folders that notebooks need: the private folder and the checkout.
//
// In come the environment (V1LAB_HOME, V1LAB_ROOT) and the working folder.
// Out come [Dir], the private folder for the XLA plugin, the Python environment, built tools and logs;
// [Root], the checkout whose packages notebooks import; and [EnsureFolder], which builds a folder exactly
// once, and again if it is damaged, even if processes are killed or start
// together. [NewTemp] makes temporary folders; [Leftovers] lists those whose owner was killed.
package v1labhome
