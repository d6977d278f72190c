package strip

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"slices"
)

// Markers of ITU-T T.81, table B.1.
const (
	markerSOF0  = 0xc0 // baseline
	markerSOF2  = 0xc2 // progressive
	markerDHT   = 0xc4
	markerRST0  = 0xd0
	markerRST7  = 0xd7
	markerSOI   = 0xd8
	markerEOI   = 0xd9
	markerSOS   = 0xda
	markerDQT   = 0xdb
	markerDRI   = 0xdd
	markerAPP0  = 0xe0
	markerAPP1  = 0xe1
	markerAPP14 = 0xee
	markerAPP15 = 0xef
	markerCOM   = 0xfe
)

// maxScans bounds the work that a progressive image can cause: a scan of a few
// bytes may visit every block of 50 megapixels, so that a file of 20 MB would keep
// a processor busy for hours. Encoders write about ten.
const maxScans = 100

var errTooManyScans = fmt.Errorf("%w: it has more scans than any encoder writes", ErrTooMuch)

// JPEG keeps the frame, the scans, and the tables that a scan uses. Of the application
// segments it keeps what a decoder needs for the colours, in two segments of fixed
// content but for the kind of colours.
func JPEG(data []byte) (Frame, error) {
	const signature = 2
	if len(data) < signature {
		return Frame{}, ErrTruncated
	}
	j := jpegStripper{out: append(make([]byte, 0, len(data)), 0xff, markerSOI), orientation: Upright}
	for rest := data[signature:]; ; {
		marker, body, after, err := nextSegment(rest)
		if err != nil {
			return Frame{}, err
		}
		rest = after
		switch marker {
		case markerEOI:
			return j.finish(), nil
		case markerSOS:
			if j.scans++; j.scans > maxScans {
				return Frame{}, errTooManyScans
			}
			end := scanEnd(rest)
			j.addScan(body, rest[:end])
			rest = rest[end:]
		default:
			j.addSegment(marker, body)
		}
	}
}

// jpegStripper writes the stripped file while it reads the original one.
type jpegStripper struct {
	out         []byte
	orientation int
	oriented    bool
	jfif, adobe bool

	progressive bool
	components  []jpegComponent
	scans       int
	interval    []byte       // of restarts, in units of a scan; nil: already written
	quantizers  [4][]byte    // tables that are not written yet, with the byte that names them
	huffman     [2][4][]byte // likewise, of DC and of AC
}

type jpegComponent struct {
	id, sampling, quantizer byte
	scans                   int
}

func (c jpegComponent) blocks() float64 { return float64(c.sampling>>4) * float64(c.sampling&15) }

func (j *jpegStripper) addSegment(marker byte, body []byte) {
	switch {
	case marker == markerAPP1 && !j.oriented && bytes.HasPrefix(body, []byte("Exif\x00")):
		j.orientation, j.oriented = exifOrientation(body), true
	case marker == markerAPP0 || marker == markerAPP14:
		j.addColours(marker, body)
	case markerAPP0 <= marker && marker <= markerAPP15, marker == markerCOM:
	case marker == markerDRI && len(body) == 2:
		j.interval = body
	case marker == markerDQT && j.holdQuantizers(body), marker == markerDHT && j.holdHuffman(body):
	default:
		if markerSOF0 <= marker && marker <= markerSOF2 && len(body) > 5 && j.components == nil {
			j.progressive = marker == markerSOF2
			for c := body[6:]; len(c) >= 3; c = c[3:] {
				j.components = append(j.components, jpegComponent{id: c[0], sampling: c[1], quantizer: c[2]})
			}
		}
		j.out = appendSegment(j.out, marker, body)
	}
}

// holdQuantizers reads the tables of a segment, which are written when they are used.
// It returns false if the segment is malformed, which decoders refuse.
func (j *jpegStripper) holdQuantizers(body []byte) bool {
	for len(body) > 0 {
		length := 1 + 64<<min(body[0]>>4, 1)
		if body[0]&15 > 3 || body[0]>>4 > 1 || length > len(body) {
			return false
		}
		j.quantizers[body[0]&15], body = body[:length], body[length:]
	}
	return true
}

// holdHuffman is holdQuantizers for tables of codes.
func (j *jpegStripper) holdHuffman(body []byte) bool {
	for len(body) > 0 {
		const counts = 17
		if len(body) < counts || body[0]>>4 > 1 || body[0]&15 > 3 {
			return false
		}
		length := counts
		for _, n := range body[1:counts] {
			length += int(n)
		}
		if length > len(body) {
			return false
		}
		j.huffman[body[0]>>4][body[0]&15], body = body[:length], body[length:]
	}
	return true
}

