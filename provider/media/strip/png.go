package strip

import "encoding/binary"

// PNG keeps the chunks without which the pixels cannot be decoded. Any other may
// carry text: tEXt, zTXt, iTXt, eXIf, tIME, the name in an iCCP, or a program's
// private one. The frames of an animated PNG are in ancillary chunks, so that its
// still image for other programs remains. One of 16 bits is encoded again: engines
// that convert it to 8 bits clip the values instead of scaling them.
func PNG(data []byte) (Frame, error) {
	const signature, overhead = 8, 12 // a chunk's length, type and CRC
	if len(data) < signature {
		return Frame{}, ErrTruncated
	}
	f := Frame{Data: make([]byte, 0, len(data)), Orientation: Upright, Lossless: true}
	f.Data = append(f.Data, data[:signature]...)
	for rest := data[signature:]; ; {
		if len(rest) < overhead {
			return Frame{}, ErrTruncated
		}
		length := uint64(binary.BigEndian.Uint32(rest)) + overhead
		if length > uint64(len(rest)) {
			return Frame{}, ErrTruncated
		}
		chunk := rest[:length]
		rest = rest[length:]
		body := chunk[8 : length-4]
		switch string(chunk[4:8]) {
		case "IHDR":
			const depth, interlace = 8, 12 // after the width and the height
			f.Recode = len(body) > depth && body[depth] > 8
			f.Interlaced = len(body) > interlace && body[interlace] != 0
			f.Data = append(f.Data, chunk...)
		case "PLTE", "tRNS", "IDAT":
			f.Alpha = f.Alpha || string(chunk[4:8]) == "tRNS"
			f.Data = append(f.Data, chunk...)
		case "IEND":
			f.Data = append(f.Data, chunk...)
			return f, nil
		case "eXIf":
			f.Orientation = exifOrientation(body)
		case "acTL":
			f.Animated = len(body) >= 4 && binary.BigEndian.Uint32(body) > 1
		}
	}
}
