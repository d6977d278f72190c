package media_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"slices"
	"strings"
	"testing"

	"golang.org/x/image/bmp"
	"golang.org/x/image/tiff"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/media"
)

func encodeTIFF(t testing.TB, m image.Image, compression tiff.CompressionType) []byte {
	t.Helper()
	var b bytes.Buffer
	must(t, tiff.Encode(&b, m, &tiff.Options{Compression: compression, Predictor: compression == tiff.Deflate}))
	return b.Bytes()
}

func encodeBMP(t testing.TB, m image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	must(t, bmp.Encode(&b, m))
	return b.Bytes()
}

// bmpV4 returns a BMP of 32 bits with the header that declares alpha.
func bmpV4(m *image.NRGBA) []byte {
	const headers = 14 + 108
	b := binary.LittleEndian.AppendUint32([]byte("BM"), uint32(headers+len(m.Pix)))
	for _, n := range []uint32{0, headers, 108, uint32(m.Rect.Dx()), uint32(-m.Rect.Dy()), 1 | 32<<16} { // rows from the top
		b = binary.LittleEndian.AppendUint32(b, n)
	}
	b = append(b, make([]byte, headers-len(b))...)
	for p := m.Pix; len(p) > 0; p = p[4:] {
		b = append(b, p[2], p[1], p[0], p[3])
	}
	return b
}

// drawnOn copies an image into one of another type.
func drawnOn(dst draw.Image, src image.Image) draw.Image {
	draw.Draw(dst, dst.Bounds(), src, src.Bounds().Min, draw.Src)
	return dst
}

// field is an entry of a TIFF directory whose value is in it.
type field struct {
	tag, kind uint16
	value     uint32
}

// tiffFile composes a little-endian file of uncompressed 8-bit grey pages, 4 × 2
// pixels each. More fields may be given, which replace those of the same tag.
func tiffFile(pages int, more ...field) []byte {
	b := binary.LittleEndian.AppendUint32([]byte("II*\x00"), 16)
	b = append(b, 0, 50, 100, 150, 200, 250, 30, 60) // the pixels, at 8
	for page := range pages {
		fields := map[uint16]field{}
		for _, f := range slices.Concat([]field{
			{0x100, 3, 4}, {0x101, 3, 2}, {0x102, 3, 8}, {0x103, 3, 1}, {0x106, 3, 1}, {0x111, 4, 8}, {0x115, 3, 1}, {0x116, 3, 2}, {0x117, 4, 8},
		}, more) {
			fields[f.tag] = f
		}
		b = binary.LittleEndian.AppendUint16(b, uint16(len(fields)))
		for tag := range uint16(0xffff) {
			if f, ok := fields[tag]; ok {
				b = binary.LittleEndian.AppendUint16(binary.LittleEndian.AppendUint16(b, f.tag), f.kind)
				b = binary.LittleEndian.AppendUint32(binary.LittleEndian.AppendUint32(b, 1), f.value)
			}
		}
		next := uint32(0)
		if page < pages-1 {
			next = uint32(len(b) + 4)
		}
		b = binary.LittleEndian.AppendUint32(b, next)
	}
	return b
}

func TestFormatsThatAreConverted(t *testing.T) {
	colours, rect := gradient(48, 32), image.Rect(0, 0, 48, 32)
	grey := drawnOn(image.NewGray(rect), colours)
	veiled := gradient(48, 32)
	for i := 3; i < len(veiled.Pix); i += 8 {
		veiled.Pix[i] = 128
	}
	paletted := drawnOn(image.NewPaletted(rect, color.Palette{color.Black, color.White, color.RGBA{200, 0, 0, 255}}), colours)
	for _, tt := range []struct {
		name string
		data []byte
		want image.Image
		most int
	}{
		{"TIFF", encodeTIFF(t, colours, tiff.Uncompressed), colours, 0},
		{"TIFF, deflate", encodeTIFF(t, colours, tiff.Deflate), colours, 0},
		{"TIFF, grey", encodeTIFF(t, grey, tiff.Uncompressed), grey, 0},
		{"TIFF, grey of 16 bits", encodeTIFF(t, drawnOn(image.NewGray16(rect), grey), tiff.Deflate), grey, 0},
		{"TIFF, colours of 16 bits", encodeTIFF(t, drawnOn(image.NewNRGBA64(rect), colours), tiff.Uncompressed), colours, 0},
		{"TIFF, alpha", encodeTIFF(t, veiled, tiff.Deflate), veiled, 2},
		{"TIFF, palette", encodeTIFF(t, paletted, tiff.Uncompressed), paletted, 0},
		{"BMP", encodeBMP(t, colours), colours, 0},
		{"BMP, grey", encodeBMP(t, grey), grey, 0},
		{"BMP, alpha that does not count", encodeBMP(t, veiled), colours, 0},
		{"BMP, alpha", bmpV4(veiled), veiled, 2},
		{"BMP, palette", encodeBMP(t, paletted), paletted, 0},
		{"BMP whose alpha was left zero", bmpV4(image.NewNRGBA(rect)), drawnOn(image.NewNRGBA(rect), image.Black), 0},
		{"PNG, grey of 16 bits", encodePNG(t, drawnOn(image.NewGray16(rect), grey)), grey, 0},
		{"PNG, colours of 16 bits", encodePNG(t, drawnOn(image.NewNRGBA64(rect), veiled)), veiled, 2},
	} {
		t.Run(tt.name, func(t *testing.T) {
			img := prepareData(t, tt.data, "")
			if img.MediaType != "image/png" || !img.Recoded || img.Resized || img.FirstFrameOnly || img.Original.Bytes != len(tt.data) {
				t.Errorf("got %s, recoded %v, resized %v, original of %d bytes", img.MediaType, img.Recoded, img.Resized, img.Original.Bytes)
			}
			m := decode(t, img.MediaType, img.Data)
			wantSame(t, m, tt.want, 1, tt.most)
			switch m.(type) {
			case *image.Gray16, *image.RGBA64, *image.NRGBA64:
				t.Errorf("what is sent has 16 bits: %T", m)
			}
		})
	}
}

