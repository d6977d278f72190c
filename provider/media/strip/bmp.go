package strip

import "encoding/binary"

// The fields of a BMP file that say how long it is: the offset of the pixels in the
// file header, and of BITMAPINFOHEADER the size and the bits of a pixel.
const (
	bmpPixels      = 10
	bmpInfo        = 14
	bmpWidth       = 18
	bmpHeight      = 22
	bmpDepth       = 28
	bmpCompression = 30
	bmpHeaderEnd   = 54
)

// BMP checks that all pixels are there. As in [TIFF], nothing is taken apart.
func BMP(data []byte) (Frame, error) {
	f := Frame{Data: data, Orientation: Upright, Lossless: true, Recode: true}
	if len(data) < bmpHeaderEnd {
		return Frame{}, ErrTruncated
	}
	if start, row, rows := BMPRows(data); row > 0 && start+row*rows > uint64(len(data)) {
		return Frame{}, ErrTruncated
	}
	return f, nil
}

// BMPRows returns where the pixels of an uncompressed BMP file start, how many bytes
// a row has, and how many rows there are. It returns zeros for any other one.
func BMPRows(data []byte) (start, row, rows uint64) {
	if len(data) < bmpHeaderEnd || binary.LittleEndian.Uint32(data[bmpInfo:]) < 40 {
		return 0, 0, 0
	}
	width := int32(binary.LittleEndian.Uint32(data[bmpWidth:]))
	height := int64(int32(binary.LittleEndian.Uint32(data[bmpHeight:])))
	compression := binary.LittleEndian.Uint32(data[bmpCompression:])
	depth := uint64(binary.LittleEndian.Uint16(data[bmpDepth:]))
	if width <= 0 || depth > 32 || compression != 0 && compression != 3 {
		return 0, 0, 0
	}
	bits := uint64(width) * depth
	return uint64(binary.LittleEndian.Uint32(data[bmpPixels:])), (bits + 31) / 32 * 4, uint64(max(height, -height))
}
