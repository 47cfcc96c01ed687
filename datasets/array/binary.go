package array

import (
	"bytes"
	"fmt"
)

// MarshalBinary returns the array as the content of an .npy file.
func (a Array) MarshalBinary() ([]byte, error) {
	if a.Data == nil {
		return nil, nil
	}
	var b bytes.Buffer
	if err := encode(&b, a); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// UnmarshalBinary reads what MarshalBinary returned.
func (a *Array) UnmarshalBinary(text []byte) error {
	if len(text) == 0 {
		*a = Array{}
		return nil
	}
	read, err := read(bytes.NewReader(text), uint64(len(text)))
	if err != nil {
		return fmt.Errorf("array: %w", err)
	}
	*a = read
	return nil
}
