package media_test

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"image"
	"image/color"
	"strings"
	"sync"
	"testing"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/media"
)

const upright = "red green blue white"

func TestRealPictures(t *testing.T) {
	for _, tt := range []struct {
		file          string
		mediaType     string
		width, height int
		recoded       bool
		firstFrame    bool
		corners       string
	}{
		{file: "photo.jpg", mediaType: "image/jpeg", width: 360, height: 480, recoded: true, corners: upright},
		{file: "cmyk.jpg", mediaType: "image/jpeg", width: 200, height: 120, recoded: true, corners: upright},
		{file: "lossy.webp", mediaType: "image/jpeg", width: 160, height: 100, recoded: true, corners: "white blue green red"}, // upside down
		{file: "alpha.png", mediaType: "image/png", width: 120, height: 80},
		{file: "alpha-lossy.webp", mediaType: "image/webp", width: 120, height: 80},
		{file: "alpha-lossless.webp", mediaType: "image/webp", width: 120, height: 80},
		{file: "dot.png", mediaType: "image/png", width: 1, height: 1, corners: "red red red red"},
		{file: "frames500.gif", mediaType: "image/gif", width: 48, height: 32, firstFrame: true, corners: "red white white white"},
		{file: "animated.webp", mediaType: "image/webp", width: 64, height: 48, firstFrame: true, corners: upright},
		{file: "animated-part.webp", mediaType: "image/png", width: 64, height: 48, recoded: true, firstFrame: true, corners: "black black black black"},
	} {
		t.Run(tt.file, func(t *testing.T) {
			data := testdata(t, tt.file)
			p := intakeOf(t, data, "")
			if p.MediaType != tt.mediaType || p.Width != tt.width || p.Height != tt.height || p.Recoded != tt.recoded || p.FirstFrameOnly != tt.firstFrame || p.Resized {
				t.Errorf("got %s %d×%d, recoded %v, first frame %v, resized %v", p.MediaType, p.Width, p.Height, p.Recoded, p.FirstFrameOnly, p.Resized)
			}
			if p.Original.Bytes != len(data) {
				t.Errorf("original of %d bytes, want %d", p.Original.Bytes, len(data))
			}
			m := decode(t, p.MediaType, p.Data)
			if m.Bounds().Dx() != tt.width || m.Bounds().Dy() != tt.height {
				t.Errorf("what is sent has %v pixels", m.Bounds().Size())
			}
			if got := corners(m); tt.corners != "" && got != tt.corners {
				t.Errorf("corners %s, want %s", got, tt.corners)
			}
			wantClean(t, p)
		})
	}
}

// wantClean looks for metadata in what is sent.
func wantClean(t testing.TB, p media.Picture) {
	t.Helper()
	for _, trace := range []string{secret, "Exif", "EXIF", "eXIf", "xmp", "XMP", "Photoshop", "ANIM", "NETSCAPE", "ICC", "tEXt"} {
		if bytes.Contains(p.Data, []byte(trace)) {
			t.Errorf("what is sent still has %q in it", trace)
		}
	}
	prefix, encoded, _ := strings.Cut(p.DataURL(), ",")
	if decoded, err := base64.StdEncoding.DecodeString(encoded); err != nil || !bytes.Equal(decoded, p.Data) || prefix != "data:"+p.MediaType+";base64" {
		t.Errorf("the data: URL %s… does not hold the data", prefix)
	}
}

