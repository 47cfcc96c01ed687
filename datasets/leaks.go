package datasets

import (
	"fmt"
	"strings"
)

// Leaks finds the images of val that resemble an image of train, and those of test that resemble one of train or of val: see Alike. Each is
// paired with the first such image of each part. Where images of one part are missing, nothing resembles them.
func Leaks(d *Dataset) []ImagePair {
	var pairs []ImagePair
	parts := d.parts()
	var known [3]*likeness
	of := func(p int) *likeness {
		if known[p] == nil {
			known[p] = likenessOf(parts[p].images)
		}
		return known[p]
	}
	for _, pair := range [][2]int{{0, 1}, {0, 2}, {1, 2}} {
		first, second := parts[pair[0]], parts[pair[1]]
		if first.images.Shape() != second.images.Shape() {
			continue // one of them is missing, or shapes are faulty, which is said elsewhere
		}
		for i, j := range of(pair[0]).firstLike(of(pair[1])) {
			if j >= 0 {
				pairs = append(pairs, ImagePair{first.part, j, second.part, i})
			}
		}
	}
	return pairs
}

// DescribeLeaks says of how many images a fit sees the likes before it is validated and tested on them. It is empty if there are no leaks.
func DescribeLeaks(d *Dataset, leaks []ImagePair) string {
	val, test := Leaking(leaks, "val"), Leaking(leaks, "test")
	var says []string
	if n := len(val); n > 0 {
		says = append(says, fmt.Sprintf("%d of %d val images resemble train images", n, d.Val.Images.N))
	}
	if n := len(test); n > 0 {
		says = append(says, fmt.Sprintf("%d of %d test images resemble train or val images", n, d.Test.Images.N))
	}
	if len(says) == 0 {
		return ""
	}
	return fmt.Sprintf("%s (pixels correlate above %v)", strings.Join(says, ", "), AlikeAbove)
}

// Leaking returns the images of a part, val or test, that leaks name.
func Leaking(leaks []ImagePair, part string) map[int]bool {
	images := map[int]bool{}
	for _, l := range leaks {
		if l.SecondPart == part {
			images[l.Second] = true
		}
	}
	return images
}
