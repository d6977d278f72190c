package media

import (
	"context"
	"errors"
	"fmt"
	"image"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/media/strip"
)

// Limits of the longer side of a prepared image, in pixels.
const (
	maxSide    = 2048
	maxSideLow = 768
)

// What a decoder does without reading on cannot be interrupted, so that it is bounded:
// on a busy machine of two processors, each of these took about a second.
const (
	// maxScanWork bounds the scans of a progressive JPEG times its pixels: a scan of a few
	// bytes may visit every block, so that 100 kB of them can occupy a decoder for
	// minutes. Encoders write about ten scans.
	maxScanWork = 12 * DefaultMaxPixels
	// maxSamples bounds what is computed of a progressive JPEG after its last scan.
	maxSamples = 3 * DefaultMaxPixels
	// maxWebPWork bounds the work for a WebP, as webPWork counts it.
	maxWebPWork = 80_000_000
)

// webPWork estimates the work for a WebP in pixels of a lossy one. A lossless one has
// three transforms, which its decoder undoes last, and a plane of alpha is coded as
// such an image. A lossy one is read before it is decoded.
func (f *File) webPWork() int64 {
	if f.mediaType != typeWebP {
		return 0
	}
	if pixels := f.stored.pixels(); f.frame.Lossless || f.frame.Alpha {
		return max(4*pixels, 8*int64(len(f.frame.Data)))
	}
	return f.stored.pixels() + 8*int64(len(f.frame.Data))
}

// mendBytes is what mending a file takes that cannot be measured yet: copies of it.
const mendBytes = 4 * DefaultMaxBytes

// File is an image that was loaded, and whose format and size are acceptable. None of
// its pixels is decoded yet.
type File struct {
	preparer  *Preparer
	name      string // "" unless it was a path
	data      []byte
	mediaType string
	codec     codec
	frame     strip.Frame
	stored    size
	depth     int // bytes a pixel, decoded
	low       bool
	mended    bool // it was tried to complete it
}

// Load loads an image. The error is an [*Error], or wraps the error of ctx.
func (p *Preparer) Load(ctx context.Context, r Request) (*File, error) {
	switch r.Detail {
	case "", "auto", "high", "low":
	default:
		return nil, &Error{Kind: Invalid, Message: fmt.Sprintf("detail %q is not known", short(r.Detail)), Hint: "use auto, low or high"}
	}
	data, err := p.load(ctx, r)
	if err != nil {
		return nil, err
	}
	mediaType := sniff(data)
	if mediaType == "" {
		return nil, named(r.fileName(), notAnImage(data))
	}
	f := &File{preparer: p, name: r.fileName(), data: data, mediaType: mediaType, codec: codecOf(mediaType), low: r.Detail == "low"}
	if err := f.measure(data); err != nil {
		if err = p.decodes(ctx, mendBytes, func() error { return f.mend(ctx, err) }); err != nil {
			return nil, named(f.name, decodeError(mediaType, err))
		}
	}
	return f, named(f.name, f.checkWork())
}

// named returns an error about the content of a file with the file's name, unless
// that is "".
func named(name string, err error) error {
	own, ok := errors.AsType[*Error](err)
	if !ok || name == "" {
		return err
	}
	e := *own
	e.Message = fmt.Sprintf("%q: %s", short(name), own.Message)
	return &e
}

// decodes calls do, which takes so many bytes, once it may.
func (p *Preparer) decodes(ctx context.Context, bytes int64, do func() error) error {
	if p.hold != nil {
		release, err := p.hold(ctx, bytes)
		if err != nil {
			return err
		}
		defer release()
	}
	return do()
}

// decodedBytes estimates what decoding takes at most if the image is cut into so many
// tiles: the file twice, as it is and stripped, and the most of what the decoder takes,
// the pixels while they are scaled, and the result while it is encoded.
func (f *File) decodedBytes(tiles int) int64 {
	file := int64(len(f.data))
	if f.mediaType != typeBMP {
		file *= 2
	}
	decoding, pixels := f.formatBytes()
	if f.frame.Placement != nil || f.frame.Cropped {
		pixels += 4 * f.stored.pixels()
	}
	area, limit := f.stored, maxSide
	if tiles > 1 {
		tile := f.stored.tiles(tiles)[0]
		area = size{tile.Dx(), tile.Dy()}
	} else if f.low {
		limit = maxSideLow
	}
	if tiles == 1 && f.unchanged() && f.stored.longerSide() <= limit {
		return file + pixels + decoding // trimming it may decode it again
	}
	to := area.within(limit)
	const flattened, encoded = 4, 8 // a buffer that grows
	return file + max(decoding, pixels+area.scalingBytes(to), to.pixels()*(4+flattened+encoded))
}

