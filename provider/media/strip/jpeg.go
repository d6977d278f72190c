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

// JPEG keeps the tables, the frame and the scans, and of the application
// segments only the two that a decoder needs for the colours.
func JPEG(data []byte) (Frame, error) {
	const signature = 2
	if len(data) < signature {
		return Frame{}, ErrTruncated
	}
	f := Frame{Data: make([]byte, 0, len(data)), Orientation: Upright}
	f.Data = append(f.Data, 0xff, markerSOI)
	oriented, scans, progressive, colours, adobe := false, 0, false, 0, false
	for rest := data[signature:]; ; {
		marker, body, after, err := nextSegment(rest)
		if err != nil {
			return Frame{}, err
		}
		rest = after
		switch {
		case marker == markerEOI:
			f.Data = append(f.Data, 0xff, markerEOI)
			if progressive {
				f.Scans = scans
			}
			if colours == 4 && !adobe {
				f.Data = slices.Concat(f.Data[:signature], appendSegment(nil, markerAPP14, adobeCMYK()), f.Data[signature:])
			}
			return f, nil
		case marker == markerSOS:
			if scans++; scans > maxScans {
				return Frame{}, errTooManyScans
			}
			end := scanEnd(rest)
			f.Data = append(appendSegment(f.Data, marker, body), rest[:end]...)
			rest = rest[end:]
		case marker == markerAPP1 && !oriented && bytes.HasPrefix(body, []byte("Exif\x00")):
			f.Orientation, oriented = exifOrientation(body), true
		case marker == markerAPP0 || marker == markerAPP14:
			if body = colourSegment(marker, body); body != nil {
				adobe = adobe || marker == markerAPP14
				f.Data = appendSegment(f.Data, marker, body)
			}
		case markerAPP0 <= marker && marker <= markerAPP15, marker == markerCOM:
		default:
			if markerSOF0 <= marker && marker <= markerSOF2 && len(body) > 5 {
				progressive, colours = marker == markerSOF2, int(body[5])
			}
			f.Data = appendSegment(f.Data, marker, body)
		}
	}
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

// adobeCMYK returns the marker that Go's decoder needs for four components. Without
// one they are CMYK, inverted as Adobe writes it.
func adobeCMYK() []byte { return []byte("Adobe\x00\x64\x00\x00\x00\x00\x00") }

// colourSegment returns the part that a decoder reads of a JFIF header, without
// which some take the components for RGB, or of Adobe's marker, which tells CMYK,
// YCCK and RGB apart. The thumbnail of the header is dropped. It returns nil for
// any other segment.
func colourSegment(marker byte, body []byte) []byte {
	const jfifLength, adobeLength = 14, 12
	switch {
	case marker == markerAPP0 && bytes.HasPrefix(body, []byte("JFIF\x00")):
		header := make([]byte, jfifLength)
		copy(header[:jfifLength-2], body) // the last two are the thumbnail's size
		return header
	case marker == markerAPP14 && len(body) >= adobeLength && bytes.HasPrefix(body, []byte("Adobe")):
		return body[:adobeLength]
	}
	return nil
}
