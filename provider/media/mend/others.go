package mend

import (
	"bytes"
	"encoding/binary"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/media/strip"
)

// WebP pads the chunk that is cut with zeros, up to maxBytes in all. To the decoders
// of both codings zeros mean that nothing more follows, or the likeliest symbol.
func WebP(data []byte, maxBytes int64) ([]byte, error) {
	const header, chunkHeader = 12, 8
	for at := uint64(header); at+chunkHeader <= uint64(len(data)); {
		id, length := string(data[at:at+4]), uint64(binary.LittleEndian.Uint32(data[at+4:]))
		body := at + chunkHeader
		end := body + length + length&1
		if end <= uint64(len(data)) {
			at = end
			continue
		}
		const least = 32 // bytes: the headers of a frame, and some of it
		switch missing := end - uint64(len(data)); {
		case id != "VP8 " && id != "VP8L" && id != "ANMF", uint64(len(data))-body < least:
			return nil, ErrNothing
		case end > uint64(maxBytes):
			return nil, ErrTooLarge
		case id == "ANMF":
			return padANMF(append(bytes.Clone(data), make([]byte, missing)...), body)
		default:
			return append(bytes.Clone(data), make([]byte, missing)...), nil
		}
	}
	return nil, ErrNothing
}

// padANMF checks that the frame of an animation whose end was padded has a chunk of
// pixels in it.
func padANMF(data []byte, body uint64) ([]byte, error) {
	const frameHeader = 16
	if at := body + frameHeader; at+4 <= uint64(len(data)) {
		switch string(data[at : at+4]) {
		case "VP8 ", "VP8L", "ALPH":
			return data, nil
		}
	}
	return nil, ErrNothing
}

// BMP pads the rows with white, or with the first colour of the palette, up to maxBytes
// in all.
func BMP(data []byte, maxPixels int, maxBytes int64) ([]byte, error) {
	start, row, rows := strip.BMPRows(data)
	switch {
	case row == 0, start+row > uint64(len(data)):
		return nil, ErrNothing
	case rows > uint64(maxPixels), row*rows > 4*uint64(maxPixels)+4*rows, start+row*rows > uint64(maxBytes):
		return nil, ErrTooLarge
	}
	fill := endless(0xff)
	if depth := binary.LittleEndian.Uint16(data[28:]); depth <= 8 {
		fill = 0
	}
	mended := make([]byte, max(start+row*rows, uint64(len(data))))
	_, _ = fill.Read(mended[copy(mended, data):])
	return mended, nil
}
