package figures_test

import (
	"fmt"
	"log"
	"os"
	"path/filepath"

	"v1lab/notebooks/figures"
)

func Example() {
	folder, err := os.MkdirTemp("", "figures")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(folder)

	figure, err := figures.CorrelationHistogram([]float64{0.41, 0.62, 0.58, 0.7}, []float64{0.8, 0.9, 0.85, 0.95})
	if err != nil {
		log.Fatal(err)
	}
	if err := figure.Save(filepath.Join(folder, "correlation.svg")); err != nil {
		log.Fatal(err)
	}
	width, height := figure.Size()
	fmt.Printf("%.1f x %.1f inches\n", width, height)
	// Output: 4.6 x 3.0 inches
}