// formatBytes returns what the decoder of the format takes, and what its result does.
func (f *File) formatBytes() (decoding, pixels int64) {
	count, depth, file := f.stored.pixels(), int64(f.depth), int64(len(f.frame.Data))
	pixels = count * depth
	row := int64(f.stored.width) * depth
	switch f.mediaType {
	case typeJPEG:
		return f.jpegBytes()
	case typePNG:
		if f.frame.Alpha && depth < 4 { // grey, with alpha of a transparent shade
			pixels *= 4
		}
		if f.frame.Interlaced { // its passes
			return 2*pixels + 3*row, pixels
		}
		return pixels + 3*row, pixels
	case typeGIF:
		if f.frame.Interlaced {
			return 2 * pixels, pixels
		}
	case typeWebP:
		return f.webPBytes()
	case typeTIFF:
		// A tile, or some rows, grow while they are unpacked; and the file, with another header.
		return pixels + 3*max(f.frame.TileBytes, min(tiffBand, pixels), row) + 2*file, pixels
	}
	return pixels, pixels
}

func (f *File) jpegBytes() (decoding, pixels int64) {
	const largestBlock, coefficient = 32, 4 // those on the edge are whole
	blocks := size{f.stored.width + largestBlock - 1, f.stored.height + largestBlock - 1}
	samples := f.frame.Samples * float64(blocks.pixels())
	decoding, pixels = int64(samples), int64(samples)
	if f.frame.Progressive {
		decoding += int64(coefficient * samples)
	}
	if f.depth == 4 { // RGB and CMYK are converted
		pixels = 4 * f.stored.pixels()
		decoding += pixels
	}
	return decoding, pixels
}

func (f *File) webPBytes() (decoding, pixels int64) {
	const macroblock = 16
	padded := size{f.stored.width + macroblock - 1, f.stored.height + macroblock - 1}
	pixels = padded.pixels() * 3 / 2
	decoding = pixels + int64(len(f.frame.Data))
	if f.frame.Lossless || f.frame.Alpha {
		// The pixels before and after a transform, or besides a plane of their alpha, and
		// the tables of codes: at most 2,600 sets of five.
		const maxTables = 2600 * 54_000
		pixels = 4 * f.stored.pixels()
		decoding += 2*pixels + min(maxTables, 400*int64(len(f.frame.Data)))
	}
	return decoding, pixels
}

// measure takes the file in data apart and reads its size.
func (f *File) measure(data []byte) (err error) {
	if f.frame, err = f.codec.strip(data); err != nil {
		return err
	}
	f.stored, f.depth, err = f.codec.header(f.frame)
	return err
}

// checkWork refuses an image that takes too much memory or time to decode.
func (f *File) checkWork() error {
	count, most := f.stored.pixels(), f.preparer.maxPixels
	what := fmt.Sprintf("the image has %d × %d pixels", f.stored.width, f.stored.height)
	switch {
	case count > int64(most):
		what += fmt.Sprintf(", more than %g megapixels", float64(most)/1e6)
	case count*int64(f.frame.Scans) > maxScanWork, f.frame.Progressive && f.frame.Samples*float64(count) > maxSamples:
		what += fmt.Sprintf(" in %d scans, which take too long to decode", f.frame.Scans)
	case f.webPWork() > maxWebPWork:
		what += ", which take too long to decode as WebP"
	case f.preparer.maxDecoded > 0 && f.decodedBytes(1) > f.preparer.maxDecoded:
		what += fmt.Sprintf(", and decoding it would take about %d MB of memory, more than the server has for it", f.decodedBytes(1)>>20)
	default:
		return nil
	}
	return &Error{Kind: Unreadable, Message: what, Hint: "scale it down first"}
}

