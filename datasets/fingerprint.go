package datasets

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"hash"
)

// Fingerprint identifies a dataset by its content: the SHA-256, in hexadecimal, of the shapes and values of all images and responses,
// and of the covariates if there are any. The dataset's name, its neurons' names and the simulator's truth do not count; normalisation
// does, because it changes values. That of several sessions is made of theirs; earlier versions joined sessions: see JoinedFingerprint.
func Fingerprint(d *Dataset) string {
	h := sha256.New()
	if d.Sessions != nil {
		h.Write([]byte("sessions"))
		for _, s := range d.Sessions {
			h.Write([]byte(Fingerprint(s)))
		}
		return hex.EncodeToString(h.Sum(nil))
	}
	hashParts(h, d, func(p int) {
		switch p {
		case 0:
			hashArray(h, d.Train.Responses.Values, d.Train.Responses.N, d.Train.Responses.Neurons)
		case 1:
			hashArray(h, d.Val.Responses.Values, d.Val.Responses.N, d.Val.Responses.Neurons)
		default:
			hashArray(h, d.Test.Responses.Values, d.Test.Responses.Repeats, d.Test.Responses.N, d.Test.Responses.Neurons)
		}
	})
	return hex.EncodeToString(h.Sum(nil))
}

// JoinedFingerprint is the fingerprint that earlier versions gave to several sessions: that of Dense, computed without making it. Its time grows with the
// square of the number of sessions.
func JoinedFingerprint(d *Dataset) string {
	if d.Sessions == nil {
		return Fingerprint(d)
	}
	h := sha256.New()
	row := notRecorded(d.NumNeurons())
	missing := row[0]
	rows := func(n, neurons, first int, at func(i int) []float32) {
		for i := range n {
			copy(row[first:], at(i))
			hashArray(h, row)
		}
		for j := range neurons {
			row[first+j] = missing
		}
	}
	single := func(of func(*Dataset) Responses) {
		total, first := 0, 0
		for _, s := range d.Sessions {
			total += of(s).N
		}
		hashArray(h, nil, total, d.NumNeurons())
		for _, s := range d.Sessions {
			rows(of(s).N, s.NumNeurons(), first, of(s).At)
			first += s.NumNeurons()
		}
	}
	hashParts(h, d, func(p int) {
		switch p {
		case 0:
			single(func(s *Dataset) Responses { return s.Train.Responses })
		case 1:
			single(func(s *Dataset) Responses { return s.Val.Responses })
		default:
			test := d.Test.Responses
			hashArray(h, nil, test.Repeats, test.N, test.Neurons)
			for repeat := range test.Repeats {
				first := 0
				for _, s := range d.Sessions {
					rows(s.Test.Responses.N, s.NumNeurons(), first, func(i int) []float32 {
						if repeat >= s.Test.Responses.Repeats {
							return nil
						}
						return s.Test.Responses.At(repeat, i)
					})
					first += s.NumNeurons()
				}
			}
		}
	})
	return hex.EncodeToString(h.Sum(nil))
}

// hashParts hashes images and covariates, and the responses of part 0, 1 and 2 by a function.
func hashParts(h hash.Hash, d *Dataset, responses func(part int)) {
	for p, part := range d.parts() {
		im := part.images
		hashArray(h, im.Pixels, im.N, im.Height, im.Width, im.Channels)
		responses(p)
	}
	for _, c := range []Covariates{d.Train.Covariates, d.Val.Covariates, d.Test.Covariates} {
		if len(c.Names) > 0 { // recordings without covariates keep the fingerprint of earlier versions
			hashArray(h, c.Values, len(c.Names), len(c.Values))
			for _, name := range c.Names {
				hashArray(h, nil, len(name))
				h.Write([]byte(name))
			}
		}
	}
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
