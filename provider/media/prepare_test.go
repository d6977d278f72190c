package media_test

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"image"
	"image/color"
	"image/gif"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/media"
)

const upright = "red green blue white"

func TestRealImages(t *testing.T) {
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
		{
			file: "animated-part.webp", mediaType: "image/png", width: 64, height: 48,
			recoded: true, firstFrame: true, corners: "black black black black",
		},
	} {
		t.Run(tt.file, func(t *testing.T) {
			data := testdata(t, tt.file)
			img := prepareData(t, data, "")
			if img.MediaType != tt.mediaType || img.Width != tt.width || img.Height != tt.height ||
				img.Recoded != tt.recoded || img.FirstFrameOnly != tt.firstFrame || img.Resized {
				t.Errorf("got %s %d×%d, recoded %v, first frame %v, resized %v",
					img.MediaType, img.Width, img.Height, img.Recoded, img.FirstFrameOnly, img.Resized)
			}
			if img.Original.Bytes != len(data) {
				t.Errorf("original of %d bytes, want %d", img.Original.Bytes, len(data))
			}
			m := decode(t, img.MediaType, img.Data)
			if m.Bounds().Dx() != tt.width || m.Bounds().Dy() != tt.height {
				t.Errorf("what is sent has %v pixels", m.Bounds().Size())
			}
			if tt.recoded && tt.corners == upright {
				wantCornerColours(t, m)
			}
			if got := corners(m); tt.corners != "" && got != tt.corners {
				t.Errorf("corners %s, want %s", got, tt.corners)
			}
			wantClean(t, img)
		})
	}
}

// wantClean fails if a prepared image contains metadata.
func wantClean(t testing.TB, img media.Image) {
	t.Helper()
	for _, trace := range []string{secret, "Exif", "EXIF", "eXIf", "xmp", "XMP", "Photoshop", "ANIM", "NETSCAPE", "ICC", "tEXt"} {
		if bytes.Contains(img.Data, []byte(trace)) {
			t.Errorf("the image still contains %q", trace)
		}
	}
	prefix, encoded, _ := strings.Cut(img.DataURL(), ",")
	decoded, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil || !bytes.Equal(decoded, img.Data) || prefix != "data:"+img.MediaType+";base64" {
		t.Errorf("the data: URL %s… does not hold the data", prefix)
	}
}

func TestUnchangedImagesKeepTheirPixels(t *testing.T) {
	source := gradient(90, 70)
	jpg, pngFile := encodeJPEG(t, source), encodePNG(t, source)
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
			img := prepareData(t, tt.dirty, "")
			wantClean(t, img)
			if img.MediaType != tt.mediaType || img.Recoded || img.Resized || img.FirstFrameOnly {
				t.Errorf("got %s, recoded %v, resized %v, first frame %v", img.MediaType, img.Recoded, img.Resized, img.FirstFrameOnly)
			}
			wantSame(t, decode(t, img.MediaType, img.Data), decode(t, tt.mediaType, tt.clean), 0, 0)
			if again := prepareData(t, img.Data, ""); !bytes.Equal(again.Data, img.Data) {
				t.Error("a clean image is changed")
			}
		})
	}
}

// Lossy WebP has colours of another range than JPEG; white stays white.
func TestLossyWebPKeepsItsColours(t *testing.T) {
	data := testdata(t, "lossy.webp")
	scene := bytes.Replace(data, []byte("EXIF"), []byte("none"), 1)      // upright
	big := webpFile(riffChunk("VP8X", 2, 0, 0, 0, 0xff, 8, 0, 99, 0, 0), // on a canvas of 2304 × 100
		riffChunk("ANMF", slices.Concat([]byte{0, 0, 0, 0, 0, 0, 159, 0, 0, 99, 0, 0, 0, 0, 0, 0}, scene[30:])...))
	img := prepareData(t, big, "")
	if img.MediaType != "image/png" || img.Width != 2048 || img.Height != 89 {
		t.Fatalf("got %s %d×%d", img.MediaType, img.Width, img.Height)
	}
	m := decode(t, img.MediaType, img.Data).(*image.NRGBA)
	wantCornerColours(t, m.SubImage(image.Rect(0, 0, 142, 88)))
}

func TestChangedImagesKeepTheirKind(t *testing.T) {
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
			img := prepareData(t, tt.data, "low")
			if img.MediaType != tt.want || !img.Resized || max(img.Width, img.Height) != 768 {
				t.Errorf("got %s %d×%d", img.MediaType, img.Width, img.Height)
			}
			decode(t, img.MediaType, img.Data)
		})
	}
}

func TestPreparerIsSafeForConcurrentUse(t *testing.T) {
	preparer := newPreparer(t, media.Options{})
	source := base64URL(testdata(t, "photo.jpg"))
	want := mustPrepare(t, preparer, media.Request{Source: source})
	var calls sync.WaitGroup
	for range 8 {
		calls.Go(func() {
			img, err := preparer.Prepare(t.Context(), media.Request{Source: source})
			if err != nil || !bytes.Equal(img.Data, want.Data) {
				t.Errorf("another image, or %v", err)
			}
		})
	}
	calls.Wait()
}

func TestFirstFrameOfAGIF(t *testing.T) {
	palette := color.Palette{color.Transparent, color.NRGBA{200, 30, 60, 255}}
	first := image.NewPaletted(image.Rect(30, 10, 60, 30), palette) // a part of the screen
	for x := 30; x < 45; x++ {
		for y := 10; y < 30; y++ {
			first.SetColorIndex(x, y, 1)
		}
	}
	for _, width := range []int{100, 1000} { // as it is, and scaled down
		var b bytes.Buffer
		must(t, gif.EncodeAll(&b, &gif.GIF{
			Image: []*image.Paletted{first, image.NewPaletted(image.Rect(0, 0, 100, 50), palette)}, Delay: []int{10, 10},
			Config: image.Config{ColorModel: palette, Width: width, Height: width / 2},
		}))
		img := prepareData(t, b.Bytes(), "low")
		if !img.FirstFrameOnly || img.Recoded != (width == 1000) || img.Width != min(width, 768) || img.Height != min(width, 768)/2 {
			t.Errorf("got %s %d×%d, first frame %v, recoded %v", img.MediaType, img.Width, img.Height, img.FirstFrameOnly, img.Recoded)
		}
		m := decode(t, img.MediaType, img.Data)
		for x, alpha := range map[int]uint32{35: 0xffff, 55: 0} {
			if _, _, _, a := m.At(x*img.Width/width, 20*img.Width/width).RGBA(); a != alpha {
				t.Errorf("%s of %d: alpha %x at column %d, want %x", img.MediaType, width, a, x, alpha)
			}
		}
	}
}
