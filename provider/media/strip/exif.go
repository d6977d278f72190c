package strip

import (
	"bytes"
	"encoding/binary"
)

// Upright is the Exif orientation of an image whose pixels are stored as they are
// to be seen.
const Upright = 1

// exifOrientation reads tag 0x0112 (Exif 2.32, 4.6.4) of the first image file
// directory, 1 to 8. Whatever cannot be read counts as [Upright]: a damaged Exif
// block does not make its image worthless.
func exifOrientation(exif []byte) int {
	// The identifier precedes the TIFF header in JPEG, is absent in PNG, and may
	// be either in WebP.
	tiff := bytes.TrimPrefix(exif, []byte("Exif\x00\x00"))
	if len(tiff) < 8 {
		return Upright
	}
	var order binary.ByteOrder
	switch string(tiff[:4]) {
	case "II*\x00":
		order = binary.LittleEndian
	case "MM\x00*":
		order = binary.BigEndian
	default:
		return Upright
	}
	offset := uint64(order.Uint32(tiff[4:]))
	if offset+2 > uint64(len(tiff)) {
		return Upright
	}
	directory := tiff[offset:]
	for entry := range int(order.Uint16(directory)) {
		const entrySize = 12
		start := 2 + entry*entrySize
		if start+entrySize > len(directory) {
			break
		}
		if field := directory[start : start+entrySize]; order.Uint16(field) == 0x0112 {
			return orientationValue(order, field)
		}
	}
	return Upright
}

func orientationValue(order binary.ByteOrder, field []byte) int {
	var value uint32
	switch order.Uint16(field[2:]) {
	case 3: // SHORT, as the standard says
		value = uint32(order.Uint16(field[8:]))
	case 4: // LONG, as some programs write it
		value = order.Uint32(field[8:])
	}
	if value < 1 || value > 8 {
		return Upright
	}
	return int(value)
}
