package zoo_test

import (
	"fmt"

	"v1lab/v1model/zoo"
)

func Example() {
	models, err := zoo.Models()
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, m := range models {
		fmt.Println(m.Name, m.Files[0].Name)
	}
	// Output:
	// sensorium-sota sensorium_sota_model.pth
	// sensorium-ln sensorium_ln_model.pth
	// sensorium-p-sota sensorium_p_sota_model.pth
	// sensorium-p-ln sensorium_p_ln_model.pth
}
