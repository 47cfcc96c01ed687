// Package python finds a Python interpreter and runs its pip, for the few components that are published as
// Python packages: the XLA plugin and the Jupyter environment.
//
// In come PATH or $V1LAB_PYTHON, and requirement files in which every package is pinned by version and
// SHA-256. Out come an [Interpreter], packages in a private folder, or an error of one line that says what to do.
// The Python of the system and of the user is not changed.
package python