func TestUnchangedPicturesKeepTheirPixels(t *testing.T) {
	picture := gradient(90, 70)
	jpg, pngFile := encodeJPEG(t, picture), encodePNG(t, picture)
	lossless := testdata(t, "alpha-lossless.webp")
	thumbnail := "JFIF\x00\x01\x02\x00\x00\x01\x00\x01\x01\x01" + secret[:3]
	for _, tt := range []struct {
		name      string
		clean     []byte
		dirty     []byte
		mediaType string
	}{
		{"JPEG", jpg, insertAt(append(bytes.Clone(jpg), "PK\x03\x04 a ZIP with a Secret"...), afterSOI,
			jpegSegment(0xe0, thumbnail),
			jpegSegment(0xe0, "JFXX\x00\x13Secret thumbnail"),
			jpegSegment(0xe1, "Exif\x00\x00"+string(exif(binary.LittleEndian, 1))),
			jpegSegment(0xe1, "http://ns.adobe.com/xap/1.0/\x00Secret"),
			jpegSegment(0xe2, "ICC_PROFILE\x00\x01\x01Secret"),
			jpegSegment(0xed, "Photoshop 3.0\x00Secret caption"),
			[]byte{0xff, 0xff, 0xff}, // fill bytes
			jpegSegment(0xfe, "Secret comment"),
		), "image/jpeg"},
		{"PNG", pngFile, insertAt(append(bytes.Clone(pngFile), "<html>Secret"...), afterIHDR,
			pngChunk("tEXt", []byte("Location\x00Secret")),
			pngChunk("eXIf", exif(binary.BigEndian, 1)),
			pngChunk("prVt", []byte("Secret")),
		), "image/png"},
		{"WebP", lossless, webpFile(
			riffChunk("VP8X", 0x3c, 0, 0, 0, 119, 0, 0, 79, 0, 0),
			riffChunk("ICCP", []byte("Secret profile")...),
			lossless[12:],
			riffChunk("EXIF", exif(binary.LittleEndian, 1)...),
			riffChunk("XMP ", []byte("Secret xmp")...),
		), "image/webp"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := intakeOf(t, tt.dirty, "")
			wantClean(t, p)
			if p.MediaType != tt.mediaType || p.Recoded || p.Resized || p.FirstFrameOnly {
				t.Errorf("got %s, recoded %v, resized %v, first frame %v", p.MediaType, p.Recoded, p.Resized, p.FirstFrameOnly)
			}
			wantSame(t, decode(t, p.MediaType, p.Data), decode(t, tt.mediaType, tt.clean), 0, 0)
			if again := intakeOf(t, p.Data, ""); !bytes.Equal(again.Data, p.Data) {
				t.Error("a clean picture is changed")
			}
		})
	}
}

// seenAt gives where the pixel of a row and a column is seen, in the words of
// Exif: each orientation names the sides that row 0 and column 0 are.
func seenAt(orientation, row, column int, stored image.Point) image.Point {
	right, bottom := stored.X-1-column, stored.Y-1-row
	switch orientation {
	case 2: // top, right
		return image.Pt(right, row)
	case 3: // bottom, right
		return image.Pt(right, bottom)
	case 4: // bottom, left
		return image.Pt(column, bottom)
	case 5: // left, top
		return image.Pt(row, column)
	case 6: // right, top
		return image.Pt(bottom, column)
	case 7: // right, bottom
		return image.Pt(bottom, right)
	case 8: // left, bottom
		return image.Pt(row, right)
	}
	return image.Pt(column, row)
}

func TestOrientation(t *testing.T) {
	seen := gradient(48, 32)
	for orientation := 1; orientation <= 8; orientation++ {
		size := seen.Rect.Size()
		if orientation >= 5 {
			size = image.Pt(size.Y, size.X)
		}
		stored := image.NewNRGBA(image.Rectangle{Max: size})
		for row := range size.Y {
			for column := range size.X {
				at := seenAt(orientation, row, column, size)
				stored.Set(column, row, seen.At(at.X, at.Y))
			}
		}
		for _, order := range []binary.AppendByteOrder{binary.LittleEndian, binary.BigEndian} {
			t.Run(fmt.Sprintf("%d %v", orientation, order), func(t *testing.T) {
				tags := exif(order, uint16(orientation))
				p := intakeOf(t, insertAt(encodePNG(t, stored), afterIHDR, pngChunk("eXIf", tags)), "")
				wantSame(t, decode(t, "image/png", p.Data), seen, 0, 0)
				wantClean(t, p)

				p = intakeOf(t, insertAt(encodeJPEG(t, stored), afterSOI, jpegSegment(0xe1, "Exif\x00\x00"+string(tags))), "")
				wantSame(t, decode(t, "image/jpeg", p.Data), seen, 4, 60)
				wantClean(t, p)
				if p.Width != 48 || p.Height != 32 || p.Recoded != (orientation != 1) || p.Original.Width != size.X || p.Resized {
					t.Errorf("got %d×%d of %d×%d, recoded %v, resized %v", p.Width, p.Height, p.Original.Width, p.Original.Height, p.Recoded, p.Resized)
				}
			})
		}
	}
}

func TestDamagedExifIsUpright(t *testing.T) {
	whole := exif(binary.LittleEndian, 6)
	tags := map[string][]byte{
		"none":              nil,
		"zero":              exif(binary.LittleEndian, 0),
		"nine":              exif(binary.BigEndian, 9),
		"no byte order":     append([]byte("XX"), whole[2:]...),
		"directory outside": append(append(bytes.Clone(whole[:4]), 0xff, 0xff, 0xff, 0xff), whole[8:]...),
	}
	for n := range 10 + 2*12 - 1 {
		tags[fmt.Sprintf("first %d bytes", n)] = whole[:n]
	}
	plain := encodeJPEG(t, gradient(20, 10))
	for name, block := range tags {
		t.Run(name, func(t *testing.T) {
			p := intakeOf(t, insertAt(plain, afterSOI, jpegSegment(0xe1, "Exif\x00\x00"+string(block))), "")
			if p.Recoded || p.Width != 20 {
				t.Errorf("the picture was turned to %d×%d", p.Width, p.Height)
			}
		})
	}
}