// Prepare loads and prepares an image. The error is an [*Error], or wraps the error
// of ctx.
func (p *Preparer) Prepare(ctx context.Context, r Request) (Image, error) {
	f, err := p.Load(ctx, r)
	if err != nil {
		return Image{}, err
	}
	images, err := f.Images(ctx, 1)
	if err != nil {
		return Image{}, err
	}
	return images[0], nil
}

// Images decodes the file and returns what can be sent of it: one image, or, with
// tiles more than one, the image cut into so many parts, in reading order. The error
// is an [*Error], or wraps the error of ctx.
func (f *File) Images(ctx context.Context, tiles int) (images []Image, err error) {
	err = f.preparer.decodes(ctx, f.decodedBytes(tiles), func() error {
		pixels, err := f.pixels(ctx)
		if err != nil {
			return named(f.name, decodeError(f.mediaType, err))
		}
		images, err = f.images(ctx, pixels, tiles)
		return err
	})
	return images, err
}

// pixels decodes the file, or what is left of it.
func (f *File) pixels(ctx context.Context) (image.Image, error) {
	pixels, err := f.codec.pixels(ctx, f.frame)
	if err == nil {
		return pixels, nil
	}
	if err = f.mend(ctx, err); err != nil {
		return nil, err
	}
	if err = f.checkWork(); err != nil {
		return nil, err
	}
	return f.codec.pixels(ctx, f.frame)
}

// images returns what can be sent of the decoded pixels.
func (f *File) images(ctx context.Context, pixels image.Image, tiles int) ([]Image, error) {
	img := Image{
		MediaType: f.mediaType, Width: f.stored.width, Height: f.stored.height, Data: f.frame.Data, FirstFrameOnly: f.frame.Animated,
		Original: Original{MediaType: f.mediaType, Width: f.stored.width, Height: f.stored.height, Bytes: len(f.data)},
	}
	if tiles > 1 {
		whole, err := f.onCanvas(ctx, pixels)
		if err != nil {
			return nil, err
		}
		return f.cut(ctx, img, whole, tiles)
	}
	limit := maxSide
	if f.low {
		limit = maxSideLow
	}
	if f.sendable(pixels) && f.stored.longerSide() <= limit {
		if trimmed, ok := f.trim(ctx, pixels); ok {
			img.Data = trimmed
			return []Image{img}, nil
		}
	}
	whole, err := f.onCanvas(ctx, pixels)
	if err != nil {
		return nil, err
	}
	img, err = img.redraw(ctx, f.frame, whole, f.stored.within(limit))
	return []Image{img}, err
}

// sendable reports whether the data of the file can be sent as it is.
func (f *File) sendable(pixels image.Image) bool {
	_, cmyk := pixels.(*image.CMYK)
	return !cmyk && f.unchanged()
}

// unchanged reports whether the pixels can be sent as they are coded, as far as the
// header says.
func (f *File) unchanged() bool {
	return !f.frame.Recode && f.frame.Orientation == strip.Upright && f.frame.Placement == nil
}

// onCanvas returns the whole image of which pixels may be a part.
func (f *File) onCanvas(ctx context.Context, pixels image.Image) (image.Image, error) {
	origin := pixels.Bounds().Min // the frame of a GIF may be smaller than its screen
	if placed := f.frame.Placement; placed != nil {
		origin = image.Pt(placed.X, placed.Y)
	}
	if pixels.Bounds().Dx() == f.stored.width && pixels.Bounds().Dy() == f.stored.height {
		return pixels, nil
	}
	whole, err := onCanvas(ctx, pixels, origin, f.stored)
	if err != nil {
		return nil, fmt.Errorf("drawing the frame: %w", err)
	}
	return whole, nil
}

func notAnImage(data []byte) *Error {
	if len(data) == 0 {
		return unreadableError("there is no data: zero bytes", nil)
	}
	name := guessFormat(data)
	if name == "" {
		return unreadableError("the data is not an image", nil)
	}
	e := unreadableError("the data is not an image of a supported format: it seems to be "+name, nil)
	if convert := conversion(name); convert != "" {
		e.Hint = convert + "; or " + e.Hint
	}
	return e
}
