package media

import (
	"encoding/binary"
)

// stripPNG keeps the chunks without which the pixels cannot be decoded. Any
// other may carry text: tEXt, zTXt, iTXt, eXIf, tIME, the name in an iCCP, or
// one that is private to a program. The frames of an animated PNG are ancillary
// chunks, so that the still image that it has for other programs remains.
func stripPNG(data []byte) (still, error) {
	const signature, overhead = 8, 12 // a chunk's length, type and CRC
	s := still{data: make([]byte, 0, len(data)), orientation: upright, lossless: true}
	s.data = append(s.data, data[:signature]...)
	for rest := data[signature:]; ; {
		if len(rest) < overhead {
			return still{}, errTruncated
		}
		length := uint64(binary.BigEndian.Uint32(rest)) + overhead
		if length > uint64(len(rest)) {
			return still{}, errTruncated
		}
		chunk := rest[:length]
		rest = rest[length:]
		body := chunk[8 : length-4]
		switch string(chunk[4:8]) {
		case "IHDR", "PLTE", "tRNS", "IDAT":
			s.data = append(s.data, chunk...)
		case "IEND":
			s.data = append(s.data, chunk...)
			return s, nil
		case "eXIf":
			s.orientation = exifOrientation(body)
		case "acTL":
			s.animated = len(body) >= 4 && binary.BigEndian.Uint32(body) > 1
		}
	}
}
