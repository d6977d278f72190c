package media_test

import (
	"bytes"
	"compress/zlib"
	"context"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"image"
	"image/color"
	"image/gif"
	"runtime"
	"slices"
	"testing"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/media"
)

// encodeGIF gives a GIF of one frame.
func encodeGIF(t testing.TB, width, height int) []byte {
	t.Helper()
	var b bytes.Buffer
	m := image.NewPaletted(image.Rect(0, 0, width, height), color.Palette{color.White, color.Black})
	if err := gif.Encode(&b, m, nil); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestNoPicture(t *testing.T) {
	pngFile, jpg := encodePNG(t, gradient(40, 30)), encodeJPEG(t, gradient(40, 30))
	webpPicture, animation := testdata(t, "lossy.webp"), testdata(t, "frames500.gif")
	for _, tt := range []struct {
		name    string
		data    []byte
		message string
	}{
		{"nothing", nil, "zero bytes"},
		{"one byte", []byte{0}, "no picture"},
		{"SVG", []byte(`<svg xmlns="http://www.w3.org/2000/svg"/>`), "an SVG drawing"},
		{"SVG after a declaration", []byte("\ufeff<?xml version='1.0'?>\n<!-- x --><svg/>"), "an SVG drawing"},
		{"XML", []byte("<?xml version='1.0'?><a/>"), "an XML document"},
		{"HTML", []byte(" <!DOCTYPE html><p>Not found"), "an HTML page"},
		{"PDF", []byte("%PDF-1.7\n"), "a PDF document"},
		{"PDF with a JPEG in it", append([]byte("%PDF-1.7\n"), jpg...), "a PDF document"},
		{"text", []byte("hello, I am a picture"), "text"},
		{"a data: URL of a data: URL", []byte("data:image/png;base64,AAAA"), "data: URL"},
		{"BMP", []byte("BM\x00\x00\x00\x00\x00\x00"), "a BMP picture"},
		{"HEIC", []byte("\x00\x00\x00\x18ftypheic\x00\x00\x00\x00"), "a HEIC picture"},
		{"AVIF", []byte("\x00\x00\x00\x18ftypavif\x00\x00\x00\x00"), "an AVIF picture"},
		{"a video", []byte("\x00\x00\x00\x18ftypisom\x00\x00\x00\x00"), "video"},
		{"a ZIP", []byte("PK\x03\x04"), "a ZIP archive"},
		{"only a PNG's signature", pngFile[:8], "ends too early"},
		{"half a PNG", pngFile[:len(pngFile)/2], "ends too early"},
		{"a PNG without its end", pngFile[:len(pngFile)-12], "ends too early"},
		{"a PNG with a wrong checksum", slices.Concat(pngFile[:60], []byte{pngFile[60] ^ 1}, pngFile[61:]), "cannot be decoded"},
		{"a PNG with pixels missing", slices.Concat(pngFile[:afterIHDR], pngChunk("IDAT", deflate(t, make([]byte, 50))), pngChunk("IEND", nil)), "image/png"},
		{"a PNG of no pixels", pngHeader(0, 0), "image/png"},
		{"only a JPEG's signature", jpg[:3], "ends too early"},
		{"half a JPEG", jpg[:len(jpg)/2], "ends too early"},
		{"half a JPEG with an end", append(bytes.Clone(jpg[:len(jpg)-80]), 0xff, 0xd9), "image/jpeg"},
		{"a JPEG without its end", jpg[:len(jpg)-2], "ends too early"},
		{"a JPEG without tables", []byte{0xff, 0xd8, 0xff, 0xd9}, "image/jpeg"},
		{"a WebP of no chunks", []byte("RIFF\x04\x00\x00\x00WEBP"), "ends too early"},
		{"half a WebP", webpPicture[:600], "ends too early"},
		{"a sound in a RIFF", []byte("RIFF\x04\x00\x00\x00WAVEfmt "), "no picture"},
		{"a GIF cut in its first frame", animation[:60], "ends too early"},
		{"a GIF of no frames", slices.Concat(animation[:13], []byte{0x3b}), "image/gif"},
		{"a GIF that is JavaScript", []byte("GIF89a/*" + "\x00\x00\x00\x00\x00*/=alert(1);//"), "image/gif"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			in := newIntake(t, media.Options{})
			_, err := in.Get(t.Context(), media.Request{Source: base64URL(tt.data)})
			wantKind(t, err, media.Unreadable, tt.message)
		})
	}
}

func TestDamageAfterTheFirstFrameIsHarmless(t *testing.T) {
	for _, tt := range []struct {
		name string
		data []byte
	}{
		{"a GIF cut in its second frame", testdata(t, "frames500.gif")[:400]},
		{"a WebP cut in its metadata", testdata(t, "lossy.webp")[:len(testdata(t, "lossy.webp"))-10]},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := intakeOf(t, tt.data, "")
			decode(t, p.MediaType, p.Data)
			wantClean(t, p)
		})
	}
}

