package media

import (
	"context"
	"fmt"
	"image"
	"slices"
)

// An image of this shape is cut into tiles rather than scaled to [maxSide], which
// would make its text too small to read: a screenshot of 1290 × 30000 pixels would
// become 88 pixels wide.
const (
	tileAspect = 4           // the longer side to the shorter one, more than
	tileLength = 2 * maxSide // the longer side, more than: below, scaling at most halves it
	tileMin    = 32          // the shorter side, at least: below, nothing is to be read
)

// Tiles returns how many tiles the image needs so that its text can be read, or 1 if
// it can be read as one image.
func (f *File) Tiles() int {
	longer, shorter := f.stored.longerSide(), f.stored.shorterSide()
	if f.low || longer <= tileLength || longer <= tileAspect*shorter || shorter < tileMin {
		return 1
	}
	// A tile is no longer than it is wide, or than what needs no scaling.
	length, overlap := max(maxSide, shorter), tileOverlap(shorter)
	return (longer - overlap + length - overlap - 1) / (length - overlap)
}

// tileOverlap is how many pixels two neighbours have in common, so that each line of
// text is whole in one of them: a line of a phone's screenshot takes about a
// twentieth of its width.
func tileOverlap(shorter int) int { return max(tileMin, shorter/16) }

// Allot returns how many tiles each file is cut into, if all together may be at most
// limit. Each gets one; those that need more share what is left in turn.
func Allot(files []*File, limit int) []int {
	tiles := make([]int, len(files))
	for i := range tiles {
		tiles[i] = 1
	}
	for left := limit - len(files); left > 0; {
		before := left
		for i, f := range files {
			if left > 0 && tiles[i] < f.Tiles() {
				tiles[i]++
				left--
			}
		}
		if left == before {
			break
		}
	}
	return tiles
}

// cut returns n tiles of the image, in reading order.
func (f *File) cut(ctx context.Context, img Image, pixels image.Image, n int) ([]Image, error) {
	whole, ok := pixels.(interface {
		SubImage(image.Rectangle) image.Image
	})
	if !ok { // all types of the decoders have it
		copied, err := onCanvas(ctx, pixels, image.Point{}, f.stored)
		if err != nil {
			return nil, fmt.Errorf("cutting the image: %w", err)
		}
		pixels, whole = copied, copied
	}
	areas := f.stored.tiles(n)
	if flipped(f.frame.Orientation, f.stored.width > f.stored.height) {
		slices.Reverse(areas)
	}
	tiles := make([]Image, len(areas))
	for i, area := range areas {
		if err := ctx.Err(); err != nil {
			return nil, fmt.Errorf("cutting the image: %w", err)
		}
		to := size{area.Dx(), area.Dy()}.within(maxSide)
		var err error
		if tiles[i], err = img.redraw(ctx, f.frame, whole.SubImage(area.Add(pixels.Bounds().Min)), to); err != nil {
			return nil, err
		}
	}
	return tiles, nil
}

// tiles divides the longer side into n parts of one length, which overlap.
func (s size) tiles(n int) []image.Rectangle {
	longer, overlap := s.longerSide(), tileOverlap(s.shorterSide())
	length := min((longer+(n-1)*overlap+n-1)/n, longer)
	areas := make([]image.Rectangle, n)
	for i := range areas {
		start := int(int64(longer-length) * int64(i) / int64(max(1, n-1)))
		if s.width > s.height {
			areas[i] = image.Rect(start, 0, start+length, s.height)
		} else {
			areas[i] = image.Rect(0, start, s.width, start+length)
		}
	}
	return areas
}
