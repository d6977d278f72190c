package media

import (
	"bytes"
	"context"
	"image"
	"io"
	"reflect"

	"golang.org/x/image/vp8"
	"golang.org/x/image/vp8l"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/media/mend"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/media/strip"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/sniff"
)

// trim returns the data of the frame, whose pixels were decoded, without what is in it
// besides them: bytes between and after the compressed pixels, and colours that no
// pixel has. It returns false if the pixels must be encoded again instead.
func (f *File) trim(ctx context.Context, pixels image.Image) (data []byte, ok bool) {
	var err error
	switch f.mediaType {
	case sniff.PNG:
		data, err = strip.TrimPNG(f.frame.Data, usedColours(pixels))
	case sniff.GIF:
		data, err = strip.TrimGIF(f.frame.Data, usedColours(pixels))
	case sniff.JPEG:
		data, err = mend.TrimJPEG(ctx, f.frame.Data)
	case sniff.WebP:
		data, err = strip.TrimWebP(f.frame.Data, losslessLength(ctx), needsAll(ctx))
	}
	if err != nil || bytes.Equal(data, f.frame.Data) {
		return data, err == nil
	}
	// What is removed must not have been a part of the image.
	frame := f.frame
	frame.Data = data
	again, err := f.codec.pixels(ctx, frame)
	return data, err == nil && samePixels(again, pixels)
}

// usedColours returns which colours of a palette the pixels have.
func usedColours(pixels image.Image) *[256]bool {
	var used [256]bool
	if m, ok := pixels.(*image.Paletted); ok {
		for _, i := range m.Pix {
			used[i] = true
		}
	}
	return &used
}

func samePixels(a, b image.Image) bool {
	x, isPaletted := a.(*image.Paletted)
	if y, ok := b.(*image.Paletted); ok && isPaletted { // their palettes differ
		return x.Rect == y.Rect && bytes.Equal(x.Pix, y.Pix)
	}
	return reflect.DeepEqual(a, b)
}

// losslessLength returns a function that returns how many bytes a decoder of lossless
// WebP reads of code, after header.
func losslessLength(ctx context.Context) func(header, code []byte) (int, error) {
	return func(header, code []byte) (int, error) {
		r := &byteReader{ctx: ctx, data: append(bytes.Clone(header), code...)}
		_, err := vp8l.Decode(r)
		return r.n - len(header), err
	}
}

// byteReader counts the bytes that are read of data one by one.
type byteReader struct {
	ctx  context.Context
	data []byte
	n    int
}

func (b *byteReader) ReadByte() (byte, error) {
	if b.n%checkEvery == 0 && b.ctx.Err() != nil {
		return 0, b.ctx.Err()
	}
	if b.n == len(b.data) {
		return 0, io.EOF
	}
	b.n++
	return b.data[b.n-1], nil
}

// Read is never called by a decoder that finds ReadByte.
func (b *byteReader) Read(p []byte) (int, error) {
	c, err := b.ReadByte()
	if err != nil || len(p) == 0 {
		return 0, err
	}
	p[0] = c
	return 1, nil
}

// needsAll returns a function that reports whether a decoder of lossy WebP fails without
// the last bytes of code.
func needsAll(ctx context.Context) func(code []byte) bool {
	return func(code []byte) bool {
		for _, shortened := range strip.ShortenVP8(code) {
			d := vp8.NewDecoder()
			d.Init(&frameReader{ctx, bytes.NewReader(shortened)}, len(shortened))
			if _, err := d.DecodeFrameHeader(); err != nil {
				continue
			}
			if _, err := d.DecodeFrame(); err == nil {
				return false
			}
		}
		return true
	}
}
