package server_test

import (
	"encoding/json"
	"image"
	"image/color"
	"strings"
	"testing"
)

// striped is a long screenshot: the shade of a row says where it is.
func striped(width, height int) image.Image {
	m := image.NewGray(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			m.Pix[y*m.Stride+x] = uint8(255 * y / height)
		}
	}
	return m
}

// A long screenshot is cut into as many tiles as one request takes.
func TestALongScreenshotIsCutIntoTiles(t *testing.T) {
	t.Parallel()
	long := quote(t, dataURL(pngOf(t, striped(1290, 30000))))
	small := quote(t, dataURL(pngOf(t, striped(20, 10))))
	for _, tt := range []struct {
		name, arguments string
		widths          []int // of what is sent
	}{
		{"alone", `{"image":` + long + `}`, []int{436, 436, 436, 436, 436}},
		{"beside others", `{"images":[` + small + `,` + long + `,` + small + `]}`, []int{20, 263, 263, 263, 20}},
		{"low detail", `{"image":` + long + `,"detail":"low"}`, []int{33}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := connect(t, setup{})
			var got describeAnswer
			r.succeed("describe-image", tt.arguments, &got)
			sent := r.sentImages()
			if len(sent) != len(tt.widths) || len(got.Images) != len(sent) {
				t.Fatalf("%d images were sent, %d are in the answer, want %d", len(sent), len(got.Images), len(tt.widths))
			}
			shade := func(m image.Image, y int) int { return int(color.GrayModel.Convert(m.At(5, y)).(color.Gray).Y) }
			end := 0
			for i, p := range sent {
				size := p.Bounds().Size()
				if want := (imageInfo{p.mediaType, size.X, size.Y, len(p.data), size.X != 20}); got.Images[i] != want || size.X != tt.widths[i] || size.Y > 2048 {
					t.Errorf("image %d: the answer has %+v, sent was %+v, want width %d", i, got.Images[i], want, tt.widths[i])
				}
				if size.X == 20 {
					continue
				}
				if first := shade(p, 0); first > end || first < end-3 {
					t.Errorf("image %d begins at shade %d, the one above ends at %d", i, first, end)
				}
				end = shade(p, size.Y-1)
			}
			if end < 253 {
				t.Errorf("the end of the screenshot is missing: shade %d", end)
			}
			if len(got.Warnings) != 1 || got.Warnings[0].Code != "image_resized" || !strings.Contains(got.Warnings[0].Message, "1290 × 30000") {
				t.Fatalf("warnings %v", got.Warnings)
			}
			if cut := strings.Contains(got.Warnings[0].Message, "tiles"); cut != (tt.name != "low detail") {
				t.Errorf("warning %q", got.Warnings[0].Message)
			}
		})
	}
}

// The text around an image stays where it is, and extraction reads tiles, too.
func TestTilesTakeThePlaceOfTheirImage(t *testing.T) {
	t.Parallel()
	r := connect(t, setup{})
	long := quote(t, dataURL(pngOf(t, striped(300, 5000))))
	r.succeed("chat", `{"messages":[{"role":"user","content":[{"type":"text","text":"Before."},
		{"type":"image_url","image_url":{"url":`+long+`}},{"type":"text","text":"After."}]}]}`, nil)
	var body sentChat
	r.lastPost(&body)
	var parts []struct{ Type, Text string }
	if err := json.Unmarshal(body.Messages[0].Content, &parts); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, part := range parts {
		got = append(got, part.Type+part.Text)
	}
	if want := "textBefore. image_url image_url image_url textAfter."; strings.Join(got, " ") != want {
		t.Errorf("sent %v, want %s", got, want)
	}
	r.call("structured-extract", `{"images":[`+long+`],"schema":{"type":"object","properties":{"a":{"type":"string"}}}}`)
	if sent := r.sentImages(); len(sent) != 3 {
		t.Errorf("an extraction sent %d images", len(sent))
	}
}

// Scanners and 16-bit formats: what goes out is a PNG of 8 bits.
func TestImagesOfOtherDepthsAreConverted(t *testing.T) {
	t.Parallel()
	r := connect(t, setup{})
	want := gradient(90, 70)
	deep := image.NewNRGBA64(want.Rect)
	for y := range 70 {
		for x := range 90 {
			deep.Set(x, y, want.At(x, y))
		}
	}
	var got describeAnswer
	r.succeed("describe-image", `{"image":`+quote(t, dataURL(pngOf(t, deep)))+`}`, &got)
	sent := r.sentImages()[0]
	if _, is16 := sent.Image.(*image.NRGBA64); is16 || len(got.Warnings) != 0 || got.Images[0].Resized {
		t.Errorf("sent a %T, warnings %v", sent.Image, got.Warnings)
	}
	checkSame(t, sent, want, 0)
}
