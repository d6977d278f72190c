package server_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	_ "golang.org/x/image/webp" // what may be sent

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider"
)

// imageFolder has the images of the tests of package media.
const imageFolder = "../provider/media/testdata"

// maxBody is the largest request with images that the service accepts, in bytes.
const maxBody = 10_000_000

func imageFile(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(imageFolder, name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// decoded returns the pixels of a file; of an animation, its first frame.
func decoded(t testing.TB, name string) image.Image {
	t.Helper()
	m, _, err := image.Decode(bytes.NewReader(imageFile(t, name)))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func base64Of(data []byte) string { return base64.StdEncoding.EncodeToString(data) }

func dataURL(data []byte) string { return "data:image/png;base64," + base64Of(data) }

// sentImage is an image as it reached the service.
type sentImage struct {
	image.Image
	mediaType string
	data      []byte
}

// sentImages decodes the images of the latest request to a model.
func (r *rig) sentImages() (images []sentImage) {
	r.Helper()
	var body sentChat
	r.lastPost(&body)
	for _, m := range body.Messages {
		var parts []struct {
			ImageURL struct{ URL string } `json:"image_url"`
		}
		if json.Unmarshal(m.Content, &parts) != nil {
			continue // a text
		}
		for _, part := range parts {
			if part.ImageURL.URL != "" {
				images = append(images, r.decodeImage(part.ImageURL.URL))
			}
		}
	}
	return images
}

func (r *rig) decodeImage(url string) sentImage {
	r.Helper()
	start, encoded, ok := strings.Cut(url, ";base64,")
	data, err := base64.StdEncoding.DecodeString(encoded)
	if !ok || err != nil || !strings.HasPrefix(start, "data:") {
		r.Fatalf("an image was sent as %.60q: %v", url, err)
	}
	m, format, err := image.Decode(bytes.NewReader(data))
	if err != nil || "data:image/"+format != start {
		r.Fatalf("%s holds a %s, %v", start, format, err)
	}
	return sentImage{m, "image/" + format, data}
}

// checkSame compares pixels, on a grid, by their mean difference in the channels.
func checkSame(t testing.TB, got, want image.Image, most float64) {
	t.Helper()
	if got.Bounds().Size() != want.Bounds().Size() {
		t.Errorf("got %v pixels, want %v", got.Bounds().Size(), want.Bounds().Size())
		return
	}
	sum, count := 0.0, 0
	for y := 0; y < got.Bounds().Dy(); y += 1 + got.Bounds().Dy()/100 {
		for x := 0; x < got.Bounds().Dx(); x += 1 + got.Bounds().Dx()/100 {
			a := color.NRGBAModel.Convert(got.At(got.Bounds().Min.X+x, got.Bounds().Min.Y+y)).(color.NRGBA)
			b := color.NRGBAModel.Convert(want.At(want.Bounds().Min.X+x, want.Bounds().Min.Y+y)).(color.NRGBA)
			for _, pair := range [][2]uint8{{a.R, b.R}, {a.G, b.G}, {a.B, b.B}, {a.A, b.A}} {
				sum += math.Abs(float64(pair[0]) - float64(pair[1]))
				count++
			}
		}
	}
	if mean := sum / float64(count); mean > most {
		t.Errorf("the pixels differ by %.2f on average, want at most %.2f", mean, most)
	}
}

// turned is an image turned by a quarter, clockwise.
func turned(m image.Image) image.Image {
	b := m.Bounds()
	out := image.NewNRGBA(image.Rect(0, 0, b.Dy(), b.Dx()))
	for y := range b.Dx() {
		for x := range b.Dy() {
			out.Set(x, y, m.At(b.Min.X+y, b.Max.Y-1-x))
		}
	}
	return out
}

// uprightPhoto is photo.jpg as viewers show it: its pixels lie on their side.
func uprightPhoto(t testing.TB) image.Image {
	t.Helper()
	m, err := jpeg.Decode(bytes.NewReader(imageFile(t, "photo.jpg")))
	if err != nil {
		t.Fatal(err)
	}
	return turned(m)
}

// gradient is an image whose pixels can be predicted at any size.
func gradient(width, height int) *image.NRGBA {
	m := image.NewNRGBA(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			m.SetNRGBA(x, y, color.NRGBA{uint8(255 * (2*x + 1) / (2 * width)), uint8(255 * (2*y + 1) / (2 * height)), 90, 255})
		}
	}
	return m
}

// noise is an image that does not compress.
func noise(width, height int, seed uint32) image.Image {
	m := image.NewRGBA(image.Rect(0, 0, width, height))
	for i := range m.Pix {
		seed = seed*1664525 + 1013904223
		if m.Pix[i] = uint8(seed >> 24); i%4 == 3 {
			m.Pix[i] = 255
		}
	}
	return m
}

func pngOf(t testing.TB, m image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := (&png.Encoder{CompressionLevel: png.BestSpeed}).Encode(&b, m); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func jpegOf(t testing.TB, m image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, m, &jpeg.Options{Quality: 97}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// checkNoMetadata looks for metadata about where and how an image was taken.
func (r *rig) checkNoMetadata() {
	r.Helper()
	for i, p := range r.sentImages() {
		for _, trace := range []string{"Secret", "Exif", "eXIf", "EXIF", "XMP", "xmpmeta", "tEXt"} {
			if bytes.Contains(p.data, []byte(trace)) {
				r.Errorf("image %d was sent with %q in it", i, trace)
			}
		}
	}
}

// Images in a chat are prepared like those of describe-image.
func TestImagesInAChatArePreparedToo(t *testing.T) {
	t.Parallel()
	r := connect(t, setup{provider: provider.Options{AllowDirs: []string{imageFolder}}})
	part := func(url string) string { return `{"type":"image_url","image_url":{"url":` + quote(t, url) + `}}` }
	low := `{"type":"image_url","image_url":{"detail":"low","url":` + quote(t, dataURL(pngOf(t, gradient(1000, 500)))) + `}}`
	var got chatAnswer
	r.succeed("chat", `{"messages":[
		{"role":"user","content":[{"type":"text","text":"Before."},`+part("photo.jpg")+`,{"type":"text","text":"After."}]},
		{"role":"assistant","content":"A hill."},
		{"role":"user","content":[`+part(base64Of(imageFile(t, "frames500.gif")))+`,`+low+`]}]}`, &got)
	if got.Model != "Qwen3.5-9B" || got.ResolvedBy != "catalog" {
		t.Errorf("%s was asked, resolved by %q; want the cheapest model with vision", got.Model, got.ResolvedBy)
	}
	sent := r.sentImages()
	if len(sent) != 3 {
		t.Fatalf("%d images were sent", len(sent))
	}
	checkSame(t, sent[0], uprightPhoto(t), 3)
	checkSame(t, sent[2], gradient(768, 384), 1)
	r.checkNoMetadata()
	if want := []string{"image_first_frame", "image_resized"}; strings.Join(got.codes(), " ") != strings.Join(want, " ") {
		t.Errorf("the warnings are %v, want %v", got.codes(), want)
	}
	for i, label := range []string{"messages[2].content[0].image_url.url", "messages[2].content[1].image_url.url"} {
		if !strings.Contains(got.Warnings[i].Message, label) {
			t.Errorf("the warning does not name %s: %q", label, got.Warnings[i].Message)
		}
	}
	for _, text := range []string{"Before.", "After."} {
		if bodies := r.posts(); !strings.Contains(bodies[0], text) {
			t.Errorf("the text %q beside the images was not sent", text)
		}
	}
}

// The service refuses a body of more than 10 MB, so five images that do not compress
// must be made smaller.
func TestFiveLargeImagesFitIntoOneRequest(t *testing.T) {
	t.Parallel()
	folder, whole := t.TempDir(), 0
	var names []string
	for i := range 5 {
		names = append(names, fmt.Sprint(i))
		data := pngOf(t, noise(800, 660, uint32(i)))
		if err := os.WriteFile(filepath.Join(folder, names[i]), data, 0o600); err != nil {
			t.Fatal(err)
		}
		whole += len(base64Of(data))
	}
	if whole < maxBody {
		t.Fatalf("the images have only %d bytes, so this tests nothing", whole)
	}
	r := connect(t, setup{provider: provider.Options{AllowDirs: []string{folder}}})
	var got describeAnswer
	r.succeed("describe-image", `{"images":`+quote(t, names)+`}`, &got)
	if size := len(r.posts()[0]); size > maxBody {
		t.Errorf("the request has %d bytes", size)
	}
	sent := r.sentImages()
	if len(sent) != 5 || len(got.Images) != 5 {
		t.Fatalf("%d images were sent, %d are in the answer", len(sent), len(got.Images))
	}
	for i, p := range sent {
		want := imageInfo{p.mediaType, p.Bounds().Dx(), p.Bounds().Dy(), len(p.data), p.Bounds().Dx() < 800}
		if got.Images[i] != want {
			t.Errorf("image %d: the answer has %+v, sent was %+v", i, got.Images[i], want)
		}
		if p.Bounds().Dx() < 300 {
			t.Errorf("image %d was sent at %v pixels", i, p.Bounds().Size())
		}
		if warned := strings.Contains(fmt.Sprint(got.Warnings), fmt.Sprintf("images[%d] was scaled from 800 × 660", i)); warned != want.Resized {
			t.Errorf("image %d: resized is %v, the warnings are %v", i, want.Resized, got.Warnings)
		}
	}
}
