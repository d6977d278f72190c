package strip

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// Tags of TIFF 6.0, and of DNG 1.7.
const (
	tagNewSubfileType  = 0x00fe
	tagImageWidth      = 0x0100
	tagImageLength     = 0x0101
	tagCompression     = 0x0103
	tagPhotometric     = 0x0106
	tagOrientation     = 0x0112
	tagSamplesPerPixel = 0x0115
	tagRowsPerStrip    = 0x0116
	tagPlanar          = 0x011c
	tagTileWidth       = 0x0142
	tagTileLength      = 0x0143
	tagSubIFDs         = 0x014a
	tagDNGVersion      = 0xc612
)

// maxBlocks is how many strips or tiles a page may have: each one costs a decoder as
// much as thousands of pixels. A scan has a strip for every few rows.
const maxBlocks = 100_000

// maxTileArea is how many pixels the tiles of a page may have together. Those on the
// edge reach beyond the page, and all may be the same few compressed bytes: an image
// of one column would have a thousand times as many.
const maxTileArea = 100_000_000

// maxPages bounds how many directories are looked at.
const maxPages = 64

// ErrCameraRaw is the error for a TIFF file whose image only a raw converter can
// develop: what a decoder would find in it is a thumbnail.
var ErrCameraRaw = errors.New("it is a camera raw image")

var (
	errTooManyBlocks = fmt.Errorf("%w: it has more strips or tiles than any program writes", ErrTooMuch)
	errPlanar        = errors.New("its colours are in separate planes")
)

// TIFF reads the first page's directory. A TIFF file is not taken apart: the service
// does not take the format, so that only the pixels leave this program.
func TIFF(data []byte) (Frame, error) {
	first, next, err := tiffDirectory(data)
	switch {
	case err != nil:
		return Frame{}, err
	case first.has(tagDNGVersion), first.value(tagNewSubfileType)&1 != 0 && first.has(tagSubIFDs):
		return Frame{}, ErrCameraRaw
	case first.value(tagPlanar) == 2 && first.value(tagSamplesPerPixel) > 1:
		return Frame{}, errPlanar
	case first.blocks() > maxBlocks, first.tileArea() > maxTileArea:
		return Frame{}, errTooManyBlocks
	}
	f := Frame{Data: append([]byte(nil), data...), Orientation: Upright, Lossless: true, Recode: true}
	f.TileBytes = first.rowBytes(first.value(tagTileWidth)) * int64(first.value(tagTileLength))
	if field, ok := first.fields[tagOrientation]; ok {
		f.Orientation = orientationValue(first.order, data[field:field+tiffFieldSize])
		f.clearOrientation(first.order, field)
	}
	// Faxes have white runs and black ones. Where black is zero, they count as the
	// other one, as libtiff and all that use it have it.
	const group3, group4, blackIsZero = 3, 4, 1
	fax := first.value(tagCompression)
	f.Negative = (fax == group3 || fax == group4) && first.value(tagPhotometric) == blackIsZero
	for range maxPages {
		var page directory
		if page, next, err = readDirectory(data, first.order, next); err != nil {
			break
		}
		if page.value(tagNewSubfileType)&1 == 0 { // otherwise it is a thumbnail
			f.Animated = true
			break
		}
	}
	return f, nil
}

// clearOrientation makes the orientation of a copied field upright.
func (f Frame) clearOrientation(order binary.ByteOrder, field int) {
	value := f.Data[field : field+tiffFieldSize]
	order.PutUint16(value[2:], 3) // SHORT
	order.PutUint32(value[4:], 1)
	order.PutUint32(value[8:], 0)
	order.PutUint16(value[8:], Upright)
}

const tiffFieldSize = 12

// directory is an image file directory: where its fields are in the file.
type directory struct {
	data   []byte
	order  byteOrder
	fields map[uint16]int
}

// tiffDirectory reads the header and the first directory.
func tiffDirectory(data []byte) (first directory, next uint32, err error) {
	if len(data) < 8 {
		return directory{}, 0, ErrTruncated
	}
	var order byteOrder
	switch string(data[:4]) {
	case "II*\x00":
		order = binary.LittleEndian
	case "MM\x00*":
		order = binary.BigEndian
	default:
		return directory{}, 0, ErrMalformed
	}
	return readDirectory(data, order, order.Uint32(data[4:]))
}

// readDirectory reads the directory at offset and returns the offset of the next one.
func readDirectory(data []byte, order byteOrder, offset uint32) (d directory, next uint32, err error) {
	switch {
	case offset < 8:
		return directory{}, 0, ErrMalformed
	case uint64(offset)+2 > uint64(len(data)):
		return directory{}, 0, ErrTruncated
	}
	start := int(offset) + 2
	end := start + int(order.Uint16(data[offset:]))*tiffFieldSize
	if end > len(data) {
		return directory{}, 0, ErrTruncated
	}
	d = directory{data, order, make(map[uint16]int)}
	for field := start; field < end; field += tiffFieldSize {
		d.fields[order.Uint16(data[field:])] = field
	}
	if end+4 <= len(data) {
		next = order.Uint32(data[end:])
	}
	return d, next, nil
}

func (d directory) has(tag uint16) bool {
	_, ok := d.fields[tag]
	return ok
}

// value returns the first number of a field, or 0.
func (d directory) value(tag uint16) uint32 {
	n, _ := d.number(tag, 0)
	return n
}

// number returns a number of a field, which holds them itself or says where they are.
func (d directory) number(tag uint16, i uint64) (n uint32, ok bool) {
	field, ok := d.fields[tag]
	if !ok {
		return 0, false
	}
	kind, count := d.order.Uint16(d.data[field+2:]), uint64(d.order.Uint32(d.data[field+4:]))
	length := map[uint16]uint64{1: 1, 3: 2, 4: 4}[kind] // BYTE, SHORT, LONG
	at := uint64(field + 8)
	if count*length > 4 {
		at = uint64(d.order.Uint32(d.data[field+8:]))
	}
	if at += i * length; i >= count || at+length > uint64(len(d.data)) {
		return 0, false
	}
	switch length {
	case 1:
		return uint32(d.data[at]), true
	case 2:
		return uint32(d.order.Uint16(d.data[at:])), true
	case 4:
		return d.order.Uint32(d.data[at:]), true
	}
	return 0, false
}

// blocks returns how many strips or tiles the page is divided into.
func (d directory) blocks() uint64 {
	width, length := uint64(d.value(tagImageWidth)), uint64(d.value(tagImageLength))
	if across, down := uint64(d.value(tagTileWidth)), uint64(d.value(tagTileLength)); across > 0 && down > 0 {
		return ((width + across - 1) / across) * ((length + down - 1) / down)
	}
	rows := uint64(d.value(tagRowsPerStrip))
	if rows == 0 {
		return 1
	}
	return (length + rows - 1) / rows
}

// tileArea returns how many pixels the tiles of the page have together, or more than
// [maxTileArea].
func (d directory) tileArea() uint64 {
	across, down := uint64(d.value(tagTileWidth)), uint64(d.value(tagTileLength))
	if across > maxTileArea || across*down > maxTileArea {
		return maxTileArea + 1
	}
	return d.blocks() * across * down
}
