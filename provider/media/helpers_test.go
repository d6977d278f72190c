package media_test

import (
	"bytes"
	"cmp"
	"encoding/base64"
	"errors"
	"image"
	"image/color"
	"image/draw"
	"image/gif"
	"image/jpeg"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"go.uber.org/goleak"
	"golang.org/x/image/bmp"
	"golang.org/x/image/tiff"
	"golang.org/x/image/webp"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/folder"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/media"
)

// TestMain names a proxy that does not exist, before anything reads the
// environment: every fetch of these tests shows that it is not used.
func TestMain(m *testing.M) {
	for _, name := range []string{"HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"} {
		if err := os.Setenv(name, "http://proxy.test:3128"); err != nil {
			panic(err)
		}
	}
	goleak.VerifyTestMain(m)
}

// secret is in all metadata of the test images and in none of their pixels.
const secret = "Secret"

func newPreparer(t testing.TB, o media.Options) *media.Preparer {
	t.Helper()
	preparer, err := media.New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(preparer.Close)
	return preparer
}

// allow opens folders below which images may be read.
func allow(t testing.TB, names ...string) *folder.Set {
	t.Helper()
	set, err := folder.Open(names)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := set.Close(); err != nil {
			t.Error(err)
		}
	})
	return set
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// mustPrepare prepares a valid image.
func mustPrepare(t testing.TB, preparer *media.Preparer, r media.Request) media.Image {
	t.Helper()
	img, err := preparer.Prepare(t.Context(), r)
	if err != nil {
		t.Fatalf("Prepare: %v", err)
	}
	return img
}

// prepareData prepares the bytes of a file.
func prepareData(t testing.TB, data []byte, detail string) media.Image {
	t.Helper()
	return mustPrepare(t, newPreparer(t, media.Options{}), media.Request{Source: DataURL(data), Detail: detail})
}

func DataURL(data []byte) string { return "data:," + percent(data) }

func base64URL(data []byte) string {
	return "data:image/png;base64," + base64.StdEncoding.EncodeToString(data)
}

func percent(data []byte) string {
	var b strings.Builder
	for _, c := range data {
		b.WriteString("%" + string("0123456789ABCDEF"[c>>4]) + string("0123456789ABCDEF"[c&15]))
	}
	return b.String()
}

func wantKind(t testing.TB, err error, kind media.Kind, message string) {
	t.Helper()
	own, ok := errors.AsType[*media.Error](err)
	switch {
	case !ok:
		t.Fatalf("got error %v, want one of the kind %s", err, kind)
	case own.Kind != kind:
		t.Fatalf("got %s (%s), want %s", own.Kind, own.Message, kind)
	case !strings.Contains(own.Message, message):
		t.Fatalf("message %q does not say %q", own.Message, message)
	case own.Hint == "":
		t.Errorf("no hint with %q", own.Message)
	}
}

