package tensorboard

import (
	"encoding/binary"
	"hash/crc32"
)

// A TFRecord is the length of its data (8 bytes, little endian), a masked CRC of the length, the data, and a masked CRC of the data.
const frame = 8 + 4 + 4

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// masked is the CRC32C, rotated and shifted so that the CRC of data that hold CRCs is no trivial one.
func masked(data []byte) uint32 {
	crc := crc32.Checksum(data, castagnoli)
	return (crc>>15 | crc<<17) + 0xa282ead8
}

// appendRecord appends data as a TFRecord.
func appendRecord(to, data []byte) []byte {
	length := binary.LittleEndian.AppendUint64(nil, uint64(len(data)))
	to = append(to, length...)
	to = binary.LittleEndian.AppendUint32(to, masked(length))
	to = append(to, data...)
	return binary.LittleEndian.AppendUint32(to, masked(data))
}

// records returns the data of all records up to the first that is damaged or not whole, and the bytes that they take.
func records(file []byte) (all [][]byte, used int) {
	for {
		rest := file[used:]
		if len(rest) < frame || binary.LittleEndian.Uint32(rest[8:]) != masked(rest[:8]) {
			return all, used
		}
		n := binary.LittleEndian.Uint64(rest)
		if n > uint64(len(rest)-frame) {
			return all, used
		}
		data := rest[12 : 12+n]
		if binary.LittleEndian.Uint32(rest[12+n:]) != masked(data) {
			return all, used
		}
		all, used = append(all, data), used+frame+int(n)
	}
}
