// Package decompress decompresses chunks of arrays: gzip, zlib, bzip2, Zstandard, LZ4 and Blosc.
//
// In come compressed bytes and a slice for the result; out come the decompressed bytes. Whatever the input claims, nothing is written beyond
// the slice and at most twice its size is allocated. Blosc is version 1 with any of its compressors inside, bytes or bits shuffled.
package decompress
