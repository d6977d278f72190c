package media

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"
	"math"

	"golang.org/x/image/webp"
)

// codec reads one of the formats. Each is named by the caller after sniffing, so
// that no decoder that another package registers with image can come in.
type codec struct {
	config func(io.Reader) (image.Config, error)
	decode func(io.Reader) (image.Image, error)
}

func codecOf(mediaType string) codec {
	switch mediaType {
	case typePNG:
		return codec{png.DecodeConfig, png.Decode}
	case typeJPEG:
		return codec{jpeg.DecodeConfig, jpeg.Decode}
	case typeGIF:
		return codec{gif.DecodeConfig, gif.Decode}
	default:
		return codec{webp.DecodeConfig, decodeWebP}
	}
}

// decodeWebP gives colours their full range. Lossy WebP has luma from 16 to 235
// and chroma from 16 to 240 (RFC 9649, 2.5: ITU-R BT.601), while image.YCbCr is
// what JPEG has, 0 to 255; golang.org/x/image/webp puts the one in the other, so
// that white comes out grey.
func decodeWebP(r io.Reader) (image.Image, error) {
	m, err := webp.Decode(r)
	switch m := m.(type) {
	case *image.YCbCr:
		expandRange(m)
	case *image.NYCbCrA:
		expandRange(&m.YCbCr)
	}
	return m, err
}

func expandRange(m *image.YCbCr) {
	var luma, chroma [256]uint8
	for i := range 256 {
		luma[i] = uint8(min(max(math.Round(float64(i-16)*255/219), 0), 255))
		chroma[i] = uint8(min(max(math.Round(float64(i-128)*255/224+128), 0), 255))
	}
	for i, y := range m.Y {
		m.Y[i] = luma[y]
	}
	for i := range m.Cb {
		m.Cb[i], m.Cr[i] = chroma[m.Cb[i]], chroma[m.Cr[i]]
	}
}

// size is that of a picture in pixels.
type size struct{ width, height int }

// longer gives the longer side.
func (s size) longerSide() int { return max(s.width, s.height) }

// headerSize reads the size of the whole picture without decoding pixels.
func (s still) headerSize(mediaType string) (size, error) {
	config, err := codecOf(mediaType).config(bytes.NewReader(s.data))
	switch {
	case err != nil:
		return size{}, err
	case s.place == nil:
		return size{config.Width, config.Height}, nil
	// The coded frame has a size of its own, whatever its container says.
	case s.place.x+config.Width > s.place.canvasWidth, s.place.y+config.Height > s.place.canvasHeight:
		return size{}, errMalformed
	}
	return size{s.place.canvasWidth, s.place.canvasHeight}, nil
}

// decode gives the frame. The end of ctx stops it within some kilobytes of data.
func (s still) decode(ctx context.Context, mediaType string) (image.Image, error) {
	frame, err := codecOf(mediaType).decode(&contextReader{ctx, bytes.NewReader(s.data)})
	if err != nil {
		return nil, err
	}
	if frame.Bounds().Empty() {
		return nil, errMalformed
	}
	return frame, nil
}

// contextReader fails when its context has ended.
type contextReader struct {
	ctx context.Context
	r   io.Reader
}

func (c *contextReader) Read(p []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	return c.r.Read(p)
}

// damaged is the error for a file whose first bytes promise a picture.
func decodeError(mediaType string, cause error) error {
	switch {
	case errors.Is(cause, context.Canceled), errors.Is(cause, context.DeadlineExceeded):
		return fmt.Errorf("reading the picture: %w", cause)
	case errors.Is(cause, io.ErrUnexpectedEOF), errors.Is(cause, io.EOF), errors.Is(cause, errTruncated):
		return &Error{
			Kind: Unreadable, Message: "the picture begins as " + mediaType + " but its data ends too early",
			Hint: "send the whole file", cause: cause,
		}
	}
	return &Error{
		Kind: Unreadable, Message: fmt.Sprintf("the picture begins as %s but cannot be decoded: %v", mediaType, cause),
		Hint: allowedFormats, cause: cause,
	}
}
