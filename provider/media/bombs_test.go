package media_test

import (
	"bytes"
	"image"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/media"
)

// allocated returns how many bytes f allocates, including those that are freed.
func allocated(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

func TestBombsCostNoMemory(t *testing.T) {
	jpg := encodeJPEG(t, gradient(16, 16))
	frame := bytes.Index(jpg, []byte{0xff, 0xc0})
	hugeJPEG := bytes.Clone(jpg)
	copy(hugeJPEG[frame+5:], "\xff\xff\xff\xff")
	hugeGIF := encodeGIF(t, 8, 8)
	copy(hugeGIF[6:], "\xff\xff\xff\xff")
	// 16,384 × 16,384 pixels of one colour, complete: prefix codes of one symbol take no bits.
	lossless := []byte{0x2f, 0xff, 0xff, 0xff, 0x0f, 0x88, 0x88, 0x08, 0}
	extended := riffChunk("VP8X", 0x10, 0, 0, 0, 0xff, 0xff, 0, 0xfe, 0x7f, 0)
	tiny := riffChunk("VP8X", 2, 0, 0, 0, 63, 0, 0, 47, 0, 0)
	alphaPlane := webpFile(extended, riffChunk("ALPH", 0, 0), riffChunk("VP8 ", testdata(t, "lossy.webp")[20:]...))
	hidden := riffChunk("ANMF", slices.Concat(make([]byte, 6), []byte{9, 0, 0, 9, 0, 0, 0, 0, 0, 0}, riffChunk("VP8L", lossless...))...)
	for _, tt := range []struct {
		name, message string
		data          []byte
	}{
		{"PNG of 60,000 × 60,000", "60000 × 60000", pngHeader(60000, 60000)},
		{"PNG of 2^31-1 squared", "image/png", pngHeader(1<<31-1, 1<<31-1)},
		{"JPEG of 65,535 × 65,535", "65535 × 65535", hugeJPEG},
		{"GIF of 65,535 × 65,535", "65535 × 65535", hugeGIF},
		{"WebP, lossless", "16384 × 16384", webpFile(riffChunk("VP8L", lossless...))},
		{"WebP, alpha plane", "65536 × 32767", alphaPlane},
		{"WebP, a huge frame on a tiny canvas", "image/webp", webpFile(tiny, hidden)},
	} {
		t.Run(tt.name, func(t *testing.T) {
			preparer := newPreparer(t, media.Options{})
			source := base64URL(tt.data)
			var err error
			bytes := allocated(func() { _, err = preparer.Prepare(t.Context(), media.Request{Source: source}) })
			wantKind(t, err, media.Unreadable, tt.message)
			if bytes > 1<<20 {
				t.Errorf("refusing it allocated %d bytes", bytes)
			}
		})
	}
}

func TestPixelLimit(t *testing.T) {
	preparer := newPreparer(t, media.Options{MaxPixels: 100})
	mustPrepare(t, preparer, media.Request{Source: base64URL(encodePNG(t, gradient(10, 10)))})
	_, err := preparer.Prepare(t.Context(), media.Request{Source: base64URL(encodePNG(t, gradient(101, 1)))})
	wantKind(t, err, media.Unreadable, "101 × 1")
}

// The kernel of x/image/draw alone would allocate 32 bytes a pixel for an image of
// one column: 64 MB here, 1.6 GB at the limit of pixels.
func TestScalingAColumnIsCheap(t *testing.T) {
	const pixels = 2_000_000
	source := base64URL(encodePNG(t, image.NewGray(image.Rect(0, 0, 1, pixels))))
	preparer := newPreparer(t, media.Options{})
	if bytes := allocated(func() { mustPrepare(t, preparer, media.Request{Source: source}) }); bytes > 4*pixels {
		t.Errorf("scaling allocated %d bytes", bytes)
	}
}

func TestScanBombIsRefused(t *testing.T) {
	jpg := testdata(t, "photo.jpg")
	scan := bytes.LastIndex(jpg, []byte{0xff, 0xda})
	last := jpg[scan : len(jpg)-2]
	bomb := slices.Concat(jpg[:len(jpg)-2], bytes.Repeat(last, 100), jpg[len(jpg)-2:])
	preparer := newPreparer(t, media.Options{})
	_, err := preparer.Prepare(t.Context(), media.Request{Source: base64URL(bomb)})
	wantKind(t, err, media.Unreadable, "more scans")
}

// progressive composes a grey JPEG without any detail: each of its scans has a few
// bytes, and visits all pixels.
func progressive(side, scans int) []byte {
	table := func(class byte, symbol byte) string { // one code of one bit
		return string(slices.Concat([]byte{class, 1}, make([]byte, 15), []byte{symbol}))
	}
	b := append([]byte{0xff, 0xd8}, jpegSegment(0xdb, "\x00"+strings.Repeat("\x01", 64))...)
	size := string([]byte{byte(side >> 8), byte(side), byte(side >> 8), byte(side)})
	b = append(b, jpegSegment(0xc2, "\x08"+size+"\x01\x01\x11\x00")...)
	b = append(append(b, jpegSegment(0xc4, table(0x00, 0))...), jpegSegment(0xc4, table(0x10, 0xe0))...)
	blocks := (side + 7) / 8 * ((side + 7) / 8)
	b = append(append(b, jpegSegment(0xda, "\x01\x01\x00\x00\x00\x00")...), make([]byte, blocks/8+1)...)
	for range scans - 1 {
		b = append(append(b, jpegSegment(0xda, "\x01\x01\x00\x01\x3f\x00")...), make([]byte, blocks/0x4000*2+2)...) // ends of 16,384 blocks
	}
	return append(b, 0xff, 0xd9)
}

func TestScansTimesPixelsAreBounded(t *testing.T) {
	for _, tt := range []struct {
		side, scans int
		message     string
	}{
		{800, 98, ""}, {2000, 20, ""},
		{7000, 13, "7000 × 7000 pixels in 13 scans"}, {7000, 98, "98 scans"}, {2500, 98, "98 scans"},
	} {
		file := progressive(tt.side, tt.scans)
		for what, data := range map[string][]byte{"whole": file, "cut": file[:len(file)-2]} {
			_, err := newPreparer(t, media.Options{}).Prepare(t.Context(), media.Request{Source: base64URL(data)})
			switch {
			case tt.message != "":
				wantKind(t, err, media.Unreadable, tt.message)
			case err != nil:
				t.Errorf("%d pixels squared in %d scans, %s: %v", tt.side, tt.scans, what, err)
			}
		}
	}
}
