package media_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"image"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/image/bmp"
	"golang.org/x/image/tiff"
	"golang.org/x/image/webp"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/media"
)

// seedFiles returns the checked-in images and some composed ones.
func seedFiles(f *testing.F) [][]byte {
	f.Helper()
	files := [][]byte{
		pngHeader(60000, 60000),
		encodePNG(f, gradient(5, 4)),
		insertAt(encodeJPEG(f, gradient(9, 7)), afterSOI, jpegSegment(0xe1, "Exif\x00\x00"+string(exif(binary.BigEndian, 8)))),
		encodeGIF(f, 3, 3),
		tiffFile(2, field{0x112, 3, 6}),
		encodeTIFF(f, gradient(20, 9), tiff.Deflate),
		encodeBMP(f, gradient(7, 3)),
		progressive(64, 4),
		[]byte("%PDF-1.7"),
	}
	for _, name := range []string{"dot.png", "alpha-lossy.webp", "animated.webp", "animated-part.webp", "lossy.webp"} {
		files = append(files, testdata(f, name))
	}
	return files
}

// FuzzPrepare prepares sources, given as text or as the bytes of a data: URL.
// Nothing may panic, connect to an address that is not public, or allocate too much
// memory.
func FuzzPrepare(f *testing.F) {
	folder := f.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "dot.png"), testdata(f, "dot.png"), 0o600); err != nil {
		f.Fatal(err)
	}
	for _, file := range seedFiles(f) {
		f.Add("", file)
		f.Add(base64URL(file), []byte(nil))
		f.Add(strings.TrimPrefix(base64URL(file), "data:image/png;base64,"), []byte(nil))
	}
	for _, source := range []string{
		"data:,%89PNG", "data:;base64,====", "dot.png", "../dot.png", "file:///etc/passwd", "file://h/x",
		"https://127.0.0.1/", "http://[::1%25a]:99/",
		"https://a.test/\x00", "ftp://x", "/9j/", "<svg/>", "https://０x7f.1/", "\xff\xfe",
	} {
		f.Add(source, []byte(nil))
	}
	f.Fuzz(func(t *testing.T, source string, file []byte) {
		const maxPixels, maxBytes = 100_000, 1 << 20
		n := newNetwork(nil, map[string][]string{"a.test": {"127.0.0.1"}})
		preparer := newPreparer(t, media.Options{
			Folders: allow(t, folder), MaxPixels: maxPixels, MaxBytes: maxBytes, Resolver: n,
			Dial: func(_ context.Context, _, address string) (net.Conn, error) {
				if dialled, err := netip.ParseAddrPort(address); err != nil || !media.IsPublic(dialled.Addr()) {
					t.Errorf("dialled %s", address)
				}
				return nil, net.ErrClosed
			},
		})
		if source == "" {
			source = DataURL(file)
		}
		var (
			img media.Image
			err error
		)
		used := allocated(func() {
			img, err = preparer.Prepare(t.Context(), media.Request{Source: source, Detail: "low", LocalFiles: true})
		})
		if limit := uint64(64*maxPixels + 16*len(source) + 4<<20); used > limit {
			t.Errorf("%d bytes allocated, more than %d", used, limit)
		}
		if own, ok := errors.AsType[*media.Error](err); ok {
			if own.Message == "" || own.Hint == "" || own.Kind == "" {
				t.Errorf("incomplete error %+v", own)
			}
			return
		}
		if err != nil {
			t.Fatalf("an error of no kind: %v", err)
		}
		m := decode(t, img.MediaType, img.Data)
		if img.MediaType != "image/gif" && (m.Bounds().Dx() != img.Width || m.Bounds().Dy() != img.Height) {
			t.Errorf("the image has %v pixels, but says %d×%d", m.Bounds().Size(), img.Width, img.Height)
		}
		if max(img.Width, img.Height) > 768 {
			t.Errorf("%d×%d is sent", img.Width, img.Height)
		}
	})
}

// FuzzStrip strips files: the image stays the same, and stripping it again changes
// nothing.
func FuzzStrip(f *testing.F) {
	for _, file := range seedFiles(f) {
		f.Add(file)
	}
	f.Fuzz(func(t *testing.T, file []byte) {
		stripped, _, err := media.Strip(file)
		if err != nil {
			return
		}
		if media.Sniff(stripped) != media.Sniff(file) {
			t.Fatalf("%s became %s", media.Sniff(file), media.Sniff(stripped))
		}
		again, orientation, err := media.Strip(stripped)
		if err != nil || orientation != 1 || !bytes.Equal(again, stripped) {
			t.Fatalf("stripping again: orientation %d, error %v, %d of %d bytes", orientation, err, len(again), len(stripped))
		}
		// golang.org/x/image/webp skips the frames of an animation, and decodes a still
		// image that should not be beside them.
		if want, ok := decodeSmall(file); ok && !bytes.Contains(file, []byte("ANMF")) {
			wantSame(t, decode(t, media.Sniff(stripped), stripped), want, 0, 0)
		}
	})
}

// decodeSmall decodes an image of few pixels.
func decodeSmall(file []byte) (image.Image, bool) {
	codec := map[string]struct {
		config func(io.Reader) (image.Config, error)
		decode func(io.Reader) (image.Image, error)
	}{
		"image/png": {png.DecodeConfig, png.Decode}, "image/jpeg": {jpeg.DecodeConfig, jpeg.Decode},
		"image/gif": {gif.DecodeConfig, gif.Decode}, "image/webp": {webp.DecodeConfig, webp.Decode},
		"image/tiff": {tiff.DecodeConfig, tiff.Decode}, "image/bmp": {bmp.DecodeConfig, bmp.Decode},
	}[media.Sniff(file)]
	config, err := codec.config(bytes.NewReader(file))
	if err != nil || config.Width*config.Height > 10_000 {
		return nil, false
	}
	m, err := codec.decode(bytes.NewReader(file))
	return m, err == nil
}
