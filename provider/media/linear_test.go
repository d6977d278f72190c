package media_test

import (
	"bytes"
	"image"
	"image/color"
	"slices"
	"testing"
	"time"

	"golang.org/x/image/tiff"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/media"
)

// quickest returns the shortest of some runs.
func quickest(f func()) time.Duration {
	least := time.Duration(1<<63 - 1)
	for range 4 {
		start := time.Now()
		f()
		least = min(least, time.Since(start))
	}
	return least
}

// Twice the input takes about twice the time, whatever there is twice as much of. Other
// work on the machine can disturb a measurement, but not each of several.
func TestWorkIsLinear(t *testing.T) {
	jpg, gifFile, webpImage := encodeJPEG(t, gradient(16, 16)), encodeGIF(t, 8, 8), testdata(t, "alpha-lossless.webp")
	pngFile := encodePNG(t, gradient(16, 16))
	frame := gifFile[bytes.IndexByte(gifFile, 0x2c) : len(gifFile)-1]
	cut := func(data []byte) []byte { return data[:len(data)*9/10] }
	rect := func(n int) image.Rectangle { return image.Rect(0, 0, 1000, n) }
	for _, tt := range []struct {
		name string
		n    int
		data func(n int) []byte
	}{
		{"JPEG segments", 30_000, func(n int) []byte { return insertAt(jpg, afterSOI, bytes.Repeat(jpegSegment(0xe5, "text"), n)) }},
		{"JPEG fill bytes", 2_000_000, func(n int) []byte { return insertAt(jpg, afterSOI, bytes.Repeat([]byte{0xff}, n)) }},
		{"JPEG tables", 20_000, func(n int) []byte {
			return insertAt(jpg, afterSOI, bytes.Repeat(jpegSegment(0xdb, string(make([]byte, 65))), n))
		}},
		{"JPEG scans", 40, func(n int) []byte { return progressive(800, n) }},
		{"PNG chunks", 100_000, func(n int) []byte {
			return insertAt(pngFile, afterIHDR, bytes.Repeat(pngChunk("tEXt", []byte("text")), n))
		}},
		{"PNG, empty chunks of pixels", 50_000, func(n int) []byte { return insertAt(pngFile, afterIHDR, bytes.Repeat(pngChunk("IDAT", nil), n)) }},
		{"GIF extensions", 100_000, func(n int) []byte {
			return insertAt(gifFile, 13+6, bytes.Repeat([]byte("\x21\xfe\x04text\x00"), n))
		}},
		{"GIF frames", 50_000, func(n int) []byte { return slices.Concat(gifFile[:len(gifFile)-1], bytes.Repeat(frame, n)) }},
		{"WebP chunks", 200_000, func(n int) []byte {
			return webpFile(webpImage[12:], bytes.Repeat(riffChunk("XMP ", []byte("text")...), n))
		}},
		{"TIFF strips", 40_000, func(n int) []byte { return tiffBlocks(8, n, 8, 1, 0, 1, make([]byte, 8)) }},
		{"JPEG pixels", 500, func(n int) []byte { return encodeJPEG(t, gradient(1000, n)) }},
		{"PNG pixels", 500, func(n int) []byte { return encodePNG(t, gradient(1000, n)) }},
		{"GIF pixels", 500, func(n int) []byte { return encodeNoisyGIF(t, 1000, n) }},
		{"TIFF pixels", 500, func(n int) []byte { return encodeTIFF(t, gradient(1000, n), tiff.Deflate) }},
		{"TIFF pixels, PackBits", 500, func(n int) []byte {
			return tiffBlocks(1000, n, 8, n, 0, 32773, bytes.Repeat([]byte{0x81, 0}, 8*n))
		}},
		{"BMP pixels", 500, func(n int) []byte { return encodeBMP(t, image.NewPaletted(rect(n), color.Palette{color.White})) }},
		{"mending a JPEG", 500, func(n int) []byte { return cut(encodeJPEG(t, noise(300, n, false))) }},
		{"mending a PNG", 500, func(n int) []byte { return cut(encodePNG(t, noise(300, n, false))) }},
		{"mending a GIF", 500, func(n int) []byte { return cut(encodeNoisyGIF(t, 300, n)) }},
		{"mending a BMP", 500, func(n int) []byte { return cut(encodeBMP(t, noise(300, n, false))) }},
		{"mending a TIFF", 4_000, func(n int) []byte { return tiffBlocks(1000, n, 8, 1, 0, 1, make([]byte, 999)) }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			preparer := newPreparer(t, media.Options{})
			run := func(n int) func() {
				source := base64URL(tt.data(n))
				return func() { _, _ = preparer.Prepare(t.Context(), media.Request{Source: source, Detail: "low"}) }
			}
			once, twice := run(tt.n), run(2*tt.n)
			var ratio float64
			for range 6 {
				single, double := quickest(once), quickest(twice)
				if ratio = float64(double) / float64(single); ratio < 2.5 {
					t.Logf("%v, twice as much %v: %.2f", single, double, ratio)
					return
				}
			}
			t.Errorf("twice as much takes %.2f times as long", ratio)
		})
	}
}
