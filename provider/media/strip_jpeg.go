package media

import (
	"bytes"
	"encoding/binary"
	"errors"
)

// The markers of ITU-T T.81, table B.1, that matter here.
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

// maxScans bounds the work that a progressive picture can ask for: each scan may
// visit every block of 50 megapixels for a few bytes of data, so that a file of
// 20 MB would keep a processor busy for hours. Encoders write about ten.
const maxScans = 100

var errTooManyScans = errors.New("more scans than any encoder writes")

// stripJPEG keeps the tables, the frame and the scans, and of the application
// segments the two that tell a decoder the colours.
func stripJPEG(data []byte) (still, error) {
	s := still{data: make([]byte, 0, len(data)), orientation: upright}
	s.data = append(s.data, 0xff, markerSOI)
	oriented, scans := false, 0
	for rest := data[2:]; ; {
		marker, body, after, err := nextSegment(rest)
		if err != nil {
			return still{}, err
		}
		rest = after
		switch {
		case marker == markerEOI:
			s.data = append(s.data, 0xff, markerEOI)
			return s, nil
		case marker == markerSOS:
			if scans++; scans > maxScans {
				return still{}, errTooManyScans
			}
			end := scanEnd(rest)
			s.data = append(appendSegment(s.data, marker, body), rest[:end]...)
			rest = rest[end:]
		case marker == markerAPP1 && !oriented && bytes.HasPrefix(body, []byte("Exif\x00")):
			s.orientation, oriented = exifOrientation(body), true
		case marker == markerAPP0 || marker == markerAPP14:
			if body = colourSegment(marker, body); body != nil {
				s.data = appendSegment(s.data, marker, body)
			}
		case markerAPP0 <= marker && marker <= markerAPP15, marker == markerCOM:
		default:
			s.data = appendSegment(s.data, marker, body)
		}
	}
}

// nextSegment reads a marker and what belongs to it. Like every decoder it
// passes over what is not a marker, fill bytes and stray restart markers.
func nextSegment(data []byte) (marker byte, body, rest []byte, err error) {
	for {
		start := bytes.IndexByte(data, 0xff)
		if start < 0 {
			return 0, nil, nil, errTruncated
		}
		data = data[start:]
		for len(data) > 0 && data[0] == 0xff {
			data = data[1:]
		}
		if len(data) == 0 {
			return 0, nil, nil, errTruncated
		}
		marker, data = data[0], data[1:]
		switch {
		case marker == 0, markerRST0 <= marker && marker <= markerRST7:
			continue
		case marker == markerEOI:
			return marker, nil, data, nil
		case marker < markerSOF0, marker == markerSOI:
			return 0, nil, nil, errMalformed
		case len(data) < 2:
			return 0, nil, nil, errTruncated
		}
		length := int(binary.BigEndian.Uint16(data))
		switch {
		case length < 2:
			return 0, nil, nil, errMalformed
		case length > len(data):
			return 0, nil, nil, errTruncated
		}
		return marker, data[2:length], data[length:], nil
	}
}

func appendSegment(data []byte, marker byte, body []byte) []byte {
	data = append(data, 0xff, marker)
	data = binary.BigEndian.AppendUint16(data, uint16(len(body)+2))
	return append(data, body...)
}

// scanEnd gives the length of the entropy-coded data at the start of data: up to
// the next marker that is neither a stuffed zero nor a restart.
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

// colourSegment gives what a decoder reads of a JFIF header (without it, some
// take the components for RGB) or of Adobe's marker (which tells CMYK, YCCK and
// RGB apart); a thumbnail in the header goes. nil is any other segment.
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
