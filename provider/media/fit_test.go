package media_test

import (
	"bytes"
	"context"
	"errors"
	"testing"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/media"
)

func total(pictures []media.Picture) (n int) {
	for _, p := range pictures {
		n += len(p.DataURL())
	}
	return n
}

func TestFit(t *testing.T) {
	photo := intakeOf(t, testdata(t, "photo.jpg"), "")
	dot := intakeOf(t, testdata(t, "dot.png"), "")
	loud := intakeOf(t, encodePNG(t, noise(500, 400, false)), "")
	loudJPEG := intakeOf(t, encodeJPEG(t, noise(500, 400, false)), "")
	veiled := intakeOf(t, encodePNG(t, noise(500, 400, true)), "")
	animation := intakeOf(t, testdata(t, "frames500.gif"), "")
	for _, tt := range []struct {
		name     string
		pictures []media.Picture
		budget   int
		same     int // how many, from the first, stay as they are
		types    string
	}{
		{"room for all", []media.Picture{photo, dot, loud}, 2_000_000, 3, "jpeg png png"},
		{"exactly enough", []media.Picture{photo, dot}, total([]media.Picture{photo, dot}), 2, "jpeg png"},
		{"one is too large", []media.Picture{photo, dot, loud}, 300_000, 2, "jpeg png jpeg"},
		{"two are too large", []media.Picture{dot, loud, loudJPEG}, 150_000, 1, "png jpeg jpeg"},
		{"alpha stays", []media.Picture{dot, animation, veiled}, 400_000, 2, "png gif png"},
		{"five", []media.Picture{dot, loud, loud, veiled, loudJPEG}, 500_000, 1, "png jpeg jpeg png jpeg"},
		{"none", nil, 10, 0, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			fitted, err := media.Fit(t.Context(), tt.pictures, tt.budget)
			if err != nil {
				t.Fatal(err)
			}
			if n := total(fitted); n > tt.budget {
				t.Errorf("%d bytes, want at most %d", n, tt.budget)
			}
			types := ""
			for i, p := range fitted {
				types += " " + p.MediaType[len("image/"):]
				same := bytes.Equal(p.Data, tt.pictures[i].Data)
				if same != (i < tt.same) {
					t.Errorf("picture %d is the same: %v", i, same)
				}
				m := decode(t, p.MediaType, p.Data)
				if m.Bounds().Dx() != p.Width || m.Bounds().Dy() != p.Height || p.Original != tt.pictures[i].Original {
					t.Errorf("picture %d has %v pixels, %d×%d are told", i, m.Bounds().Size(), p.Width, p.Height)
				}
				if p.Resized != (max(p.Width, p.Height) < max(p.Original.Width, p.Original.Height)) || !same && !p.Recoded {
					t.Errorf("picture %d: resized %v, recoded %v", i, p.Resized, p.Recoded)
				}
			}
			if types != "" && types[1:] != tt.types {
				t.Errorf("got%s, want %s", types, tt.types)
			}
		})
	}
}

func TestFitLosesQualityBeforePixels(t *testing.T) {
	original := intakeOf(t, encodePNG(t, noise(300, 300, false)), "")
	budget := len(original.DataURL())
	for step, resized := range []bool{false, false, false, true} { // three qualities, then pixels
		fitted, err := media.Fit(t.Context(), []media.Picture{original}, budget-1)
		if err != nil {
			t.Fatal(err)
		}
		if fitted[0].Resized != resized || fitted[0].MediaType != "image/jpeg" {
			t.Errorf("step %d: %s %d×%d", step, fitted[0].MediaType, fitted[0].Width, fitted[0].Height)
		}
		budget = total(fitted)
	}
	gone, err := media.Fit(t.Context(), []media.Picture{intakeOf(t, encodePNG(t, gradient(300, 200)), "")}, 6000)
	if err != nil {
		t.Fatal(err)
	}
	wantSame(t, decode(t, gone[0].MediaType, gone[0].Data), gradient(gone[0].Width, gone[0].Height), 4, 40)
}

func TestFitIntoTooLittle(t *testing.T) {
	p := intakeOf(t, encodePNG(t, noise(300, 300, true)), "")
	for _, budget := range []int{-1, 0, 100, 20_000} {
		_, err := media.Fit(t.Context(), []media.Picture{p, p, p, p, p}, budget)
		wantKind(t, err, media.TooLarge, "300 × 300")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := media.Fit(ctx, []media.Picture{p}, 50_000); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}
