// Package python finds a Python interpreter and drives its pip, for the few parts that come as
// Python packages: the XLA plugin and the Jupyter environment.
//
// In: PATH or $V1LAB_PYTHON, and requirement files in which every package is pinned by version and
// SHA-256. Out: an [Interpreter], packages in a private folder, or an error of one line with its mend.
// Nothing of the system's or the user's Python is changed. It serves no section of the paper.
package python
