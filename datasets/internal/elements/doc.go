// Package elements moves the values of arrays about as bytes, for readers of files that lay them out in another way than package array does.
//
// In come a type, a number of values and blocks of bytes as a file has them; out come the values of an [array.Array], row-major and in this
// machine's byte order. Nothing here knows a format or checks what a file claims: callers have done that.
package elements
