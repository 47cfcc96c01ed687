package gallery

import (
	"image"

	"golang.org/x/image/draw"
)

// shrink scales a picture down to at most width pixels.
func shrink(picture image.Image, width int) image.Image {
	b := picture.Bounds()
	if b.Dx() <= width {
		return picture
	}
	small := image.NewRGBA(image.Rect(0, 0, width, max(1, b.Dy()*width/b.Dx())))
	draw.CatmullRom.Scale(small, small.Bounds(), picture, b, draw.Src, nil)
	return small
}
