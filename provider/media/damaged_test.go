package media_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/media"
)

func TestNotAnImage(t *testing.T) {
	pngFile, jpg := encodePNG(t, gradient(40, 30)), encodeJPEG(t, gradient(40, 30))
	frame := bytes.Index(jpg, []byte{0xff, 0xc0})
	turned := jpegSegment(0xe1, "Exif\x00\x00"+string(exif(binary.BigEndian, 8)))
	noPixels := pngChunk("IDAT", deflate(t, make([]byte, 50)))
	beyondCanvas := riffChunk("ANMF", 1, 0, 0, 0, 0, 0, 7, 0, 0, 7, 0, 0, 0, 0, 0, 0)
	canvas := riffChunk("VP8X", 2, 0, 0, 0, 7, 0, 0, 7, 0, 0)
	webpImage, animation := testdata(t, "lossy.webp"), testdata(t, "frames500.gif")
	for _, tt := range []struct {
		name    string
		data    []byte
		message string
	}{
		{"nothing", nil, "zero bytes"},
		{"one byte", []byte{0}, "not an image"},
		{"SVG", []byte(`<svg xmlns="http://www.w3.org/2000/svg"/>`), "an SVG drawing"},
		{"SVG after a declaration", []byte("\ufeff<?xml version='1.0'?>\n<!-- x --><svg/>"), "an SVG drawing"},
		{"XML", []byte("<?xml version='1.0'?><a/>"), "an XML document"},
		{"HTML", []byte(" <!DOCTYPE html><p>Not found"), "an HTML page"},
		{"PDF", []byte("%PDF-1.7\n"), "a PDF document"},
		{"PDF with a JPEG in it", append([]byte("%PDF-1.7\n"), jpg...), "a PDF document"},
		{"text", []byte("hello, I am an image"), "text"},
		{"a data: URL of a data: URL", []byte("data:image/png;base64,AAAA"), "data: URL"},
		{"BMP", []byte("BM\x00\x00\x00\x00\x00\x00"), "a BMP image"},
		{"HEIC", []byte("\x00\x00\x00\x18ftypheic\x00\x00\x00\x00"), "a HEIC image"},
		{"AVIF", []byte("\x00\x00\x00\x18ftypavif\x00\x00\x00\x00"), "an AVIF image"},
		{"a video", []byte("\x00\x00\x00\x18ftypisom\x00\x00\x00\x00"), "video"},
		{"a ZIP", []byte("PK\x03\x04"), "a ZIP archive"},
		{"only a PNG's signature", pngFile[:8], "ends too early"},
		{"a PNG cut in its header", pngFile[:30], "ends too early"},
		{"a PNG cut before its first row is whole", pngFile[:afterIHDR+12], "ends too early"},
		{"a PNG with pixels missing", slices.Concat(pngFile[:afterIHDR], noPixels, pngChunk("IEND", nil)), "image/png"},
		{"a PNG of no pixels", pngHeader(0, 0), "image/png"},
		{"a JPEG of no pixels", insertAt(slices.Concat(jpg[:frame+7], []byte{0, 0}, jpg[frame+9:]), afterSOI, turned), "image/jpeg"},
		{"only a JPEG's signature", jpg[:3], "ends too early"},
		{"a JPEG cut in its tables", jpg[:300], "ends too early"},
		{"a JPEG cut before its first block is whole", jpg[:bytes.Index(jpg, []byte{0xff, 0xda})+14], "ends too early"},
		{"a JPEG without tables", []byte{0xff, 0xd8, 0xff, 0xd9}, "image/jpeg"},
		{"a JPEG in a JPEG", append(bytes.Clone(jpg[:2]), jpg...), "image/jpeg"},
		{"a JPEG with a segment of no length", []byte{0xff, 0xd8, 0xff, 0xdb, 0, 1, 0xff, 0xd9}, "image/jpeg"},
		{"a JPEG with a segment that is cut", []byte{0xff, 0xd8, 0xff, 0xdb, 1}, "ends too early"},
		{"a WebP with a short header", webpFile(riffChunk("VP8X", 2, 0)), "image/webp"},
		{"a WebP with a short frame", webpFile(canvas, riffChunk("ANMF", make([]byte, 6)...)), "image/webp"},
		{"a WebP with a frame beyond its canvas", webpFile(canvas, beyondCanvas), "image/webp"},
		{"a WebP of no chunks", []byte("RIFF\x04\x00\x00\x00WEBP"), "ends too early"},
		{"a WebP cut in its header", webpImage[:40], "ends too early"},
		{"a sound in a RIFF", []byte("RIFF\x04\x00\x00\x00WAVEfmt "), "not an image"},
		{"a GIF cut in its first frame", animation[:60], "ends too early"},
		{"a GIF of no frames", slices.Concat(animation[:13], []byte{0x3b}), "image/gif"},
		{"a GIF that is JavaScript", []byte("GIF89a/*" + "\x00\x00\x00\x00\x00*/=alert(1);//"), "image/gif"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			preparer := newPreparer(t, media.Options{})
			_, err := preparer.Prepare(t.Context(), media.Request{Source: base64URL(tt.data)})
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
			img := prepareData(t, tt.data, "")
			decode(t, img.MediaType, img.Data)
			wantClean(t, img)
		})
	}
}

func TestSourceOverTheLimit(t *testing.T) {
	const limit = 20 << 20
	preparer := newPreparer(t, media.Options{})
	whole := append(encodePNG(t, gradient(8, 8)), make([]byte, limit)...)
	if img := mustPrepare(t, preparer, media.Request{Source: base64URL(whole[:limit])}); img.Original.Bytes != limit || len(img.Data) > 1000 {
		t.Errorf("original of %d bytes, sent %d", img.Original.Bytes, len(img.Data))
	}
	for name, source := range map[string]string{
		"data: URL": base64URL(whole[:limit+1]),
		"base64":    base64.StdEncoding.EncodeToString(whole[:limit+1]),
		"percent":   "data:," + strings.Repeat("%00", limit+1),
		"plain":     "data:," + strings.Repeat("0", limit+1),
	} {
		t.Run(name, func(t *testing.T) {
			_, err := preparer.Prepare(t.Context(), media.Request{Source: source})
			wantKind(t, err, media.TooLarge, "20 MB")
		})
	}
}

func TestEndOfTheContext(t *testing.T) {
	preparer := newPreparer(t, media.Options{})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for range 4 {
		if _, err := preparer.Prepare(ctx, media.Request{Source: base64URL(testdata(t, "photo.jpg"))}); !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
	}
}
