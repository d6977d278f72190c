package media

import (
	"context"
	"errors"
	"fmt"
	"image"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/media/strip"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/sniff"
)

// Limits of the longer side of a prepared image, in pixels.
const (
	maxSide    = 2048
	maxSideLow = 768
)

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
	mediaType := sniff.Image(data)
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

// measure takes the file in data apart and reads its size.
func (f *File) measure(data []byte) (err error) {
	if f.frame, err = f.codec.strip(data); err != nil {
		return err
	}
	f.stored, f.depth, err = f.codec.header(f.frame)
	if err == nil && f.stored.shorterSide() < 1 {
		return strip.ErrMalformed
	}
	return err
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
	name := sniff.Format(data)
	if name == "" {
		return unreadableError("the data is not an image", nil)
	}
	e := unreadableError("the data is not an image of a supported format: it seems to be "+name, nil)
	if convert := conversion(name); convert != "" {
		e.Hint = convert + "; or " + e.Hint
	}
	return e
}
