package media

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/draw"
	"image/jpeg"
	"image/png"
	"io"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/media/strip"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/sniff"
)

// jpegQuality is high enough that the artefacts of encoding a photo twice are invisible.
const jpegQuality = 88

// redraw returns img with the given pixels, scaled to a size and turned upright as the
// frame says. Turning last takes less memory.
func (img Image) redraw(ctx context.Context, f strip.Frame, pixels image.Image, to size) (Image, error) {
	scaled, err := scale(ctx, pixels, to)
	if err != nil {
		return Image{}, fmt.Errorf("scaling the image: %w", err)
	}
	drawn := orient(scaled, f.Orientation)
	// JPEG is for images that were lossy before; PNG keeps alpha and sharp edges.
	if f.Lossless || !drawn.Opaque() {
		return img.recode(ctx, drawn, sniff.PNG, 0)
	}
	return img.recode(ctx, drawn, sniff.JPEG, jpegQuality)
}

// contextWriter fails once its context has ended.
type contextWriter struct {
	ctx context.Context
	w   io.Writer
}

func (c contextWriter) Write(p []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	return c.w.Write(p)
}

// recode returns img with the pixels of drawn.
func (img Image) recode(ctx context.Context, drawn *image.RGBA, mediaType string, quality int) (Image, error) {
	var (
		out bytes.Buffer
		w   = contextWriter{ctx, &out}
		err error
	)
	if mediaType == sniff.PNG {
		err = png.Encode(w, onWhite(drawn))
	} else {
		err = jpeg.Encode(w, drawn, &jpeg.Options{Quality: quality})
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