func deflate(t testing.TB, data []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zlib.NewWriter(&b)
	if _, err := w.Write(data); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// pngHeader is a PNG that claims a size.
func pngHeader(width, height uint32) []byte {
	header := binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, width), height)
	return slices.Concat([]byte("\x89PNG\r\n\x1a\n"), pngChunk("IHDR", append(header, 8, 6, 0, 0, 0)),
		pngChunk("IDAT", []byte("x\x9c\x03\x00\x00\x00\x00\x01")), pngChunk("IEND", nil))
}

// allocated gives how many bytes f allocates, whether they are freed or not.
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
	lossless := []byte{0x2f, 0xff, 0xff, 0xff, 0x0f, 0, 0, 0, 0} // 16,384 × 16,384
	extended := riffChunk("VP8X", 0x10, 0, 0, 0, 0xff, 0xff, 0, 0xfe, 0x7f, 0)
	tiny := riffChunk("VP8X", 2, 0, 0, 0, 63, 0, 0, 47, 0, 0)
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
		{"WebP, alpha plane", "65536 × 32767", webpFile(extended, riffChunk("ALPH", 0, 0), riffChunk("VP8 ", testdata(t, "lossy.webp")[20:]...))},
		{"WebP, a huge frame on a tiny canvas", "image/webp", webpFile(tiny, hidden)},
	} {
		t.Run(tt.name, func(t *testing.T) {
			in := newIntake(t, media.Options{})
			source := base64URL(tt.data)
			var err error
			bytes := allocated(func() { _, err = in.Get(t.Context(), media.Request{Source: source}) })
			wantKind(t, err, media.Unreadable, tt.message)
			if bytes > 1<<20 {
				t.Errorf("refusing it allocated %d bytes", bytes)
			}
		})
	}
}

func TestPixelLimit(t *testing.T) {
	in := newIntake(t, media.Options{MaxPixels: 100})
	get(t, in, media.Request{Source: base64URL(encodePNG(t, gradient(10, 10)))})
	_, err := in.Get(t.Context(), media.Request{Source: base64URL(encodePNG(t, gradient(101, 1)))})
	wantKind(t, err, media.Unreadable, "101 × 1")
}

// The kernel of x/image/draw alone would take 32 bytes a pixel for a picture of
// one column: 64 MB here, 1.6 GB at the limit of pixels.
func TestScalingAColumnIsCheap(t *testing.T) {
	const pixels = 2_000_000
	source := base64URL(encodePNG(t, image.NewGray(image.Rect(0, 0, 1, pixels))))
	in := newIntake(t, media.Options{})
	if bytes := allocated(func() { get(t, in, media.Request{Source: source}) }); bytes > 4*pixels {
		t.Errorf("scaling allocated %d bytes", bytes)
	}
}

func TestScanBombIsRefused(t *testing.T) {
	jpg := testdata(t, "photo.jpg")
	scan := bytes.LastIndex(jpg, []byte{0xff, 0xda})
	last := jpg[scan : len(jpg)-2]
	bomb := slices.Concat(jpg[:len(jpg)-2], bytes.Repeat(last, 100), jpg[len(jpg)-2:])
	in := newIntake(t, media.Options{})
	_, err := in.Get(t.Context(), media.Request{Source: base64URL(bomb)})
	wantKind(t, err, media.Unreadable, "more scans")
}

func TestSourceOverTheLimit(t *testing.T) {
	const limit = 20 << 20
	in := newIntake(t, media.Options{})
	whole := append(encodePNG(t, gradient(8, 8)), make([]byte, limit)...)
	if p := get(t, in, media.Request{Source: base64URL(whole[:limit])}); p.Original.Bytes != limit || len(p.Data) > 1000 {
		t.Errorf("original of %d bytes, sent %d", p.Original.Bytes, len(p.Data))
	}
	for name, source := range map[string]string{
		"data: URL": base64URL(whole[:limit+1]),
		"base64":    base64.StdEncoding.EncodeToString(whole[:limit+1]),
		"percent":   dataURL(whole[:limit+1]),
	} {
		t.Run(name, func(t *testing.T) {
			_, err := in.Get(t.Context(), media.Request{Source: source})
			wantKind(t, err, media.TooLarge, "20 MB")
		})
	}
}

func TestEndOfTheContext(t *testing.T) {
	in := newIntake(t, media.Options{})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for range 4 {
		if _, err := in.Get(ctx, media.Request{Source: base64URL(testdata(t, "photo.jpg"))}); !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
	}
}
