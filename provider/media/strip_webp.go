package media

import "encoding/binary"

// The flags of a VP8X chunk (RFC 9649, 2.7.1).
const (
	webpAnimation = 1 << 1
	webpAlpha     = 1 << 4
)

// stripWebP builds a file of the first frame alone. golang.org/x/image/webp
// does not decode the container of an animation; a frame that is taken out of it
// is an ordinary still.
func stripWebP(data []byte) (still, error) {
	var w webpReader
	// What follows the frame is metadata or further frames: a file that is cut
	// there still has its picture.
	err := webpChunks(data[12:], w.take)
	switch {
	case w.frame.coded():
		return w.still(), nil
	case err == nil:
		err = errTruncated
	}
	return still{}, err
}

// webpReader collects what the chunks of a file tell.
type webpReader struct {
	canvasWidth, canvasHeight int // 0 in a file without VP8X
	animation                 bool
	frames                    int
	orientation               int

	frame         webpFrame
	x, y          int // of the first frame of an animation
	width, height int
}

func (w *webpReader) take(id string, body []byte) error {
	switch {
	case id == "VP8X":
		if len(body) < 10 {
			return errMalformed
		}
		w.animation = body[0]&webpAnimation != 0
		w.canvasWidth, w.canvasHeight = uint24(body[4:])+1, uint24(body[7:])+1
		w.width, w.height = w.canvasWidth, w.canvasHeight
	case id == "EXIF":
		w.orientation = exifOrientation(body)
	case id == "ANMF" && w.animation:
		if w.frames++; w.frames == 1 {
			return w.takeFirstFrame(body)
		}
	case !w.animation:
		return w.frame.take(id, body)
	}
	return nil
}

// takeFirstFrame reads an ANMF chunk: offsets in units of two pixels, the
// frame's size, then the chunks of a still.
func (w *webpReader) takeFirstFrame(body []byte) error {
	const header = 16
	if len(body) < header {
		return errMalformed
	}
	w.x, w.y = 2*uint24(body), 2*uint24(body[3:])
	w.width, w.height = uint24(body[6:])+1, uint24(body[9:])+1
	if w.x+w.width > w.canvasWidth || w.y+w.height > w.canvasHeight {
		return errMalformed
	}
	return webpChunks(body[header:], w.frame.take)
}

func (w *webpReader) still() still {
	s := still{
		data:        w.frame.file(w.width, w.height),
		orientation: max(w.orientation, upright),
		animated:    w.frames > 1,
		lossless:    w.frame.lossless != nil,
	}
	if w.width != w.canvasWidth || w.height != w.canvasHeight {
		s.place = &place{w.x, w.y, w.canvasWidth, w.canvasHeight}
	}
	return s
}

// webpFrame is the coded picture: lossy with an optional plane of alpha, or
// lossless.
type webpFrame struct{ alpha, lossy, lossless []byte }

func (f *webpFrame) coded() bool { return f.lossy != nil || f.lossless != nil }

func (f *webpFrame) take(id string, body []byte) error {
	switch {
	case f.coded():
	case id == "ALPH":
		f.alpha = body
	case id == "VP8 ":
		f.lossy = body
	case id == "VP8L":
		f.lossless = body
	}
	return nil
}

// file gives the frame as a WebP file. Only alpha needs the extended form.
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

// webpChunks calls take for each chunk of data until there is an error or a
// chunk that is cut off.
func webpChunks(data []byte, take func(id string, body []byte) error) error {
	const header = 8
	for len(data) >= header {
		id, length := string(data[:4]), uint64(binary.LittleEndian.Uint32(data[4:]))
		data = data[header:]
		if length > uint64(len(data)) {
			return errTruncated
		}
		if err := take(id, data[:length]); err != nil {
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
