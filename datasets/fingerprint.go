package datasets

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"hash"
)

// Fingerprint identifies a dataset by its content: the SHA-256, in hexadecimal, of the shapes and values of all images and responses,
// and of the covariates if there are any. The dataset's name, its neurons' names and the simulator's truth do not count; normalisation
// does, because it changes values.
func Fingerprint(d *Dataset) string {
	h := sha256.New()
	hashArray(h, d.Train.Images.Pixels, d.Train.Images.N, d.Train.Images.Height, d.Train.Images.Width, d.Train.Images.Channels)
	hashArray(h, d.Train.Responses.Values, d.Train.Responses.N, d.Train.Responses.Neurons)
	hashArray(h, d.Val.Images.Pixels, d.Val.Images.N, d.Val.Images.Height, d.Val.Images.Width, d.Val.Images.Channels)
	hashArray(h, d.Val.Responses.Values, d.Val.Responses.N, d.Val.Responses.Neurons)
	hashArray(h, d.Test.Images.Pixels, d.Test.Images.N, d.Test.Images.Height, d.Test.Images.Width, d.Test.Images.Channels)
	hashArray(h, d.Test.Responses.Values, d.Test.Responses.Repeats, d.Test.Responses.N, d.Test.Responses.Neurons)
	for _, c := range []Covariates{d.Train.Covariates, d.Val.Covariates, d.Test.Covariates} {
		if len(c.Names) > 0 { // recordings without covariates keep the fingerprint of earlier versions
			hashArray(h, c.Values, len(c.Names), len(c.Values))
			for _, name := range c.Names {
				hashArray(h, nil, len(name))
				h.Write([]byte(name))
			}
		}
	}
	return hex.EncodeToString(h.Sum(nil))
}

// hashArray hashes a shape and then the values, little-endian.
func hashArray(h hash.Hash, values []float32, shape ...int) {
	buf := make([]byte, 0, 1<<16)
	for _, d := range shape {
		buf = binary.LittleEndian.AppendUint64(buf, uint64(d))
	}
	h.Write(buf)
	for len(values) > 0 {
		n := min(len(values), 1<<14)
		buf, _ = binary.Append(buf[:0], binary.LittleEndian, values[:n])
		h.Write(buf)
		values = values[n:]
	}
}