func TestScaling(t *testing.T) {
	for _, tt := range []struct {
		detail        string
		width, height int
		wantW, wantH  int
	}{
		{"", 2048, 100, 2048, 100},
		{"auto", 2049, 100, 2048, 100},
		{"high", 4095, 64, 2048, 32},
		{"high", 100, 5000, 41, 2048},
		{"low", 769, 60, 768, 60},
		{"low", 768, 60, 768, 60},
		{"low", 130, 1000, 100, 768},
		{"low", 2400, 200, 768, 64},
		{"", 9000, 2, 2048, 1},
		{"", 1, 9000, 1, 2048},
	} {
		t.Run(fmt.Sprintf("%s %d×%d", tt.detail, tt.width, tt.height), func(t *testing.T) {
			source := gradient(tt.width, tt.height)
			p := intakeOf(t, encodePNG(t, source), tt.detail)
			changed := tt.wantW != tt.width || tt.wantH != tt.height
			if p.Width != tt.wantW || p.Height != tt.wantH || p.Resized != changed || p.Recoded != changed || p.MediaType != "image/png" {
				t.Errorf("got %s %d×%d, resized %v, recoded %v", p.MediaType, p.Width, p.Height, p.Resized, p.Recoded)
			}
			// A smooth picture scaled is the same picture drawn smaller.
			if min(tt.wantW, tt.wantH) > 30 {
				wantSame(t, decode(t, p.MediaType, p.Data), gradient(tt.wantW, tt.wantH), 3, 12)
			}
		})
	}
}

func TestScalingKeepsWhatIsThere(t *testing.T) {
	// A frame of one colour around another: every edge must stay where it is.
	source := image.NewNRGBA(image.Rect(0, 0, 1900, 1300))
	for y := range 1300 {
		for x := range 1900 {
			c := color.NRGBA{200, 30, 60, 255}
			if x < 190 || x >= 1710 || y < 130 || y >= 1170 {
				c = color.NRGBA{0, 0, 255, 0} // must not tint what is beside it
			}
			source.SetNRGBA(x, y, c)
		}
	}
	p := intakeOf(t, encodePNG(t, source), "low")
	m := decode(t, p.MediaType, p.Data)
	if p.MediaType != "image/png" || p.Width != 768 || p.Height != 525 {
		t.Fatalf("got %s %d×%d", p.MediaType, p.Width, p.Height)
	}
	for _, tt := range []struct {
		x, y  int
		alpha uint8
	}{{0, 0, 0}, {74, 262, 0}, {79, 262, 255}, {688, 262, 255}, {693, 262, 0}, {384, 50, 0}, {384, 55, 255}, {384, 469, 255}, {384, 475, 0}, {767, 524, 0}} {
		c := color.NRGBAModel.Convert(m.At(tt.x, tt.y)).(color.NRGBA)
		if c.A != tt.alpha || c.A == 255 && (c.R != 200 || c.G != 30 || c.B != 60) {
			t.Errorf("pixel %d,%d is %v, want alpha %d", tt.x, tt.y, c, tt.alpha)
		}
	}
}

func TestChangedPicturesKeepTheirKind(t *testing.T) {
	big := gradient(1000, 100)
	for _, tt := range []struct {
		name string
		data []byte
		want string
	}{
		{"a photo stays a JPEG", encodeJPEG(t, big), "image/jpeg"},
		{"a PNG stays a PNG", encodePNG(t, big), "image/png"},
		{"grey", encodeJPEG(t, image.NewGray(image.Rect(0, 0, 900, 90))), "image/jpeg"},
		{"16 bits", encodePNG(t, image.NewNRGBA64(image.Rect(0, 0, 900, 90))), "image/png"},
		{"a GIF becomes a PNG", encodeGIF(t, 1000, 10), "image/png"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := intakeOf(t, tt.data, "low")
			if p.MediaType != tt.want || !p.Resized || max(p.Width, p.Height) != 768 {
				t.Errorf("got %s %d×%d", p.MediaType, p.Width, p.Height)
			}
			decode(t, p.MediaType, p.Data)
		})
	}
}

func TestIntakeIsSafeForConcurrentUse(t *testing.T) {
	in := newIntake(t, media.Options{})
	source := base64URL(testdata(t, "photo.jpg"))
	want := get(t, in, media.Request{Source: source})
	var calls sync.WaitGroup
	for range 8 {
		calls.Go(func() {
			p, err := in.Get(t.Context(), media.Request{Source: source})
			if err != nil || !bytes.Equal(p.Data, want.Data) {
				t.Errorf("another picture, or %v", err)
			}
		})
	}
	calls.Wait()
}
