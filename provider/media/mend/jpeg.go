package mend

import (
	"bytes"
	"context"
	"encoding/binary"
)

// Markers of ITU-T T.81, table B.1.
const (
	markerSOF0  = 0xc0
	markerSOF2  = 0xc2
	markerDHT   = 0xc4
	markerRST0  = 0xd0
	markerRST7  = 0xd7
	markerSOI   = 0xd8
	markerEOI   = 0xd9
	markerSOS   = 0xda
	markerDQT   = 0xdb
	markerDRI   = 0xdd
	markerAPP0  = 0xe0
	markerAPP15 = 0xef
)

// JPEG returns a file whose scans are whole: where one breaks off, blocks of the last
// colour follow. Of a progressive image, scans of detail that break off are left
// out, with all that refine them.
func JPEG(ctx context.Context, data []byte, maxPixels int) ([]byte, error) {
	if len(data) < 2 {
		return nil, ErrNothing
	}
	j := jpegMender{ctx: ctx, maxPixels: maxPixels, out: append(make([]byte, 0, len(data)), 0xff, markerSOI)}
	for rest, scans := data[2:], 0; scans < maxScans; {
		marker, body, after, ok := jpegSegment(rest)
		if !ok {
			break
		}
		rest = after
		end := 0
		if marker == markerSOS {
			scans++
			end = jpegScanEnd(rest)
		}
		err := j.add(marker, body, rest[:end], end == len(rest))
		if err == nil {
			rest = rest[end:]
			continue
		}
		if ctx.Err() != nil || len(j.components) == 0 || !j.components[0].seen {
			return nil, err
		}
		break // damage may look like a marker
	}
	return j.finish()
}

// maxScans is how many scans are looked at: each one may visit all pixels.
const maxScans = 100

// add appends a segment. Of a scan, data follows it, up to the end of the file if cut
// is true.
func (j *jpegMender) add(marker byte, body, data []byte, cut bool) (err error) {
	switch {
	case marker == markerSOS:
		return j.addScan(body, data, cut)
	case markerSOF0 <= marker && marker <= markerSOF2:
		err = j.startFrame(marker, body)
	case marker == markerDHT:
		err = j.addTables(body)
	case marker == markerDRI && len(body) >= 2:
		j.interval = int(binary.BigEndian.Uint16(body))
	case marker == markerDQT, markerAPP0 <= marker && marker <= markerAPP15:
	default:
		return nil
	}
	if err == nil {
		j.appendSegment(marker, body)
	}
	return err
}

// jpegSegment reads a marker and its body. It returns false at the end of the image,
// and where there is no segment.
func jpegSegment(data []byte) (marker byte, body, rest []byte, ok bool) {
	for {
		start := bytes.IndexByte(data, 0xff)
		if start < 0 || start+3 >= len(data) {
			return 0, nil, nil, false
		}
		marker, data = data[start+1], data[start+1:]
		switch {
		case marker == 0xff:
			continue
		case marker == 0, markerRST0 <= marker && marker <= markerRST7:
			continue
		case marker < markerSOF0, marker == markerEOI, marker == markerSOI:
			return 0, nil, nil, false
		}
		length := int(binary.BigEndian.Uint16(data[1:]))
		if length < 2 || length+1 > len(data) {
			return 0, nil, nil, false
		}
		return marker, data[3 : length+1], data[length+1:], true
	}
}

// jpegScanEnd returns where the entropy-coded data ends: at the next marker but a
// restart.
func jpegScanEnd(data []byte) int {
	for i := 0; ; i++ {
		next := bytes.IndexByte(data[i:], 0xff)
		if next < 0 || i+next+1 >= len(data) {
			return len(data)
		}
		i += next
		if follower := data[i+1]; follower != 0 && follower != 0xff && (follower < markerRST0 || follower > markerRST7) {
			return i
		}
	}
}

// component is one of the colours of an image.
type component struct {
	id     byte
	h, v   int // blocks in an MCU
	seen   bool
	broken bool // a scan of its detail is missing
}

// jpegMender writes the mended file while it reads the damaged one.
type jpegMender struct {
	ctx         context.Context
	maxPixels   int
	out         []byte
	progressive bool
	width       int
	height      int
	mcusAcross  int
	mcusDown    int
	components  []component
	interval    int // MCUs between restarts; 0: none
	tables      [2][4]*huffman
}

func (j *jpegMender) appendSegment(marker byte, body []byte) {
	j.out = binary.BigEndian.AppendUint16(append(j.out, 0xff, marker), uint16(len(body)+2))
	j.out = append(j.out, body...)
}

func (j *jpegMender) startFrame(marker byte, body []byte) error {
	if j.components != nil || len(body) < 6 || len(body) != 6+3*int(body[5]) {
		return ErrNothing
	}
	height, width := int(binary.BigEndian.Uint16(body[1:])), int(binary.BigEndian.Uint16(body[3:]))
	if int64(width)*int64(height) > int64(j.maxPixels) {
		return ErrTooLarge
	}
	for i := range int(body[5]) {
		c := component{id: body[6+3*i], h: int(body[7+3*i] >> 4), v: int(body[7+3*i] & 15)}
		if body[5] == 1 {
			c.h, c.v = 1, 1 // a single component is never divided
		}
		if c.h < 1 || c.h > 4 || c.v < 1 || c.v > 4 {
			return ErrNothing
		}
		if j.components = append(j.components, c); j.components[0].h < c.h || j.components[0].v < c.v {
			return ErrNothing // no decoder of Go takes it, and there would be up to 16 times as many blocks
		}
	}
	if len(j.components) == 0 || width == 0 || height == 0 {
		return ErrNothing
	}
	h, v := 8*j.components[0].h, 8*j.components[0].v
	j.progressive, j.width, j.height = marker == markerSOF2, width, height
	j.mcusAcross, j.mcusDown = (width+h-1)/h, (height+v-1)/v
	return nil
}

// finish appends the scans of colours that have none, and the end. The blocks of
// those have no coefficients, which is the middle of their range.
func (j *jpegMender) finish() ([]byte, error) {
	if len(j.components) == 0 || !j.components[0].seen {
		return nil, ErrNothing
	}
	for i, c := range j.components {
		if c.seen {
			continue
		}
		// Two tables with one code each, of one bit: no difference, and the end of the block.
		code := append(append([]byte{1}, make([]byte, 15)...), 0)
		j.appendSegment(markerDHT, append([]byte{0x00}, code...))
		j.appendSegment(markerDHT, append([]byte{0x10}, code...))
		j.appendSegment(markerDRI, []byte{0, 0})
		last := byte(63)
		if j.progressive {
			last = 0
		}
		j.appendSegment(markerSOS, []byte{1, c.id, 0, 0, last, 0})
		bits := 2 * j.mcusAcross * j.mcusDown * c.h * c.v
		j.out = append(j.out, make([]byte, bits/8+1)...)
		j.components[i].seen = true
	}
	return append(j.out, 0xff, markerEOI), nil
}
