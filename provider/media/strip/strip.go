// Package strip takes image files apart without decoding pixels: it keeps one
// frame, in the file's own coding, and drops everything else. Its functions are
// pure, and safe on any data. What each format keeps:
//
//   - PNG: the header, the palette, the transparent colours, and the pixels' chunks.
//   - JPEG: the frame, its scans, the tables that they use, and which kind of colours
//     it has. Bytes between segments go.
//   - GIF: the screen, the first image, and which colour is transparent.
//   - WebP: the chunks of pixels and of alpha of the first frame.
//   - TIFF and BMP: everything. Their pixels are always encoded again, as PNG.
//
// That the data of the pixels has nothing else in it shows only when they were decoded:
// [TrimPNG], [TrimGIF] and [TrimWebP], and TrimJPEG of package mend, then remove bytes
// after the end of the compressed pixels, and make the colours of a palette zero that no
// pixel has. What stays is the coding of the pixels themselves: how a compressor divides
// them, codes of a table in use that stand for no pixel, and the bits that complete a byte.
// Where the partitions of a lossy WebP end only its decoder knows: one with more than a
// few bytes behind the first or the last of them is encoded again, and those between
// stay as they are.
package strip

import "errors"

// Frame is the first frame of an image file, without metadata.
type Frame struct {
	// Data is a complete file of the same format that holds the frame and what is
	// needed to decode it. Exif with its location, XMP, IPTC, comments, text,
	// thumbnails, colour profiles, further frames, and whatever follows the end of the
	// image, such as the video of a motion photo, are gone. Of TIFF and BMP it is the
	// whole file, which must not be sent (see Recode), and of the others it may have
	// bytes behind the compressed pixels until it is trimmed.
	// Profiles go because Go's encoders cannot write them: the look of an image
	// would depend on whether it was scaled.
	Data        []byte
	Orientation int        // of Exif, 1 to 8
	Animated    bool       // the file has further frames
	Lossless    bool       // changed pixels are to be encoded without loss, too
	Recode      bool       // Data must not be sent as it is: no model takes the format, or its depth
	Negative    bool       // Go's decoder confuses black and white
	Placement   *Placement // nil: the frame is the whole image

	// What else decoding the frame takes depends on.
	Scans       int     // how often a decoder goes through the pixels of a JPEG: once for each scan, if it is progressive
	Progressive bool    // a JPEG: all its coefficients are in memory
	Samples     float64 // of a JPEG, for each pixel
	Interlaced  bool    // a PNG or GIF
	Alpha       bool    // a PNG's transparent colour, or a WebP's alpha plane
	Cropped     bool    // a GIF whose frame is smaller than its screen
	TileBytes   int64   // of a TIFF in tiles
}

// Placement says where on its canvas a frame of an animation lies, in pixels.
type Placement struct{ X, Y, CanvasWidth, CanvasHeight int }

// The errors of every format. They concern the structure of a file only: whether
// the pixels are intact shows when the frame is decoded.
var (
	ErrTruncated = errors.New("the data ends too early")
	ErrMalformed = errors.New("the data is malformed")
	ErrTooMuch   = errors.New("decoding it takes too much work")
)