func testdata(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// decode decodes a prepared image with the decoder of its media type.
func decode(t testing.TB, mediaType string, data []byte) image.Image {
	t.Helper()
	decoders := map[string]func([]byte) (image.Image, error){
		"image/png":  func(b []byte) (image.Image, error) { return png.Decode(bytes.NewReader(b)) },
		"image/jpeg": func(b []byte) (image.Image, error) { return jpeg.Decode(bytes.NewReader(b)) },
		"image/gif":  func(b []byte) (image.Image, error) { return gif.Decode(bytes.NewReader(b)) },
		"image/webp": func(b []byte) (image.Image, error) { return webp.Decode(bytes.NewReader(b)) },
		"image/tiff": func(b []byte) (image.Image, error) { return tiff.Decode(bytes.NewReader(b)) },
		"image/bmp":  func(b []byte) (image.Image, error) { return bmp.Decode(bytes.NewReader(b)) },
	}
	decoder, ok := decoders[mediaType]
	if !ok {
		t.Fatalf("media type %q", mediaType)
	}
	m, err := decoder(data)
	if err != nil {
		t.Fatalf("decoding it as %s: %v", mediaType, err)
	}
	return m
}

// wantSame compares pixels: no channel may differ by more than most, and their
// average difference may not exceed mean.
func wantSame(t testing.TB, got, want image.Image, mean float64, most int) {
	t.Helper()
	if got.Bounds().Size() != want.Bounds().Size() {
		t.Fatalf("got %v pixels, want %v", got.Bounds().Size(), want.Bounds().Size())
	}
	sum, worst, at := 0.0, 0, image.Point{}
	for y := range got.Bounds().Dy() {
		for x := range got.Bounds().Dx() {
			a := color.RGBAModel.Convert(got.At(got.Bounds().Min.X+x, got.Bounds().Min.Y+y)).(color.RGBA)
			b := color.RGBAModel.Convert(want.At(want.Bounds().Min.X+x, want.Bounds().Min.Y+y)).(color.RGBA)
			for _, d := range []int{int(a.R) - int(b.R), int(a.G) - int(b.G), int(a.B) - int(b.B), int(a.A) - int(b.A)} {
				d = max(d, -d)
				sum += float64(d)
				if d > worst {
					worst, at = d, image.Pt(x, y)
				}
			}
		}
	}
	if average := sum / float64(4*got.Bounds().Dx()*got.Bounds().Dy()); average > mean || worst > most {
		t.Errorf("pixels differ by %.2f on average (want at most %.2f) and by %d at %v (want at most %d)", average, mean, worst, at, most)
	}
}

// wantCornerColours compares the middle of the corner squares of an upright test
// image with the colours that were drawn.
func wantCornerColours(t testing.TB, m image.Image) {
	t.Helper()
	b := m.Bounds()
	inset := min(b.Dx(), b.Dy()) / 10
	for at, want := range map[image.Point]color.NRGBA{
		{inset, inset}:                           {230, 20, 20, 255},
		{b.Dx() - 1 - inset, inset}:              {20, 200, 20, 255},
		{inset, b.Dy() - 1 - inset}:              {20, 20, 220, 255},
		{b.Dx() - 1 - inset, b.Dy() - 1 - inset}: {250, 250, 250, 255},
	} {
		got := image.NewNRGBA(image.Rect(0, 0, 1, 1))
		draw.Draw(got, got.Rect, m, b.Min.Add(at), draw.Src)
		drawn := image.NewNRGBA(got.Rect)
		drawn.SetNRGBA(0, 0, want)
		wantSame(t, got, drawn, 6, 12)
	}
}

// corners returns the colours in the middle of the corner squares of a test image,
// from the upper left in reading order.
func corners(m image.Image) string {
	b := m.Bounds()
	inset := min(b.Dx(), b.Dy()) / 10
	var names []string
	for _, at := range []image.Point{
		{b.Min.X + inset, b.Min.Y + inset}, {b.Max.X - 1 - inset, b.Min.Y + inset},
		{b.Min.X + inset, b.Max.Y - 1 - inset}, {b.Max.X - 1 - inset, b.Max.Y - 1 - inset},
	} {
		names = append(names, nearest(m.At(at.X, at.Y)))
	}
	return strings.Join(names, " ")
}

func nearest(c color.Color) string {
	r, g, b, _ := c.RGBA()
	distance := func(o [3]float64) float64 {
		return math.Hypot(math.Hypot(float64(r>>8)-o[0], float64(g>>8)-o[1]), float64(b>>8)-o[2])
	}
	palette := map[string][3]float64{
		"red": {230, 20, 20}, "green": {20, 200, 20}, "blue": {20, 20, 220}, "white": {250, 250, 250}, "black": {},
		"sky": {150, 180, 220}, "grass": {80, 130, 50},
	}
	names := []string{"black", "blue", "grass", "green", "red", "sky", "white"}
	return slices.MinFunc(names, func(a, b string) int { return cmp.Compare(distance(palette[a]), distance(palette[b])) })
}
