// Package strip takes image files apart without decoding pixels: it keeps one
// frame, in the file's own coding, and drops everything else. Its functions are
// pure, and safe on any data.
package strip

import "errors"

// Frame is the first frame of an image file, without metadata.
type Frame struct {
	// Data is a complete file of the same format that holds the frame and what is
	// needed to decode it. Every other byte is gone: Exif with its location, XMP,
	// IPTC, comments, text, thumbnails, colour profiles, further frames, and
	// whatever follows the end of the image, such as the video of a motion photo.
	// Profiles go because Go's encoders cannot write them: the look of an image
	// would depend on whether it was scaled.
	Data        []byte
	Orientation int        // of Exif, 1 to 8
	Animated    bool       // the file has further frames
	Lossless    bool       // changed pixels are to be encoded without loss, too
	Recode      bool       // Data must not be sent as it is: no model takes the format, or its depth
	Negative    bool       // Go's decoder confuses black and white
	Scans       int        // of a progressive JPEG, each of which a decoder applies to all pixels
	Placement   *Placement // nil: the frame is the whole image
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
