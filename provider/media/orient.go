package media

import (
	"image"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/media/strip"
)

// orient turns and mirrors src as an Exif orientation says, so that it is upright.
func orient(src *image.RGBA, orientation int) *image.RGBA {
	if orientation == strip.Upright {
		return src
	}
	width, height := src.Rect.Dx(), src.Rect.Dy()
	if swapsSides(orientation) {
		width, height = height, width
	}
	dst := image.NewRGBA(image.Rect(0, 0, width, height))
	right, bottom := src.Rect.Dx()-1, src.Rect.Dy()-1
	for y := range height {
		for x := range width {
			var from image.Point
			switch orientation {
			case 2: // mirrored
				from = image.Pt(right-x, y)
			case 3: // upside down
				from = image.Pt(right-x, bottom-y)
			case 4: // upside down and mirrored
				from = image.Pt(x, bottom-y)
			case 5: // the first row is the left side
				from = image.Pt(y, x)
			case 6: // the first row is the right side
				from = image.Pt(y, bottom-x)
			case 7: // the first row is the right side, from below
				from = image.Pt(right-y, bottom-x)
			case 8: // the first row is the left side, from below
				from = image.Pt(right-y, x)
			}
			copy(dst.Pix[dst.PixOffset(x, y):][:4], src.Pix[src.PixOffset(from.X, from.Y):][:4])
		}
	}
	return dst
}

// swapsSides reports whether an image of this orientation is stored on its side.
func swapsSides(orientation int) bool { return orientation >= 5 }

// flipped reports whether the stored columns, or else the stored rows, are seen from
// right to left or from below.
func flipped(orientation int, columns bool) bool {
	if columns {
		return orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8
	}
	return orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7
}
