package media

import (
	"fmt"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/sniff"
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
	maxWebPWork = 120_000_000
)

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

// webPWork estimates the work for a WebP in pixels of a lossy one, in which a byte takes
// as long as 16 of them: it is read before it is decoded. A lossless one has three
// transforms, which its decoder undoes last, and a plane of alpha is coded as such an
// image.
func (f *File) webPWork() (work int64) {
	if f.mediaType != sniff.WebP {
		return 0
	}
	pixels := f.stored.pixels()
	if f.frame.Lossless || f.frame.Alpha {
		work = 4 * pixels
	}
	if !f.frame.Lossless {
		work = max(work, pixels+16*int64(len(f.frame.Data)))
	}
	return work
}

// decodedBytes estimates what decoding takes at most if the image is cut into so many
// tiles: the file twice, as it is and stripped, and the most of what the decoder takes,
// the pixels while they are scaled, and the result while it is encoded.
func (f *File) decodedBytes(tiles int) int64 {
	file := int64(len(f.data))
	if f.mediaType != sniff.BMP {
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
		return 2*file + pixels + decoding // trimming copies the file, and may decode it again
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
	case sniff.JPEG:
		return f.jpegBytes()
	case sniff.PNG:
		if f.frame.Alpha && depth < 4 { // grey, with alpha of a transparent shade
			pixels *= 4
		}
		if f.frame.Interlaced { // its passes
			return 2*pixels + 3*row, pixels
		}
		return pixels + 3*row, pixels
	case sniff.GIF:
		if f.frame.Interlaced {
			return 2 * pixels, pixels
		}
	case sniff.WebP:
		return f.webPBytes()
	case sniff.TIFF:
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
