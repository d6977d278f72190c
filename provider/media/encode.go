package media

import (
	"bytes"
	"fmt"
	"image"
	"image/jpeg"
	"image/png"
)

// jpegQuality is where the artefacts of coding a photo twice are not seen.
const jpegQuality = 88

// redraw gives p with frame's pixels at the size to, upright, on the canvas.
// Scaling comes before turning, which is the same picture for less memory.
func (img Image) redraw(s still, frame image.Image, to size) (Image, error) {
	canvas := size{img.Width, img.Height}
	var origin image.Point
	if s.place != nil {
		origin = image.Pt(s.place.x, s.place.y)
	} else {
		origin = frame.Bounds().Min // a GIF's frame may be smaller than its screen
	}
	if frame.Bounds().Dx() != canvas.width || frame.Bounds().Dy() != canvas.height {
		frame = onCanvas(frame, origin, canvas)
	}
	drawn := orient(scale(frame, to), s.orientation)
	// What was coded with loss is coded so again; PNG keeps alpha and sharp edges.
	if s.lossless || !drawn.Opaque() {
		return img.recode(drawn, typePNG, 0)
	}
	return img.recode(drawn, typeJPEG, jpegQuality)
}

// recode gives p with the pixels of drawn.
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
		return Image{}, fmt.Errorf("encoding a picture as %s: %w", mediaType, err)
	}
	img.MediaType, img.Data, img.Recoded = mediaType, out.Bytes(), true
	img.Width, img.Height = drawn.Rect.Dx(), drawn.Rect.Dy()
	img.Resized = size{img.Width, img.Height}.longerSide() < size{img.Original.Width, img.Original.Height}.longerSide()
	return img, nil
}
