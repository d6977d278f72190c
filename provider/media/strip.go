package media

import "errors"

// still is what a file holds of a picture that is looked at: one frame without
// metadata, in the file's own coding.
type still struct {
	// data is a complete file of the same type that holds the frame and what is
	// needed to decode it. Every other byte is gone: Exif with its location, XMP,
	// IPTC, comments, text, thumbnails, colour profiles, further frames, and
	// whatever follows the picture's end, such as the video of a motion photo.
	// A profile goes because the encoders here cannot write one: a picture would
	// change its look depending on whether it was scaled.
	data        []byte
	orientation int    // of Exif, 1 to 8
	animated    bool   // there are further frames
	lossless    bool   // to be encoded as PNG when it is changed
	place       *place // nil: the frame is the whole picture
}

// place says where on the canvas a frame of an animation lies.
type place struct{ x, y, canvasWidth, canvasHeight int }

var (
	errTruncated = errors.New("the data ends too early")
	errMalformed = errors.New("the data is malformed")
)

// strip takes a file apart. It follows the file's structure only: whether the
// pixels are sound shows when the still is decoded.
func strip(mediaType string, data []byte) (still, error) {
	switch mediaType {
	case typePNG:
		return stripPNG(data)
	case typeJPEG:
		return stripJPEG(data)
	case typeGIF:
		return stripGIF(data)
	case typeWebP:
		return stripWebP(data)
	}
	return still{}, errMalformed
}
