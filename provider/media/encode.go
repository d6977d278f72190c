package media

import (
	"bytes"
	"fmt"
	"image"
	"image/jpeg"
	"image/png"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/media/strip"
)

// jpegQuality is high enough that the artefacts of encoding a photo twice are invisible.
const jpegQuality = 88

// redraw returns img with the pixels of a frame, placed on its canvas, scaled to
// the given size and turned upright. Turning last takes less memory.
func (img Image) redraw(f strip.Frame, pixels image.Image, to size) (Image, error) {
	canvas := size{img.Width, img.Height}
	var origin image.Point
	if f.Placement != nil {
		origin = image.Pt(f.Placement.X, f.Placement.Y)
	} else {
		origin = pixels.Bounds().Min // the frame of a GIF may be smaller than its screen
	}
	if pixels.Bounds().Dx() != canvas.width || pixels.Bounds().Dy() != canvas.height {
		pixels = onCanvas(pixels, origin, canvas)
	}
	drawn := orient(scale(pixels, to), f.Orientation)
	// JPEG is for images that were lossy before; PNG keeps alpha and sharp edges.
	if f.Lossless || !drawn.Opaque() {
		return img.recode(drawn, typePNG, 0)
	}
	return img.recode(drawn, typeJPEG, jpegQuality)
}

// recode returns img with the pixels of drawn.
func (img Image) recode(drawn *image.RGBA, mediaType string, quality int) (Image, error) {
	var (
		out bytes.Buffer
		err error
	)
	if mediaType == typePNG {
		err = png.Encode(&out, drawn)
	} else {
		err = jpeg.Encode(&out, drawn, &jpeg.Options{Quality: quality})
	}
	if err != nil {
		return Image{}, fmt.Errorf("encoding an image as %s: %w", mediaType, err)
	}
	img.MediaType, img.Data, img.Recoded = mediaType, out.Bytes(), true
	img.Width, img.Height = drawn.Rect.Dx(), drawn.Rect.Dy()
	img.Resized = size{img.Width, img.Height}.longerSide() < size{img.Original.Width, img.Original.Height}.longerSide()
	return img, nil
}
