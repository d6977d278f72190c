package strip

import (
	"encoding/binary"
	"math"
)

// TIFFPage says how the pixels of a TIFF page are stored.
type TIFFPage struct {
	Compression   uint32
	WhiteIsZero   bool // of a fax
	LowBitsFirst  bool // of a fax
	Tiled         bool
	RowBytes      int64 // of a strip or tile, unpacked
	Width, Height int   // of the page
	Blocks        []TIFFBlock
}

// TIFFBlock is a strip or a tile: where it is in the file, and its size in pixels.
type TIFFBlock struct {
	Offset, Length int64
	Width, Rows    int
}

// Tags that [TIFFPage.Unpacked] reads besides those of [TIFF].
const (
	tagBitsPerSample  = 0x0102
	tagFillOrder      = 0x010a
	tagTileOffsets    = 0x0144
	tagTileByteCounts = 0x0145
)

// ReadTIFFPage reads where the pixels of the first page are.
func ReadTIFFPage(data []byte) (TIFFPage, error) {
	d, _, err := tiffDirectory(data)
	if err != nil {
		return TIFFPage{}, err
	}
	width, height := d.value(tagImageWidth), d.value(tagImageLength)
	p := TIFFPage{
		Compression: d.value(tagCompression), WhiteIsZero: d.value(tagPhotometric) == 0, LowBitsFirst: d.value(tagFillOrder) == 2,
		Width: int(width), Height: int(height),
	}
	columns, rows, offsets, lengths := width, d.value(tagRowsPerStrip), uint16(tagStripOffsets), uint16(tagStripByteCounts)
	if d.value(tagTileWidth) != 0 {
		p.Tiled = true
		columns, rows, offsets, lengths = d.value(tagTileWidth), d.value(tagTileLength), tagTileOffsets, tagTileByteCounts
	} else if rows == 0 || rows > height {
		rows = height
	}
	if min(width, height, columns, rows) == 0 || max(width, height, columns, rows) > math.MaxInt32 || d.blocks() > maxBlocks {
		return TIFFPage{}, ErrMalformed
	}
	p.RowBytes = d.rowBytes(columns)
	for i := range d.blocks() {
		offset, there := d.number(offsets, i)
		length, ok := d.number(lengths, i)
		if !there || !ok {
			return TIFFPage{}, ErrMalformed
		}
		block := TIFFBlock{int64(offset), int64(length), int(columns), int(rows)}
		if !p.Tiled {
			block.Rows = min(block.Rows, p.Height-int(i)*int(rows))
		}
		p.Blocks = append(p.Blocks, block)
	}
	return p, nil
}

// rowBytes returns how many bytes so many pixels have, unpacked.
func (d directory) rowBytes(pixels uint32) int64 {
	samples := int64(1)
	if field, ok := d.fields[tagBitsPerSample]; ok {
		samples = int64(min(max(d.order.Uint32(d.data[field+4:]), 1), 16))
	}
	return (int64(pixels)*samples*int64(min(max(d.value(tagBitsPerSample), 1), 16)) + 7) / 8
}

// Unpacked returns data, the file of the page, with another directory: the pixels begin
// at its end, not compressed. Those of strips are one after the other, in strips of at
// most bandBytes or one row; those of tiles, tile by tile. It returns false if the
// directory is not one that a decoder takes.
func (p TIFFPage) Unpacked(data []byte, bandBytes int64) (header []byte, ok bool) {
	d, _, err := tiffDirectory(data)
	if err != nil {
		return nil, false
	}
	rows, count := p.Blocks[0].Rows, len(p.Blocks)
	if !p.Tiled {
		rows = int(min(max(1, bandBytes/p.RowBytes), int64(p.Height)))
		count = (p.Height + rows - 1) / rows
	}
	entries, ok := d.entries()
	if !ok {
		return nil, false
	}
	length, lists := len(data), 8*count
	directoryAt := length + lists
	start := int64(directoryAt + 2 + tiffFieldSize*(len(entries)+1) + 4)
	if start+int64(count)*int64(rows)*p.RowBytes > math.MaxUint32 {
		return nil, false
	}
	header = append(make([]byte, 0, start), data...)
	order := d.order
	for i := range count {
		header = order.AppendUint32(header, uint32(start+int64(i)*int64(rows)*p.RowBytes))
	}
	for i := range count {
		last := rows
		if !p.Tiled {
			last = min(rows, p.Height-i*rows)
		}
		header = order.AppendUint32(header, uint32(int64(last)*p.RowBytes))
	}
	list := func(tag uint16, at int) []byte {
		value := uint32(at)
		if count == 1 {
			value = d.order.Uint32(header[at:])
		}
		return tiffField(order, tag, uint32(count), value)
	}
	changed := map[uint16][]byte{tagCompression: tiffField(order, tagCompression, 1, 1)}
	if p.Tiled {
		changed[tagTileOffsets], changed[tagTileByteCounts] = list(tagTileOffsets, length), list(tagTileByteCounts, length+4*count)
	} else {
		changed[tagStripOffsets], changed[tagStripByteCounts] = list(tagStripOffsets, length), list(tagStripByteCounts, length+4*count)
		changed[tagRowsPerStrip] = tiffField(order, tagRowsPerStrip, 1, uint32(rows))
		if !d.has(tagRowsPerStrip) {
			entries = insertEntry(order, entries, changed[tagRowsPerStrip])
		}
	}
	header = order.AppendUint16(header, uint16(len(entries)))
	for _, entry := range entries {
		if other, ok := changed[order.Uint16(entry)]; ok {
			entry = other
		}
		header = append(header, entry...)
	}
	header = header[:start] // zeros: no further directory
	d.order.PutUint32(header[4:], uint32(directoryAt))
	return header, true
}

// entries returns the fields of the directory, which are in ascending order.
func (d directory) entries() (entries [][]byte, ok bool) {
	offset := int(d.order.Uint32(d.data[4:]))
	before := -1
	for i := range int(d.order.Uint16(d.data[offset:])) {
		entry := d.data[offset+2+i*tiffFieldSize:][:tiffFieldSize]
		tag := int(d.order.Uint16(entry))
		if tag <= before {
			return nil, false
		}
		before = tag
		entries = append(entries, entry)
	}
	return entries, true
}

// insertEntry inserts a field in its place.
func insertEntry(order byteOrder, entries [][]byte, field []byte) [][]byte {
	i := 0
	for i < len(entries) && order.Uint16(entries[i]) < order.Uint16(field) {
		i++
	}
	return append(entries[:i:i], append([][]byte{field}, entries[i:]...)...)
}

// byteOrder is that of a file, which is read and written.
type byteOrder interface {
	binary.ByteOrder
	binary.AppendByteOrder
}

// tiffField returns a field of LONGs.
func tiffField(order byteOrder, tag uint16, count, value uint32) []byte {
	const long = 4
	field := order.AppendUint16(order.AppendUint16(nil, tag), long)
	return order.AppendUint32(order.AppendUint32(field, count), value)
}
