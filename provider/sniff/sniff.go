// Package sniff tells what a file is by its first bytes, never by a name or a header.
package sniff

import (
	"bytes"
	"encoding/binary"
)

// The media types of the images that are read. Vision models accept the first four.
const (
	PNG  = "image/png"
	JPEG = "image/jpeg"
	GIF  = "image/gif"
	WebP = "image/webp"
	TIFF = "image/tiff"
	BMP  = "image/bmp"
)

// Describe names what data of no use probably is, as in "a PDF document"; "" is unknown.
func Describe(data []byte) string {
	if mediaType := Image(data); mediaType != "" {
		return "an image (" + mediaType + ")"
	}
	return Format(data)
}

// Image returns the media type of an image that can be sent to a model, if need be
// converted, or "" if data is not an image.
func Image(data []byte) (mediaType string) {
	switch {
	case bytes.HasPrefix(data, []byte("\x89PNG\r\n\x1a\n")):
		return PNG
	case bytes.HasPrefix(data, []byte("\xff\xd8\xff")):
		return JPEG
	case bytes.HasPrefix(data, []byte("GIF87a")), bytes.HasPrefix(data, []byte("GIF89a")):
		return GIF
	case isContainer(data, "RIFF", "WEBP"):
		return WebP
	case isTIFF(data):
		return TIFF
	case isBMP(data):
		return BMP
	}
	return ""
}

// isTIFF reports whether data begins as TIFF, but not as the raw format of Canon that
// is built on it.
func isTIFF(data []byte) bool {
	const canon = "CR\x02"
	return (bytes.HasPrefix(data, []byte("II*\x00")) || bytes.HasPrefix(data, []byte("MM\x00*"))) &&
		(len(data) < 11 || string(data[8:11]) != canon)
}

// isBMP reports whether data begins as BMP. Many texts begin with its two letters, so
// that the size of its second header must be one that exists.
func isBMP(data []byte) bool {
	if len(data) < 18 || string(data[:2]) != "BM" {
		return false
	}
	switch binary.LittleEndian.Uint32(data[14:]) {
	case 12, 40, 52, 56, 64, 108, 124:
		return true
	}
	return false
}

// isContainer reports whether data begins with a four-character code, four
// bytes of length, and another code.
func isContainer(data []byte, outer, inner string) bool {
	return len(data) >= 12 && string(data[:4]) == outer && string(data[8:12]) == inner
}
