package strip

import "encoding/binary"

// The flags of a VP8X chunk (RFC 9649, 2.7.1).
const (
	webpAnimation = 1 << 1
	webpAlpha     = 1 << 4
)

// WebP builds a file of the first frame alone: golang.org/x/image/webp does not
// decode animations, but a frame taken out of one is an ordinary still image.
func WebP(data []byte) (Frame, error) {
	const header = 12
	if len(data) < header {
		return Frame{}, ErrTruncated
	}
	var w webpReader
	// The frame is followed by metadata and further frames only: a file that is cut
	// there still holds its image.
	err := webpChunks(data[header:], w.addChunk)
	switch {
	case w.frame.hasPixels():
		return w.firstFrame(), nil
	case err == nil:
		err = ErrTruncated
	}
	return Frame{}, err
}

// webpReader collects the chunks of a file.
type webpReader struct {
	canvasWidth, canvasHeight int // 0 in a file without VP8X
	animation                 bool
	frames                    int
	orientation               int

	frame         webpFrame
	x, y          int // of the first frame of an animation
	width, height int
}

func (w *webpReader) addChunk(id string, body []byte) error {
	switch {
	case id == "VP8X":
		if len(body) < 10 {
			return ErrMalformed
		}
		w.animation = body[0]&webpAnimation != 0
		w.canvasWidth, w.canvasHeight = uint24(body[4:])+1, uint24(body[7:])+1
		w.width, w.height = w.canvasWidth, w.canvasHeight
	case id == "EXIF":
		w.orientation = exifOrientation(body)
	case id == "ANMF" && w.animation:
		if w.frames++; w.frames == 1 {
			return w.addFirstFrame(body)
		}
	case !w.animation:
		return w.frame.addChunk(id, body)
	}
	return nil
}

// addFirstFrame reads an ANMF chunk: offsets in units of two pixels, the size of
// the frame, then the chunks of a still image.
func (w *webpReader) addFirstFrame(body []byte) error {
	const header = 16
	if len(body) < header {
		return ErrMalformed
	}
	w.x, w.y = 2*uint24(body), 2*uint24(body[3:])
	w.width, w.height = uint24(body[6:])+1, uint24(body[9:])+1
	if w.x+w.width > w.canvasWidth || w.y+w.height > w.canvasHeight {
		return ErrMalformed
	}
	return webpChunks(body[header:], w.frame.addChunk)
}

func (w *webpReader) firstFrame() Frame {
	f := Frame{
		Data:        w.frame.file(w.width, w.height),
		Orientation: max(w.orientation, Upright),
		Animated:    w.frames > 1,
		Lossless:    w.frame.lossless != nil,
		Alpha:       w.frame.alpha != nil,
	}
	if w.width != w.canvasWidth || w.height != w.canvasHeight {
		f.Placement = &Placement{w.x, w.y, w.canvasWidth, w.canvasHeight}
	}
	return f
}

// webpFrame is a coded image: lossy with an optional alpha plane, or lossless.
type webpFrame struct{ alpha, lossy, lossless []byte }

func (f *webpFrame) hasPixels() bool { return f.lossy != nil || f.lossless != nil }

func (f *webpFrame) addChunk(id string, body []byte) error {
	switch {
	case f.hasPixels():
	case id == "ALPH":
		f.alpha = body
	case id == "VP8 ":
		f.lossy = body
	case id == "VP8L":
		f.lossless = body
	}
	return nil
}

// file returns the frame as a WebP file. Only alpha needs the extended format.
func (f *webpFrame) file(width, height int) []byte {
	data := []byte("RIFF\x00\x00\x00\x00WEBP")
	switch {
	case f.lossless != nil:
		data = appendWebPChunk(data, "VP8L", f.lossless)
	case f.alpha != nil && width > 0:
		extended := append([]byte{webpAlpha, 0, 0, 0}, appendUint24(appendUint24(nil, width-1), height-1)...)
		data = appendWebPChunk(data, "VP8X", extended)
		data = appendWebPChunk(data, "ALPH", f.alpha)
		data = appendWebPChunk(data, "VP8 ", f.lossy)
	default:
		data = appendWebPChunk(data, "VP8 ", f.lossy)
	}
	binary.LittleEndian.PutUint32(data[4:], uint32(len(data)-8))
	return data
}

// webpChunks calls add for each chunk of data. It stops at an error or at a chunk
// that is cut off.
func webpChunks(data []byte, add func(id string, body []byte) error) error {
	const header = 8
	for len(data) >= header {
		id, length := string(data[:4]), uint64(binary.LittleEndian.Uint32(data[4:]))
		data = data[header:]
		if length > uint64(len(data)) {
			return ErrTruncated
		}
		if err := add(id, data[:length]); err != nil {
			return err
		}
		data = data[min(length+length&1, uint64(len(data))):] // chunks are padded to even lengths
	}
	return nil
}

func appendWebPChunk(data []byte, id string, body []byte) []byte {
	data = append(data, id...)
	data = binary.LittleEndian.AppendUint32(data, uint32(len(body)))
	data = append(data, body...)
	if len(body)&1 == 1 {
		data = append(data, 0)
	}
	return data
}

func uint24(b []byte) int { return int(b[0]) | int(b[1])<<8 | int(b[2])<<16 }

func appendUint24(b []byte, n int) []byte { return append(b, byte(n), byte(n>>8), byte(n>>16)) }