// Engines that ignore alpha see white behind an image, not black.
func TestTransparentPixelsAreWhite(t *testing.T) {
	m := image.NewNRGBA64(image.Rect(0, 0, 2, 1))
	m.Set(1, 0, color.NRGBA64{0x1234, 0, 0, 0xffff})
	img := prepareData(t, encodePNG(t, m), "")
	if got := decode(t, img.MediaType, img.Data).(*image.NRGBA).Pix; !bytes.Equal(got, []byte{255, 255, 255, 0, 0x12, 0, 0, 255}) {
		t.Errorf("got %v", got)
	}
}

func TestTIFFDirectories(t *testing.T) {
	const thumbnail, orientation, subIFDs, dng, planar, samples = 0xfe, 0x112, 0x14a, 0xc612, 0x11c, 0x115
	for pages, first := range map[int]bool{1: false, 2: true, 3: true} {
		if img := prepareData(t, tiffFile(pages), ""); img.FirstFrameOnly != first || img.Width != 4 {
			t.Errorf("%d pages: first only %v, %d×%d", pages, img.FirstFrameOnly, img.Width, img.Height)
		}
	}
	loop := tiffFile(1)
	binary.LittleEndian.PutUint32(loop[len(loop)-4:], 16)
	strips := append(tiffFile(1, field{0x100, 4, 10}, field{0x101, 4, 4_000_000}, field{0x116, 3, 300}), make([]byte, 400)...)
	copy(strips[bytes.Index(strips, []byte{0x16, 1, 3, 0})+4:], "\x03") // three of them, which are elsewhere
	strips[300] = 1
	for _, tt := range []struct {
		name          string
		data          []byte
		width, height int
		message       string
	}{
		{"a page that follows itself", loop, 4, 2, ""},
		{"orientation as SHORT", tiffFile(1, field{orientation, 3, 6}), 2, 4, ""},
		{"orientation as LONG", tiffFile(1, field{orientation, 4, 8}), 2, 4, ""},
		{"no orientation that exists", tiffFile(1, field{orientation, 3, 9}), 4, 2, ""},
		{"a DNG", tiffFile(1, field{dng, 1, 1}), 0, 0, "a camera raw image"},
		{"a raw image of Nikon", tiffFile(1, field{thumbnail, 4, 1}, field{subIFDs, 4, 8}), 0, 0, "a camera raw image"},
		{"planes", tiffFile(1, field{planar, 3, 2}, field{samples, 3, 3}), 0, 0, "separate planes"},
		{"JPEG in it", tiffFile(1, field{0x103, 3, 7}), 0, 0, "image/tiff but cannot be decoded: tiff: unsupported feature"},
		{"a bomb", tiffFile(1, field{0x100, 4, 60000}, field{0x101, 4, 60000}), 0, 0, "60000 × 60000"},
		{"too many strips", tiffFile(1, field{0x100, 4, 10}, field{0x101, 4, 4_000_000}, field{0x116, 3, 1}), 0, 0, "more strips"},
		{"too many tiles", tiffFile(1, field{0x100, 4, 6000}, field{0x101, 4, 6000}, field{0x142, 3, 8}, field{0x143, 3, 8}), 0, 0, "more strips or tiles"},
		{"too many strips by a list of numbers", strips, 0, 0, "more strips"},
		{"a directory outside", []byte("II*\x00\xff\xff\xff\x7f"), 0, 0, "ends too early"},
		{"a directory within the header", []byte("MM\x00*\x00\x00\x00\x04"), 0, 0, "image/tiff"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			img, err := newPreparer(t, media.Options{}).Prepare(t.Context(), media.Request{Source: base64URL(tt.data)})
			if tt.message != "" {
				wantKind(t, err, media.Unreadable, tt.message)
				return
			}
			must(t, err)
			if img.Width != tt.width || img.Height != tt.height {
				t.Errorf("got %d×%d", img.Width, img.Height)
			}
		})
	}
}

