package kinds_test

import (
	"fmt"

	"v1lab/v1model/kinds"
)

func Example() {
	losses := kinds.New[func(rate, response float64) float64]("fit.loss")
	losses.Register(kinds.About{Name: "gaussian", Summary: "squared error"}, func(rate, response float64) float64 {
		return (rate - response) * (rate - response)
	})
	loss, err := losses.Find("gaussian", "")
	fmt.Println(loss(3, 1), err)
	_, err = losses.Find("huber", "")
	fmt.Println(err)
	// Output:
	// 4 <nil>
	// fit.loss: "huber", accepted: gaussian
}
