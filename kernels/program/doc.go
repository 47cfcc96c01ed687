// Package program has the v1lab program that kernels and their engines run: it is built from the checkout, and anew once the sources have changed.
//
// In goes a checkout. Out come the program's path in V1LAB_HOME, and a stamp that tells its sources from earlier ones.
package program
