package media

import (
	"context"
	"errors"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/media/mend"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/media/strip"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/sniff"
)

// mend completes a file that cannot be decoded, so that what is left of it can, and
// measures it again. It returns damage, the error that says why, if nothing is left.
// The pixels are always encoded again, because other decoders may take a mended file
// for another image.
func (f *File) mend(ctx context.Context, damage error) error {
	if f.mended || ctx.Err() != nil || errors.Is(damage, strip.ErrTooMuch) {
		return damage
	}
	f.mended = true
	before := f.frame
	data, canvas, err := f.completed(ctx)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil || f.measure(data) != nil {
		return damage
	}
	f.frame.Recode = true
	f.frame.Animated = f.frame.Animated || before.Animated
	if canvas != nil {
		f.frame.Placement, f.stored = canvas, size{canvas.CanvasWidth, canvas.CanvasHeight}
	}
	return nil
}

// completed returns the file completed. canvas says how large the whole image is, if
// the file is of a part of it.
func (f *File) completed(ctx context.Context) (data []byte, canvas *strip.Placement, err error) {
	most := f.preparer.maxPixels
	switch f.mediaType {
	case sniff.PNG:
		data, err = mend.PNG(ctx, f.data, most)
	case sniff.JPEG:
		data, err = mend.JPEG(ctx, f.data, most)
	case sniff.GIF:
		data, err = mend.GIF(ctx, f.data, most)
	case sniff.WebP:
		data, err = mend.WebP(f.data, f.preparer.maxBytes)
	case sniff.BMP:
		data, err = mend.BMP(f.data, most, 3*f.preparer.maxBytes)
	case sniff.TIFF:
		canvas = &strip.Placement{}
		data, canvas.CanvasWidth, canvas.CanvasHeight, err = strip.CutTIFF(f.data, f.preparer.maxBytes)
	}
	return data, canvas, err
}
