// Package decompress undoes the compressions that chunks of arrays are stored with: gzip, zlib, Zstandard, LZ4 and Blosc.
//
// In come compressed bytes and room for what they become; out come the bytes. Nothing is written beyond that room and no more memory is taken
// than twice of it, whatever the input says. Blosc is that of version 1 with LZ4, zlib or Zstandard inside, bytes or bits shuffled.
package decompress
