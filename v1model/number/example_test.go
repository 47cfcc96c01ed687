package number_test

import (
	"encoding/json"
	"fmt"
	"math"

	"v1lab/v1model/number"
)

func Example() {
	text, _ := json.Marshal([]number.Float{0.5, number.Float(math.NaN())})
	var back []number.Float
	err := json.Unmarshal(text, &back)
	fmt.Println(string(text), back, err)
	// Output:
	// [0.5,null] [0.5 NaN] <nil>
}