func TestTIFFOrientationIsApplied(t *testing.T) {
	stored := []uint8{0, 50, 100, 150, 200, 250, 30, 60}
	for orientation := 1; orientation <= 8; orientation++ {
		img := prepareData(t, tiffFile(1, field{0x112, 3, uint32(orientation)}), "")
		m := decode(t, img.MediaType, img.Data)
		for i, grey := range stored {
			at := seenAt(orientation, i/4, i%4, image.Pt(4, 2))
			if got := color.GrayModel.Convert(m.At(at.X, at.Y)).(color.Gray).Y; got != grey {
				t.Errorf("orientation %d: the pixel %d is %d, want %d", orientation, i, got, grey)
			}
		}
	}
}

func TestUnsupportedFormatsAreNamed(t *testing.T) {
	brand := func(major string, compatible ...string) string {
		b := major + "\x00\x00\x00\x00" + strings.Join(compatible, "")
		return string(binary.BigEndian.AppendUint32(nil, uint32(len(b)+8))) + "ftyp" + b + "\x00\x00\x00\x10meta"
	}
	for _, tt := range []struct{ data, name, hint string }{
		{brand("heic", "mif1", "heic"), "a HEIC image", "sips -s format jpeg"},
		{brand("mif1", "mif1", "heic"), "a HEIC image", "magick"},
		{brand("mif1", "miaf", "avif"), "an AVIF image", "sips"},
		{brand("avif"), "an AVIF image", "JPEG"},
		{brand("crx ", "isom"), "a camera raw image", "JPEG"},
		{brand("isom", "mp41"), "an MP4 or QuickTime video", "PNG, JPEG"},
		{"\xff\x0a\xfa\x1f", "a JPEG XL image", "JPEG"},
		{"\x00\x00\x00\x0cJXL \r\n\x87\n", "a JPEG XL image", "JPEG"},
		{"\x00\x00\x00\x0cjP  \r\n\x87\n", "a JPEG 2000 image", "JPEG"},
		{"\xff\x4f\xff\x51\x00\x2f", "a JPEG 2000 image", "JPEG"},
		{"8BPS\x00\x01", "a Photoshop document", "JPEG"},
		{"\x00\x00\x01\x00\x01\x00", "an icon file", "JPEG"},
		{"II*\x00\x10\x00\x00\x00CR\x02\x00", "a camera raw image", "JPEG"},
		{"FUJIFILMCCD-RAW 0201", "a camera raw image", "JPEG"},
		{"IIU\x00\x18\x00\x00\x00", "a camera raw image", "JPEG"},
		{"%PDF-1.7", "a PDF document", "pdftoppm"},
		{"<svg/>", "an SVG drawing", "PNG"},
		{"BM\x00\x00", "a BMP image", "JPEG"},
	} {
		t.Run(fmt.Sprintf("%.12q", tt.data), func(t *testing.T) {
			_, err := newPreparer(t, media.Options{}).Prepare(t.Context(), media.Request{Source: base64URL([]byte(tt.data))})
			wantKind(t, err, media.Unreadable, "it seems to be "+tt.name)
			if own, _ := errors.AsType[*media.Error](err); !strings.Contains(own.Hint, tt.hint) || !strings.Contains(own.Hint, "PNG, JPEG, GIF or WebP") {
				t.Errorf("hint %q", own.Hint)
			}
		})
	}
}

// White runs of a fax are black where black is zero, as in libtiff.
func TestFaxesInTIFF(t *testing.T) {
	for photometric, want := range map[uint32]color.Gray{0: {255}, 1: {0}} {
		file := tiffFile(1, field{0x102, 3, 1}, field{0x103, 3, 4}, field{0x106, 3, photometric})
		copy(file[8:], "\xc0\x01\x00\x10\x00\x00\x00\x00") // group 4: two rows like the white one above, and the end
		img := prepareData(t, file, "")
		if got := color.GrayModel.Convert(decode(t, img.MediaType, img.Data).At(1, 1)); got != want {
			t.Errorf("photometric %d: %v, want %v", photometric, got, want)
		}
	}
}

// Four colours without Adobe's marker are taken as Pillow takes them.
func TestCMYKWithoutAMarker(t *testing.T) {
	data := testdata(t, "cmyk.jpg")
	at := bytes.Index(data, []byte("Adobe")) - 4
	bare := slices.Concat(data[:at], data[at+16:])
	want := decode(t, "image/jpeg", prepareData(t, data, "").Data)
	if data[at] != 0xff || data[at+1] != 0xee || data[at+15] != 0 {
		t.Fatal("cmyk.jpg has another marker")
	}
	wantSame(t, decode(t, "image/jpeg", prepareData(t, bare, "").Data), want, 0, 0)
}
