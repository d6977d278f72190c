package media_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/gif"
	"slices"
	"testing"

	"golang.org/x/image/tiff"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/media"
)

// intact returns how many rows of got are as in want, from the top, or from the
// bottom for a format that stores them so. No channel may differ by more than most.
func intact(got, want image.Image, fromBelow bool, most int) int {
	b := want.Bounds()
	for row := range b.Dy() {
		y := row
		if fromBelow {
			y = b.Dy() - 1 - row
		}
		for x := range b.Dx() {
			g := color.NRGBAModel.Convert(got.At(got.Bounds().Min.X+x, got.Bounds().Min.Y+y)).(color.NRGBA)
			w := color.NRGBAModel.Convert(want.At(b.Min.X+x, b.Min.Y+y)).(color.NRGBA)
			for _, d := range []int{int(g.R) - int(w.R), int(g.G) - int(w.G), int(g.B) - int(w.B), int(g.A) - int(w.A)} {
				if max(d, -d) > most {
					return row
				}
			}
		}
	}
	return b.Dy()
}

func encodeNoisyGIF(t testing.TB, width, height int) []byte {
	t.Helper()
	palette := make(color.Palette, 256)
	for i := range palette {
		palette[i] = color.RGBA{uint8(i), uint8(255 - i), uint8(i * 7), 255}
	}
	m := image.NewPaletted(image.Rect(0, 0, width, height), palette)
	for i, n := range noise(width, height, true).Pix[:len(m.Pix)] {
		m.Pix[i] = n
	}
	var b bytes.Buffer
	must(t, gif.Encode(&b, m, nil))
	return b.Bytes()
}

// A file that is cut shows what was before the cut.
func TestCutFilesAreReadAsFarAsTheyGo(t *testing.T) {
	loud := noise(120, 160, false)
	veiled := noise(120, 160, true)
	for i := 3; i < len(veiled.Pix); i += 4 {
		veiled.Pix[i] |= 0x80
	}
	grey := drawnOn(image.NewGray(loud.Rect), loud)
	for _, tt := range []struct {
		name      string
		data      []byte
		fromBelow bool
		most      int // 3 where the image is encoded as JPEG again
	}{
		{"PNG", encodePNG(t, loud), false, 0},
		{"PNG with alpha", encodePNG(t, veiled), false, 2},
		{"PNG, 16 bits", encodePNG(t, drawnOn(image.NewNRGBA64(loud.Rect), loud)), false, 0},
		{"PNG, grey", encodePNG(t, grey), false, 0},
		{"JPEG", encodeJPEG(t, loud), false, 90},
		{"JPEG, grey", encodeJPEG(t, grey), false, 60},
		{"GIF", encodeNoisyGIF(t, 120, 160), false, 0},
		{"BMP", encodeBMP(t, loud), true, 0},
		{"BMP, palette", encodeBMP(t, grey), true, 0},
		{"TIFF", stripped(t, loud), false, 0},
	} {
		whole := decode(t, media.Sniff(tt.data), tt.data)
		for _, percent := range []int{30, 60, 90, 99} {
			t.Run(fmt.Sprintf("%s %d%%", tt.name, percent), func(t *testing.T) {
				img := prepareData(t, tt.data[:len(tt.data)*percent/100], "")
				if !img.Recoded || img.Resized || img.Width != 120 || img.Height != 160 {
					t.Errorf("got %s %d×%d, recoded %v", img.MediaType, img.Width, img.Height, img.Recoded)
				}
				rows := intact(decode(t, img.MediaType, img.Data), whole, tt.fromBelow, tt.most)
				if least := 160*percent/100 - 24; rows < least || percent < 99 && rows == 160 {
					t.Errorf("%d rows are as they were, want at least %d", rows, least)
				}
			})
		}
	}
}

