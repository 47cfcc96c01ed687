// Package runfoldertest makes and changes run folders for tests of other packages.
package runfoldertest