// addScan writes a scan, after the tables that it uses and that are not written yet.
func (j *jpegStripper) addScan(header, data []byte) {
	dc, ac := true, true
	if n := len(header); j.progressive && n >= 3 {
		first, refines := header[n-3] == 0, header[n-1]>>4 != 0
		dc, ac = first && !refines, !first
	}
	for at := 1; at+1 < len(header)-3; at += 2 {
		for i := range j.components {
			if c := &j.components[i]; c.id == header[at] {
				c.scans++
				j.writeQuantizer(*c)
			}
		}
		if table := header[at+1] >> 4; dc && table < 4 {
			j.writeTable(markerDHT, &j.huffman[0][table])
		}
		if table := header[at+1] & 15; ac && table < 4 {
			j.writeTable(markerDHT, &j.huffman[1][table])
		}
	}
	j.writeTable(markerDRI, &j.interval)
	j.out = append(appendSegment(j.out, markerSOS, header), data...)
}

func (j *jpegStripper) writeQuantizer(c jpegComponent) {
	if c.quantizer < 4 {
		j.writeTable(markerDQT, &j.quantizers[c.quantizer])
	}
}

func (j *jpegStripper) writeTable(marker byte, table *[]byte) {
	if *table != nil {
		j.out = appendSegment(j.out, marker, *table)
		*table = nil
	}
}

func (j *jpegStripper) finish() Frame {
	f := Frame{Orientation: j.orientation, Progressive: j.progressive, Scans: 1}
	for _, c := range j.components {
		if f.Samples += c.blocks() / max(1, j.components[0].blocks()); j.progressive {
			j.writeQuantizer(c) // Go's decoder uses the last table, even one after all scans
			continue
		}
		// Encoders write each colour once. A scan of all coefficients takes as long as six
		// progressive ones.
		if c.scans > 1 {
			f.Scans = max(f.Scans, 6*c.scans)
		}
	}
	if j.progressive {
		f.Scans = j.scans
	}
	f.Data = append(j.out, 0xff, markerEOI)
	if len(j.components) == 4 && !j.adobe {
		f.Data = slices.Concat(f.Data[:2], appendSegment(nil, markerAPP14, adobeSegment(0)), f.Data[2:])
	}
	return f
}

// nextSegment reads a marker and its body. Like every decoder it skips fill
// bytes, stray restart markers and whatever is not a marker.
func nextSegment(data []byte) (marker byte, body, rest []byte, err error) {
	for {
		start := bytes.IndexByte(data, 0xff)
		if start < 0 {
			return 0, nil, nil, ErrTruncated
		}
		data = data[start:]
		for len(data) > 0 && data[0] == 0xff {
			data = data[1:]
		}
		if len(data) == 0 {
			return 0, nil, nil, ErrTruncated
		}
		marker, data = data[0], data[1:]
		switch {
		case marker == 0, markerRST0 <= marker && marker <= markerRST7:
			continue
		case marker == markerEOI:
			return marker, nil, data, nil
		case marker < markerSOF0, marker == markerSOI:
			return 0, nil, nil, ErrMalformed
		case len(data) < 2:
			return 0, nil, nil, ErrTruncated
		}
		length := int(binary.BigEndian.Uint16(data))
		switch {
		case length < 2:
			return 0, nil, nil, ErrMalformed
		case length > len(data):
			return 0, nil, nil, ErrTruncated
		}
		return marker, data[2:length], data[length:], nil
	}
}

func appendSegment(data []byte, marker byte, body []byte) []byte {
	data = append(data, 0xff, marker)
	data = binary.BigEndian.AppendUint16(data, uint16(len(body)+2))
	return append(data, body...)
}

// scanEnd returns the length of the entropy-coded data at the start of data, which
// ends at the next marker other than a stuffed zero or a restart.
func scanEnd(data []byte) int {
	for i := 0; ; i++ {
		next := bytes.IndexByte(data[i:], 0xff)
		if next < 0 || i+next+1 >= len(data) {
			return len(data)
		}
		i += next
		follower := data[i+1]
		if follower != 0 && follower != 0xff && (follower < markerRST0 || follower > markerRST7) {
			return i
		}
	}
}

// addColours writes the part that a decoder needs of a JFIF header, without which some
// take the components for RGB, or of Adobe's marker, which tells CMYK, YCCK and RGB
// apart. The resolution and the thumbnail are dropped.
func (j *jpegStripper) addColours(marker byte, body []byte) {
	const adobeLength = 12
	switch {
	case marker == markerAPP0 && !j.jfif && bytes.HasPrefix(body, []byte("JFIF\x00")):
		j.jfif = true
		j.out = appendSegment(j.out, marker, []byte("JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00")) // 1.1, square pixels, no thumbnail
	case marker == markerAPP14 && len(body) >= adobeLength && bytes.HasPrefix(body, []byte("Adobe")):
		j.adobe = true
		j.out = appendSegment(j.out, marker, adobeSegment(body[adobeLength-1]))
	}
}

// adobeSegment returns the body of Adobe's marker. Go's decoder needs one for four
// components, which are CMYK if transform is 0, inverted as Adobe writes it.
func adobeSegment(transform byte) []byte {
	return append([]byte("Adobe\x00\x64\x00\x00\x00\x00"), transform)
}