// stripped is an uncompressed TIFF whose directory comes first, in strips of 8 rows.
func stripped(t testing.TB, m *image.NRGBA) []byte {
	t.Helper()
	width, height := m.Rect.Dx(), m.Rect.Dy()
	const strips, rows = 20, 8
	fields := []struct {
		tag, kind uint16
		count     uint32
		value     uint32
	}{
		{0x100, 4, 1, uint32(width)}, {0x101, 4, 1, uint32(height)}, {0x102, 3, 4, 0}, {0x103, 3, 1, 1}, {0x106, 3, 1, 2},
		{0x111, 4, strips, 0}, {0x115, 3, 1, 4}, {0x116, 4, 1, rows}, {0x117, 4, strips, 0}, {0x152, 3, 1, 2},
	}
	depths := 8 + 2 + 12*len(fields) + 4
	offsets := depths + 8
	counts := offsets + 4*strips
	pixels := counts + 4*strips
	fields[2].value, fields[5].value, fields[8].value = uint32(depths), uint32(offsets), uint32(counts)
	b := binary.BigEndian.AppendUint32([]byte("MM\x00*"), 8)
	b = binary.BigEndian.AppendUint16(b, uint16(len(fields)))
	for _, f := range fields {
		b = binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint16(binary.BigEndian.AppendUint16(b, f.tag), f.kind), f.count)
		if f.kind == 3 && f.count == 1 {
			f.value <<= 16
		}
		b = binary.BigEndian.AppendUint32(b, f.value)
	}
	b = append(b, 0, 0, 0, 0, 0, 8, 0, 8, 0, 8, 0, 8)
	for i := range strips {
		b = binary.BigEndian.AppendUint32(b, uint32(pixels+i*rows*width*4))
	}
	for range strips {
		b = binary.BigEndian.AppendUint32(b, uint32(rows*width*4))
	}
	return append(b, m.Pix...)
}

// Each length of a file is read or refused, and never panics or reads as another size.
func TestEveryCut(t *testing.T) {
	preparer := newPreparer(t, media.Options{})
	for name, data := range map[string][]byte{
		"PNG": encodePNG(t, noise(9, 7, true)), "JPEG": encodeJPEG(t, noise(30, 20, false)), "GIF": encodeNoisyGIF(t, 12, 9),
		"BMP": encodeBMP(t, noise(6, 5, false)), "TIFF": tiffFile(2), "TIFF, deflate": encodeTIFF(t, gradient(9, 5), tiff.Deflate),
		"progressive": testdata(t, "photo.jpg"), "CMYK": testdata(t, "cmyk.jpg"), "WebP": testdata(t, "lossy.webp"),
		"WebP, alpha": testdata(t, "alpha-lossy.webp"), "WebP, lossless": testdata(t, "alpha-lossless.webp"),
		"WebP, animated": testdata(t, "animated-part.webp"),
	} {
		whole := mustPrepare(t, preparer, media.Request{Source: base64URL(data)})
		step, read := max(1, len(data)/30), 0
		for n := 1; n < len(data); n += step {
			img, err := preparer.Prepare(t.Context(), media.Request{Source: base64URL(data[:n])})
			if err != nil {
				wantKind(t, err, media.Unreadable, "")
				continue
			}
			if read++; img.Width != whole.Width || img.Height != whole.Height {
				t.Errorf("%s cut to %d bytes: %d×%d, want %d×%d", name, n, img.Width, img.Height, whole.Width, whole.Height)
			}
			decode(t, img.MediaType, img.Data)
		}
		t.Logf("%s: %d cuts of %d are read", name, read, (len(data)-2)/step+1)
	}
}

// A progressive JPEG that is cut has all of its image, with less detail.
func TestCutProgressiveJPEG(t *testing.T) {
	data := testdata(t, "photo.jpg")
	if !bytes.Contains(data, []byte{0xff, 0xc2}) {
		t.Fatal("photo.jpg is not progressive")
	}
	whole := decode(t, "image/jpeg", prepareData(t, data, "").Data)
	for percent, mean := range map[int]float64{99: 3, 80: 5, 50: 8, 30: 14} {
		img := prepareData(t, data[:len(data)*percent/100], "")
		if img.MediaType != "image/jpeg" || img.Width != 360 || img.Height != 480 {
			t.Errorf("%d%%: %s %d×%d", percent, img.MediaType, img.Width, img.Height)
		}
		wantSame(t, decode(t, img.MediaType, img.Data), whole, mean, 255)
		wantClean(t, img)
	}
}

