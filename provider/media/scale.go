package media

import (
	"context"
	"image"
	"image/draw"

	xdraw "golang.org/x/image/draw"
)

// within returns s scaled down so that its longer side is at most limit.
func (s size) within(limit int) size {
	longer := s.longerSide()
	if longer <= limit {
		return s
	}
	// Rounded, but never to zero: of 50,000,000 × 1 pixels one row remains.
	side := func(n int) int { return max(1, int((int64(n)*int64(limit)+int64(longer)/2)/int64(longer))) }
	return size{side(s.width), side(s.height)}
}

// scale returns src scaled to the given size, which must not be larger than src. It
// fails when ctx ends.
//
// The kernel of golang.org/x/image/draw allocates 32 bytes for each pixel of
// (width of the result × height of the source), which is gigabytes for an image of
// one column. So averaging reduces src by whole factors first, and the kernel does
// the remaining reduction, by less than two, in bands.
func scale(ctx context.Context, src image.Image, to size) (*image.RGBA, error) {
	shrunk, err := shrink(ctx, src, size{src.Bounds().Dx(), src.Bounds().Dy()}.shrunk(to))
	if err != nil || shrunk.Rect.Dx() == to.width && shrunk.Rect.Dy() == to.height {
		return shrunk, err
	}
	return resample(ctx, shrunk, to)
}

// shrunk returns s reduced by whole factors, as far as it does not become smaller than
// another size.
func (s size) shrunk(to size) size {
	return size{s.width / max(1, s.width/to.width), s.height / max(1, s.height/to.height)}
}

// scalingBytes returns what scaling an image of this size takes besides its pixels.
func (s size) scalingBytes(to size) int64 {
	shrunk := s.shrunk(to)
	bytes := 4 * shrunk.pixels()
	if shrunk != s {
		bytes += 4 * int64(s.width) * int64(bandOf(s.width))
	}
	if shrunk != to {
		bytes += 4 * size{to.width, shrunk.height}.pixels()
	}
	return bytes
}

// shrink averages each block of pixels into one. Blocks differ in size by a pixel
// where the size of src is not a multiple of the new one. Colours are premultiplied
// by alpha, so that transparent pixels do not bleed into others.
func shrink(ctx context.Context, src image.Image, to size) (*image.RGBA, error) {
	bounds := src.Bounds()
	dst := image.NewRGBA(image.Rect(0, 0, to.width, to.height))
	if bounds.Size() == dst.Rect.Size() {
		return dst, drawBands(ctx, dst, dst.Rect, src)
	}
	// One row of blocks at a time, of which some rows are in memory. A file may be one
	// row of 50,000,000 pixels.
	bandRows := min(bandOf(bounds.Dx()), bounds.Dy())
	band := image.NewRGBA(image.Rect(0, 0, bounds.Dx(), bandRows))
	sums := make([]uint64, 4*to.width)
	for y := range to.height {
		clear(sums)
		top, bottom := blockStart(y, bounds.Dy(), to.height), blockStart(y+1, bounds.Dy(), to.height)
		for from := top; from < bottom; from += bandRows {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			rows := min(bandRows, bottom-from)
			draw.Draw(band, image.Rect(0, 0, bounds.Dx(), rows), src, bounds.Min.Add(image.Pt(0, from)), draw.Src)
			for row := range rows {
				addBlocks(sums, band.Pix[row*band.Stride:][:band.Stride])
			}
		}
		line := dst.Pix[y*dst.Stride:][:dst.Stride]
		for x := range to.width {
			columns := blockStart(x+1, bounds.Dx(), to.width) - blockStart(x, bounds.Dx(), to.width)
			count := uint64(columns) * uint64(bottom-top)
			for c := 4 * x; c < 4*x+4; c++ {
				line[c] = uint8((sums[c] + count/2) / count)
			}
		}
	}
	return dst, nil
}

// bandOf returns how many rows of so many pixels are worked on at a time.
func bandOf(width int) int { return max(1, min(64, bandPixels/width)) }

const bandPixels = 1 << 20

// drawBands draws src into a rectangle of dst, which has its size.
func drawBands(ctx context.Context, dst *image.RGBA, r image.Rectangle, src image.Image) error {
	rows := bandOf(max(1, r.Dx()))
	for y := r.Min.Y; y < r.Max.Y; y += rows {
		if err := ctx.Err(); err != nil {
			return err
		}
		band := image.Rect(r.Min.X, y, r.Max.X, min(y+rows, r.Max.Y))
		draw.Draw(dst, band, src, src.Bounds().Min.Add(image.Pt(0, y-r.Min.Y)), draw.Src)
	}
	return nil
}

// blockStart returns the first pixel of block i when n pixels are divided into blocks.
func blockStart(i, n, blocks int) int { return int(int64(i) * int64(n) / int64(blocks)) }

// addBlocks adds the pixels of a row to the sums of their blocks.
func addBlocks(sums []uint64, row []byte) {
	blocks, n := len(sums)/4, len(row)/4
	for block := range blocks {
		var r, g, b, a uint64
		for pixel := row[4*blockStart(block, n, blocks) : 4*blockStart(block+1, n, blocks)]; len(pixel) >= 4; pixel = pixel[4:] {
			r += uint64(pixel[0])
			g += uint64(pixel[1])
			b += uint64(pixel[2])
			a += uint64(pixel[3])
		}
		sum := sums[4*block:][:4]
		sum[0] += r
		sum[1] += g
		sum[2] += b
		sum[3] += a
	}
}

// resample scales rows, then columns, which is possible because the kernel is
// separable. Each pass works in bands: a band needs little memory, which its scaler
// reuses for the next one.
func resample(ctx context.Context, src *image.RGBA, to size) (*image.RGBA, error) {
	const band = 64
	from := size{src.Rect.Dx(), src.Rect.Dy()}
	narrow := image.NewRGBA(image.Rect(0, 0, to.width, from.height))
	rows := xdraw.CatmullRom.NewScaler(to.width, band, from.width, band)
	for y := 0; y < from.height; y += band {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		end := min(y+band, from.height)
		rows.Scale(narrow, image.Rect(0, y, to.width, end), src, image.Rect(0, y, from.width, end), xdraw.Src, nil)
	}
	dst := image.NewRGBA(image.Rect(0, 0, to.width, to.height))
	columns := xdraw.CatmullRom.NewScaler(band, to.height, band, from.height)
	for x := 0; x < to.width; x += band {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		end := min(x+band, to.width)
		columns.Scale(dst, image.Rect(x, 0, end, to.height), narrow, image.Rect(x, 0, end, from.height), xdraw.Src, nil)
	}
	return dst, nil
}

// onCanvas draws a frame of an animation at its place on a transparent canvas.
func onCanvas(ctx context.Context, frame image.Image, origin image.Point, canvas size) (*image.RGBA, error) {
	dst := image.NewRGBA(image.Rect(0, 0, canvas.width, canvas.height))
	return dst, drawBands(ctx, dst, frame.Bounds().Sub(frame.Bounds().Min).Add(origin), frame)
}
