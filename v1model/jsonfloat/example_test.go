package jsonfloat_test

import (
	"encoding/json"
	"fmt"
	"math"

	"v1lab/v1model/jsonfloat"
)

func Example() {
	text, _ := json.Marshal([]jsonfloat.Float{0.5, jsonfloat.Float(math.NaN())})
	var back []jsonfloat.Float
	err := json.Unmarshal(text, &back)
	fmt.Println(string(text), back, err)
	// Output:
	// [0.5,null] [0.5 NaN] <nil>
}
