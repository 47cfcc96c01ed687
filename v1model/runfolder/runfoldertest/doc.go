// Package runfoldertest changes run folders for tests of other packages.
package runfoldertest
