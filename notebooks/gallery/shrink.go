package gallery

import (
	"image"

	"golang.org/x/image/draw"
)

// shrink is a picture at most so many pixels wide.
func shrink(picture image.Image, width int) image.Image {
	b := picture.Bounds()
	if b.Dx() <= width {
		return picture
	}
	small := image.NewRGBA(image.Rect(0, 0, width, max(1, b.Dy()*width/b.Dx())))
	draw.CatmullRom.Scale(small, small.Bounds(), picture, b, draw.Src, nil)
	return small
}
