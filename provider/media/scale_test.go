package media_test

import (
	"fmt"
	"image"
	"image/color"
	"testing"
)

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
			img := prepareData(t, encodePNG(t, source), tt.detail)
			changed := tt.wantW != tt.width || tt.wantH != tt.height
			if img.Width != tt.wantW || img.Height != tt.wantH || img.Resized != changed || img.Recoded != changed || img.MediaType != "image/png" {
				t.Errorf("got %s %d×%d, resized %v, recoded %v", img.MediaType, img.Width, img.Height, img.Resized, img.Recoded)
			}
			// A smooth image scaled is the same image drawn smaller.
			if min(tt.wantW, tt.wantH) > 30 {
				wantSame(t, decode(t, img.MediaType, img.Data), gradient(tt.wantW, tt.wantH), 3, 12)
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
	img := prepareData(t, encodePNG(t, source), "low")
	m := decode(t, img.MediaType, img.Data)
	if img.MediaType != "image/png" || img.Width != 768 || img.Height != 525 {
		t.Fatalf("got %s %d×%d", img.MediaType, img.Width, img.Height)
	}
	for _, tt := range []struct {
		x, y  int
		alpha uint8
	}{
		{0, 0, 0}, {74, 262, 0}, {79, 262, 255}, {688, 262, 255}, {693, 262, 0},
		{384, 50, 0}, {384, 55, 255}, {384, 469, 255}, {384, 475, 0}, {767, 524, 0},
	} {
		c := color.NRGBAModel.Convert(m.At(tt.x, tt.y)).(color.NRGBA)
		if c.A != tt.alpha || c.A == 255 && (c.R != 200 || c.G != 30 || c.B != 60) {
			t.Errorf("pixel %d,%d is %v, want alpha %d", tt.x, tt.y, c, tt.alpha)
		}
	}
}