func TestDamageWithinAFile(t *testing.T) {
	loud := noise(64, 48, false)
	pngFile, jpg := encodePNG(t, loud), encodeJPEG(t, loud)
	scan := bytes.Index(jpg, []byte{0xff, 0xda}) + 14
	withoutEnd := encodeJPEG(t, gradient(64, 48))
	for _, tt := range []struct {
		name      string
		data      []byte
		want      image.Image
		rows      int
		most      int
		mediaType string
	}{
		{"a checksum of the header", slices.Concat(pngFile[:29], []byte{pngFile[29] ^ 1}, pngFile[30:]), loud, 48, 0, "image/png"},
		{"a checksum of pixels", slices.Concat(pngFile[:len(pngFile)-13], []byte{pngFile[len(pngFile)-13] ^ 1}, pngFile[len(pngFile)-12:]), loud, 48, 0, "image/png"},
		{"the sum of the pixels", slices.Concat(pngFile[:len(pngFile)-17], []byte{pngFile[len(pngFile)-17] ^ 1}, pngFile[len(pngFile)-16:]), loud, 48, 0, "image/png"},
		{"a PNG without its end", pngFile[:len(pngFile)-12], loud, 48, 0, "image/png"},
		{"a JPEG without its end", withoutEnd[:len(withoutEnd)-2], decode(t, "image/jpeg", withoutEnd), 48, 12, "image/jpeg"},
		{"a JPEG with half an end", withoutEnd[:len(withoutEnd)-1], decode(t, "image/jpeg", withoutEnd), 48, 12, "image/jpeg"},
		{"a JPEG overwritten", slices.Concat(jpg[:scan+(len(jpg)-scan)/2], bytes.Repeat([]byte{0xff, 0x01}, 200), jpg[len(jpg)-2:]), decode(t, "image/jpeg", jpg), 16, 90, "image/jpeg"},
		{"a JPEG, a marker in its scan", slices.Concat(jpg[:scan+(len(jpg)-scan)*3/4], []byte{0xff, 0xc0, 0, 4, 1, 2}, jpg[scan+(len(jpg)-scan)*3/4:]), decode(t, "image/jpeg", jpg), 16, 90, "image/jpeg"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			img := prepareData(t, tt.data, "")
			if rows := intact(decode(t, img.MediaType, img.Data), tt.want, false, tt.most); rows < tt.rows || img.MediaType != tt.mediaType {
				t.Errorf("%s: %d rows are as they were, want %d", img.MediaType, rows, tt.rows)
			}
		})
	}
}

// What a damaged header declares bounds what mending it may cost.
func TestMendingIsBounded(t *testing.T) {
	jpg := encodeJPEG(t, gradient(16, 16))
	hugeJPEG := bytes.Clone(jpg[:len(jpg)-2])
	copy(hugeJPEG[bytes.Index(jpg, []byte{0xff, 0xc0})+5:], "\xff\xff\xff\xff")
	hugePNG := pngHeader(60000, 60000)
	hugeGIF := encodeGIF(t, 8, 8)
	copy(hugeGIF[bytes.IndexByte(hugeGIF, 0x2c)+5:], "\xff\xff\xff\xff")
	hugeBMP := encodeBMP(t, gradient(4, 4))
	copy(hugeBMP[18:], "\xff\xff\x00\x00\xff\xff\x00\x00")
	longWebP := append(webpFile(), append([]byte("VP8 \xff\xff\xff\x7f"), testdata(t, "lossy.webp")[38:]...)...)
	for name, data := range map[string][]byte{
		"JPEG": hugeJPEG, "PNG": hugePNG[:len(hugePNG)-12], "GIF": hugeGIF[:len(hugeGIF)-3], "BMP": hugeBMP, "WebP": longWebP,
	} {
		t.Run(name, func(t *testing.T) {
			preparer := newPreparer(t, media.Options{})
			source := base64URL(data)
			var err error
			bytes := allocated(func() { _, err = preparer.Prepare(t.Context(), media.Request{Source: source}) })
			wantKind(t, err, media.Unreadable, "")
			if bytes > 1<<20 {
				t.Errorf("refusing it allocated %d bytes", bytes)
			}
		})
	}
}

func TestMendingEndsWithItsContext(t *testing.T) {
	data := encodePNG(t, noise(500, 500, false))
	ctx, cancel := context.WithCancel(t.Context())
	preparer := newPreparer(t, media.Options{})
	f, err := preparer.Load(ctx, media.Request{Source: base64URL(slices.Concat(data[:5000], []byte{data[5000] ^ 1}, data[5001:]))})
	must(t, err)
	cancel()
	if _, err := f.Images(ctx, 1); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}
