// Package elements rearranges array values as bytes, for readers of files whose layout differs from package array's.
//
// In come a type, a number of values and blocks of bytes from a file; out come the values of an [array.Array], row-major and in this machine's
// byte order. The package knows no formats and does not check what a file claims: callers have done that.
package elements
