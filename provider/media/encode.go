package media

import (
	"bytes"
	"fmt"
	"image"
	"image/draw"
	"image/jpeg"
	"image/png"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/media/strip"
)

// jpegQuality is high enough that the artefacts of encoding a photo twice are invisible.
const jpegQuality = 88

// redraw returns img with the given pixels, scaled to a size and turned upright as the
// frame says. Turning last takes less memory.
func (img Image) redraw(f strip.Frame, pixels image.Image, to size) (Image, error) {
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
		err = png.Encode(&out, onWhite(drawn))
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

// onWhite returns drawn with white behind its transparent pixels, which stay
// transparent: an engine that ignores alpha, as some do, would else see them black,
// and black text on them vanish.
func onWhite(drawn *image.RGBA) image.Image {
	if drawn.Opaque() {
		return drawn
	}
	m := image.NewNRGBA(drawn.Rect)
	draw.Draw(m, m.Rect, drawn, m.Rect.Min, draw.Src)
	for i := 0; i < len(m.Pix); i += 4 {
		if m.Pix[i+3] == 0 {
			copy(m.Pix[i:], []uint8{0xff, 0xff, 0xff})
		}
	}
	return m
}
