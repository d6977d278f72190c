package media_test

import (
	"encoding/binary"
	"fmt"
	"image"
	"image/color"
	"slices"
	"testing"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/media"
)

// ruler draws an image in which the colour of a pixel says where on the longer side
// it is: red and green count, so that neighbours differ by one.
func ruler(width, height int) *image.NRGBA {
	m := image.NewNRGBA(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			if width > height {
				m.SetNRGBA(x, y, markAt(x, y))
			} else {
				m.SetNRGBA(x, y, markAt(y, x))
			}
		}
	}
	return m
}

func markAt(along, across int) color.NRGBA {
	return color.NRGBA{uint8(along >> 8), uint8(along), uint8(across), 255}
}

// place returns where on the ruler a pixel is.
func place(c color.Color) int {
	n := color.NRGBAModel.Convert(c).(color.NRGBA)
	return int(n.R)<<8 | int(n.G)
}

func load(t *testing.T, preparer *media.Preparer, data []byte, detail string) *media.File {
	t.Helper()
	f, err := preparer.Load(t.Context(), media.Request{Source: base64URL(data), Detail: detail})
	must(t, err)
	return f
}

func TestTilesThatAreNeeded(t *testing.T) {
	preparer := newPreparer(t, media.Options{})
	for _, tt := range []struct {
		width, height int
		detail        string
		want          int
	}{
		{1290, 30000, "", 16},
		{1290, 30000, "high", 16},
		{1290, 30000, "low", 1},
		{30000, 1290, "auto", 16},
		{1290, 2796, "", 1},  // a phone's screen
		{4000, 6000, "", 1},  // a photo
		{1000, 4096, "", 1},  // is scaled by a half
		{1000, 4097, "", 3},  // by more
		{1100, 4400, "", 1},  // 1:4
		{1100, 4401, "", 3},  // beyond
		{3000, 13000, "", 5}, // squares of 3000
		{3000, 600, "", 1},
		{31, 9000, "", 1}, // nothing to read
		{32, 9000, "", 5},
	} {
		f := load(t, preparer, encodePNG(t, image.NewGray(image.Rect(0, 0, tt.width, tt.height))), tt.detail)
		if got := f.Tiles(); got != tt.want {
			t.Errorf("%d × %d %s: %d tiles, want %d", tt.width, tt.height, tt.detail, got, tt.want)
		}
	}
}

func TestTilesAreSharedFairly(t *testing.T) {
	preparer := newPreparer(t, media.Options{})
	of := func(width, height int) *media.File {
		return load(t, preparer, encodePNG(t, image.NewGray(image.Rect(0, 0, width, height))), "")
	}
	small, three, many := of(10, 10), of(1000, 5000), of(100, 20000)
	for _, tt := range []struct {
		files []*media.File
		limit int
		want  []int
	}{
		{[]*media.File{many}, 5, []int{5}},
		{[]*media.File{three}, 5, []int{3}},
		{[]*media.File{small, many}, 5, []int{1, 4}},
		{[]*media.File{many, many}, 5, []int{3, 2}},
		{[]*media.File{three, small, many}, 5, []int{2, 1, 2}},
		{[]*media.File{many, many, many, many, many}, 5, []int{1, 1, 1, 1, 1}},
		{[]*media.File{many}, 1, []int{1}},
		{[]*media.File{three, three}, 50, []int{3, 3}},
		{nil, 5, []int{}},
	} {
		if got := media.Allot(tt.files, tt.limit); !slices.Equal(got, tt.want) {
			t.Errorf("%d files, at most %d tiles: %v, want %v", len(tt.files), tt.limit, got, tt.want)
		}
	}
}

