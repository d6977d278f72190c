package strip

import (
	"bytes"
	"math"
)

// Tags of the strips of a page.
const (
	tagStripOffsets    = 0x0111
	tagStripByteCounts = 0x0117
)

// CutTIFF returns a TIFF file of the rows that are whole in data, which is cut, and
// the size that the page should have. It works for a page in strips whose directory
// is there, as it is in files that begin with it. A single strip that is not
// compressed is padded with zeros, up to maxBytes in all.
func CutTIFF(data []byte, maxBytes int64) (shortened []byte, width, height int, err error) {
	page, _, err := tiffDirectory(data)
	if err != nil {
		return nil, 0, 0, err
	}
	length, rows := page.value(tagImageLength), page.value(tagRowsPerStrip)
	if page.has(tagTileWidth) || page.blocks() > maxBlocks || length == 0 || length > math.MaxInt32 {
		return nil, 0, 0, ErrTruncated
	}
	if rows == 0 || rows > length {
		rows = length
	}
	shortened = bytes.Clone(data)
	whole, end := page.wholeStrips()
	switch missing := int64(end) - int64(len(data)); {
	case whole > 0:
		page.data = shortened
		page.set(tagImageLength, min(uint32(whole)*rows, length))
	case rows == length && page.value(tagCompression) <= 1 && int64(end) <= maxBytes && missing > 0 && missing < int64(end)/2:
		shortened = append(shortened, make([]byte, missing)...)
	default:
		return nil, 0, 0, ErrTruncated
	}
	return shortened, int(page.value(tagImageWidth)), int(length), nil
}

// wholeStrips returns how many strips, from the first one, are in the file, and where
// the first one ends.
func (d directory) wholeStrips() (whole, firstEnd uint64) {
	for i := range d.blocks() {
		offset, ok := d.number(tagStripOffsets, i)
		count, there := d.number(tagStripByteCounts, i)
		end := uint64(offset) + uint64(count)
		if i == 0 {
			firstEnd = end
		}
		if !ok || !there || end > uint64(len(d.data)) {
			break
		}
		whole++
	}
	return whole, firstEnd
}

// set replaces the number of a field that holds it itself.
func (d directory) set(tag uint16, n uint32) {
	field := d.data[d.fields[tag]:]
	d.order.PutUint16(field[2:], 4) // LONG
	d.order.PutUint32(field[4:], 1)
	d.order.PutUint32(field[8:], n)
}
