// Package jupyter runs notebooks: in JupyterLab for a person, or headless for a script.
//
// In come notebooks of the checkout. Out comes a JupyterLab server, or the executed notebook and its HTML.
// They use a private Python environment in V1LAB_HOME, made once from requirements
// pinned by version and SHA-256. The user's own Jupyter is neither used nor changed.
package jupyter
