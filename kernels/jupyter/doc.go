// Package jupyter runs notebooks: in JupyterLab for a person, or headless for a script.
//
// In: notebooks of the checkout. Out: a JupyterLab server, or the executed notebook and its HTML.
// The Python environment that this takes is private, in V1LAB_HOME, made once from requirements
// pinned by version and SHA-256; the user's own Jupyter is neither used nor changed.
// It serves no section of the paper.
package jupyter