// Tiles are in reading order, overlap, and show every row, whatever the orientation.
func TestTiles(t *testing.T) {
	preparer := newPreparer(t, media.Options{})
	for _, tt := range []struct{ width, height, tiles int }{{8, 9000, 5}, {9000, 8, 5}, {8, 9000, 2}, {6, 20000, 3}} {
		seen := ruler(tt.width, tt.height)
		for orientation := 1; orientation <= 8; orientation++ {
			t.Run(fmt.Sprintf("%d×%d in %d, orientation %d", tt.width, tt.height, tt.tiles, orientation), func(t *testing.T) {
				file := insertAt(encodePNG(t, stored(seen, orientation)), afterIHDR, pngChunk("eXIf", exif(binary.LittleEndian, uint16(orientation))))
				images, err := load(t, preparer, file, "").Images(t.Context(), tt.tiles)
				must(t, err)
				if len(images) != tt.tiles {
					t.Fatalf("%d tiles", len(images))
				}
				end := 0
				for i, img := range images {
					m := decode(t, img.MediaType, img.Data)
					first, last := place(m.At(0, 0)), place(m.At(img.Width-1, img.Height-1))
					scaled := max(seen.Rect.Dx(), seen.Rect.Dy())/tt.tiles > 2048
					if start := 0; i == 0 && first > start+10 || i > 0 && (first > end-20 || first < end-100) || last <= first {
						t.Errorf("tile %d shows %d to %d, the one before it ended at %d", i, first, last, end)
					}
					end = last
					if max(img.Width, img.Height) > 2048 || !img.Resized || img.Original.Bytes != len(file) || img.MediaType != "image/png" {
						t.Errorf("tile %d: %s %d×%d, resized %v", i, img.MediaType, img.Width, img.Height, img.Resized)
					}
					if !scaled {
						at := image.Rect(first, 0, last+1, tt.height)
						if tt.height > tt.width {
							at = image.Rect(0, first, tt.width, last+1)
						}
						wantSame(t, m, seen.SubImage(at), 0, 0)
					}
				}
				if whole := max(tt.width, tt.height); end < whole-10 || end >= whole {
					t.Errorf("the last tile ends at %d of %d", end, whole)
				}
			})
		}
	}
}

// stored returns an image as it is stored in a file of an orientation.
func stored(seen *image.NRGBA, orientation int) *image.NRGBA {
	size := seen.Rect.Size()
	if orientation >= 5 {
		size = image.Pt(size.Y, size.X)
	}
	m := image.NewNRGBA(image.Rectangle{Max: size})
	for row := range size.Y {
		for column := range size.X {
			at := seenAt(orientation, row, column, size)
			m.SetNRGBA(column, row, seen.NRGBAAt(at.X, at.Y))
		}
	}
	return m
}

// Tiles of a photo stay JPEG, and those of an animation are cut from its canvas.
func TestTilesOfOtherFormats(t *testing.T) {
	preparer := newPreparer(t, media.Options{})
	scene := testdata(t, "lossy.webp")
	canvas := webpFile(riffChunk("VP8X", 2, 0, 0, 0, 0xff, 0x1f, 0, 99, 0, 0), // 8192 × 100
		riffChunk("ANMF", slices.Concat([]byte{0, 0, 0, 0, 0, 0, 159, 0, 0, 99, 0, 0, 0, 0, 0, 0}, scene[30:])...))
	for _, tt := range []struct {
		name, mediaType string
		data            []byte
		width, height   int
	}{
		{"JPEG", "image/jpeg", encodeJPEG(t, gradient(100, 6000)), 100, 1226},
		{"GIF", "image/png", encodeGIF(t, 6000, 100), 1226, 100},
		{"WebP", "image/png", canvas, 1664, 100},
	} {
		images, err := load(t, preparer, tt.data, "").Images(t.Context(), 5)
		must(t, err)
		if tile := images[0]; tile.MediaType != tt.mediaType || tile.Width != tt.width || tile.Height != tt.height {
			t.Errorf("%s: got %s %d×%d", tt.name, tile.MediaType, tile.Width, tile.Height)
		}
		if tt.name == "WebP" {
			m := decode(t, images[0].MediaType, images[0].Data).(*image.NRGBA)
			wantCornerColours(t, m.SubImage(image.Rect(0, 0, 160, 100)))
		}
	}
}
