package media

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"
	"math"

	"golang.org/x/image/bmp"
	"golang.org/x/image/tiff"
	"golang.org/x/image/webp"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/media/strip"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/sniff"
)

// codec reads one format. It is chosen by the sniffed media type, so that decoders
// which another package registers with [image] are never used.
type codec struct {
	strip  func([]byte) (strip.Frame, error)
	config func(io.Reader) (image.Config, error)
	decode func(io.Reader) (image.Image, error)
}

func codecOf(mediaType string) codec {
	switch mediaType {
	case sniff.PNG:
		return codec{strip.PNG, png.DecodeConfig, png.Decode}
	case sniff.JPEG:
		return codec{strip.JPEG, jpeg.DecodeConfig, jpeg.Decode}
	case sniff.GIF:
		return codec{strip.GIF, gif.DecodeConfig, gif.Decode}
	case sniff.TIFF:
		return codec{strip.TIFF, tiff.DecodeConfig, decodeTIFF}
	case sniff.BMP:
		return codec{strip.BMP, bmp.DecodeConfig, decodeBMP}
	default:
		return codec{strip.WebP, webp.DecodeConfig, decodeWebP}
	}
}

// decodeWebP expands colours to their full range. Lossy WebP has luma from 16 to
// 235 and chroma from 16 to 240 (RFC 9649, 2.5: ITU-R BT.601), but [image.YCbCr] is
// defined from 0 to 255, as in JPEG; golang.org/x/image/webp does not convert, so
// that white would become grey.
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

// size is the size of an image in pixels.
type size struct{ width, height int }

func (s size) longerSide() int  { return max(s.width, s.height) }
func (s size) shorterSide() int { return min(s.width, s.height) }
func (s size) pixels() int64    { return int64(s.width) * int64(s.height) }

// header reads the size of the whole image, and the bytes a pixel, without decoding
// pixels.
func (c codec) header(f strip.Frame) (_ size, depth int, _ error) {
	config, err := c.config(bytes.NewReader(f.Data))
	switch {
	case err != nil:
		return size{}, 0, err
	case f.Placement == nil:
		return size{config.Width, config.Height}, depthOf(config.ColorModel), nil
	// The coded frame has its own size, which may contradict its container.
	case f.Placement.X+config.Width > f.Placement.CanvasWidth, f.Placement.Y+config.Height > f.Placement.CanvasHeight:
		return size{}, 0, strip.ErrMalformed
	}
	return size{f.Placement.CanvasWidth, f.Placement.CanvasHeight}, depthOf(config.ColorModel), nil
}

// depthOf returns the bytes of a pixel of an image with this model.
func depthOf(model color.Model) int {
	switch model {
	case color.GrayModel:
		return 1
	case color.Gray16Model:
		return 2
	case color.YCbCrModel:
		return 3
	case color.RGBA64Model, color.NRGBA64Model:
		return 8
	}
	if _, isPalette := model.(color.Palette); isPalette {
		return 1
	}
	return 4
}

// pixels decodes a frame. It stops within [checkEvery] bytes of data when ctx ends. What
// a decoder does without reading, [File.checkWork] bounds.
func (c codec) pixels(ctx context.Context, f strip.Frame) (image.Image, error) {
	pixels, err := c.decode(&frameReader{ctx, bytes.NewReader(f.Data)})
	if ctx.Err() != nil { // which some decoders hide in an error of their own
		return nil, ctx.Err()
	}
	if err != nil {
		return nil, err
	}
	if pixels.Bounds().Empty() {
		return nil, strip.ErrMalformed
	}
	if grey, ok := pixels.(*image.Gray); ok && f.Negative {
		for i := range grey.Pix {
			grey.Pix[i] = ^grey.Pix[i]
		}
	}
	return pixels, nil
}

// decodeBMP makes an image opaque of which every pixel is transparent: programs that
// write 32 bits a pixel often leave the fourth byte zero.
func decodeBMP(r io.Reader) (image.Image, error) {
	m, err := bmp.Decode(r)
	if m, ok := m.(*image.NRGBA); ok {
		for i := 3; i < len(m.Pix); i += 4 {
			if m.Pix[i] != 0 {
				return m, err
			}
		}
		for i := 3; i < len(m.Pix); i += 4 {
			m.Pix[i] = 0xff
		}
	}
	return m, err
}

// checkEvery is after how many bytes a decoder notices that its context has ended. A
// scan of all pixels of a JPEG may take a hundred bytes.
const checkEvery = 64

// frameReader reads data in small pieces, and fails once its context has ended.
type frameReader struct {
	ctx  context.Context
	data *bytes.Reader
}

func (f *frameReader) Read(p []byte) (int, error) {
	if err := f.ctx.Err(); err != nil {
		return 0, err
	}
	return f.data.Read(p[:min(len(p), checkEvery)])
}

// decodeError returns the error for a file that starts as mediaType but is damaged.
func decodeError(mediaType string, cause error) error {
	if own, ok := errors.AsType[*Error](cause); ok {
		return own
	}
	switch {
	case errors.Is(cause, context.Canceled), errors.Is(cause, context.DeadlineExceeded):
		return fmt.Errorf("reading the image: %w", cause)
	case errors.Is(cause, io.ErrUnexpectedEOF), errors.Is(cause, io.EOF), errors.Is(cause, strip.ErrTruncated):
		return &Error{
			Kind: Unreadable, Message: "the image begins as " + mediaType + " but its data ends too early",
			Hint: "send the whole file", cause: cause,
		}
	}
	if errors.Is(cause, strip.ErrCameraRaw) {
		return &Error{
			Kind: Unreadable, Message: "the data is not an image of a supported format: it seems to be " + sniff.CameraRaw + ", built on TIFF",
			Hint: conversion(sniff.CameraRaw), cause: cause,
		}
	}
	return &Error{
		Kind: Unreadable, Message: fmt.Sprintf("the image begins as %s but cannot be decoded: %v", mediaType, cause),
		Hint: cmp.Or(unusual(mediaType), allowedFormats), cause: cause,
	}
}

// unusual is the hint for a format that has more variants than are read.
func unusual(mediaType string) string {
	if mediaType == sniff.TIFF || mediaType == sniff.BMP {
		return conversion("another image")
	}
	return ""
}
