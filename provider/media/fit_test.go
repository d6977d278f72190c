package media_test

import (
	"bytes"
	"context"
	"errors"
	"testing"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/media"
)

func total(images []media.Image) (n int) {
	for _, img := range images {
		n += len(img.DataURL())
	}
	return n
}

func TestFit(t *testing.T) {
	photo := prepareData(t, testdata(t, "photo.jpg"), "")
	dot := prepareData(t, testdata(t, "dot.png"), "")
	loud := prepareData(t, encodePNG(t, noise(500, 400, false)), "")
	loudJPEG := prepareData(t, encodeJPEG(t, noise(500, 400, false)), "")
	veiled := prepareData(t, encodePNG(t, noise(500, 400, true)), "")
	animation := prepareData(t, testdata(t, "frames500.gif"), "")
	for _, tt := range []struct {
		name   string
		images []media.Image
		budget int
		same   int // how many, from the first, stay as they are
		types  string
	}{
		{"room for all", []media.Image{photo, dot, loud}, 2_000_000, 3, "jpeg png png"},
		{"exactly enough", []media.Image{photo, dot}, total([]media.Image{photo, dot}), 2, "jpeg png"},
		{"one is too large", []media.Image{photo, dot, loud}, 300_000, 2, "jpeg png jpeg"},
		{"two are too large", []media.Image{dot, loud, loudJPEG}, 150_000, 1, "png jpeg jpeg"},
		{"alpha stays", []media.Image{dot, animation, veiled}, 400_000, 2, "png gif png"},
		{"five", []media.Image{dot, loud, loud, veiled, loudJPEG}, 500_000, 1, "png jpeg jpeg png jpeg"},
		{"none", nil, 10, 0, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			fitted, err := media.Fit(t.Context(), tt.images, tt.budget)
			if err != nil {
				t.Fatal(err)
			}
			if n := total(fitted); n > tt.budget {
				t.Errorf("%d bytes, want at most %d", n, tt.budget)
			}
			types := ""
			for i, img := range fitted {
				types += " " + img.MediaType[len("image/"):]
				same := bytes.Equal(img.Data, tt.images[i].Data)
				if same != (i < tt.same) {
					t.Errorf("image %d is the same: %v", i, same)
				}
				m := decode(t, img.MediaType, img.Data)
				if m.Bounds().Dx() != img.Width || m.Bounds().Dy() != img.Height || img.Original != tt.images[i].Original {
					t.Errorf("image %d has %v pixels, but says %d×%d", i, m.Bounds().Size(), img.Width, img.Height)
				}
				if img.Resized != (max(img.Width, img.Height) < max(img.Original.Width, img.Original.Height)) || !same && !img.Recoded {
					t.Errorf("image %d: resized %v, recoded %v", i, img.Resized, img.Recoded)
				}
			}
			if types != "" && types[1:] != tt.types {
				t.Errorf("got%s, want %s", types, tt.types)
			}
		})
	}
}

func TestFitLosesQualityBeforePixels(t *testing.T) {
	original := prepareData(t, encodePNG(t, noise(300, 300, false)), "")
	budget := len(original.DataURL())
	for step, resized := range []bool{false, false, false, true} { // three qualities, then pixels
		fitted, err := media.Fit(t.Context(), []media.Image{original}, budget-1)
		if err != nil {
			t.Fatal(err)
		}
		if fitted[0].Resized != resized || fitted[0].MediaType != "image/jpeg" {
			t.Errorf("step %d: %s %d×%d", step, fitted[0].MediaType, fitted[0].Width, fitted[0].Height)
		}
		budget = total(fitted)
	}
	gone, err := media.Fit(t.Context(), []media.Image{prepareData(t, encodePNG(t, gradient(300, 200)), "")}, 6000)
	if err != nil {
		t.Fatal(err)
	}
	wantSame(t, decode(t, gone[0].MediaType, gone[0].Data), gradient(gone[0].Width, gone[0].Height), 4, 40)
}

func TestFitIntoTooLittle(t *testing.T) {
	img := prepareData(t, encodePNG(t, noise(300, 300, true)), "")
	for _, budget := range []int{-1, 0, 100, 20_000} {
		_, err := media.Fit(t.Context(), []media.Image{img, img, img, img, img}, budget)
		wantKind(t, err, media.TooLarge, "300 × 300")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := media.Fit(ctx, []media.Image{img}, 50_000); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}
