package media

import (
	"bytes"
	"strings"
	"unicode/utf8"
)

// The media types of the formats that vision models accept.
const (
	typePNG  = "image/png"
	typeJPEG = "image/jpeg"
	typeGIF  = "image/gif"
	typeWebP = "image/webp"
)

// sniffLength is how many bytes guessFormat reads: the root element of an SVG may
// follow an XML declaration, a comment and a DOCTYPE.
const sniffLength = 1024

// sniff returns the media type of data by its first bytes, never by a name or a
// header, or "" if the format is not supported.
func sniff(data []byte) (mediaType string) {
	switch {
	case bytes.HasPrefix(data, []byte("\x89PNG\r\n\x1a\n")):
		return typePNG
	case bytes.HasPrefix(data, []byte("\xff\xd8\xff")):
		return typeJPEG
	case bytes.HasPrefix(data, []byte("GIF87a")), bytes.HasPrefix(data, []byte("GIF89a")):
		return typeGIF
	case isContainer(data, "RIFF", "WEBP"):
		return typeWebP
	}
	return ""
}

// isContainer reports whether data begins with a four-character code, four
// bytes of length, and another code.
func isContainer(data []byte, outer, inner string) bool {
	return len(data) >= 12 && string(data[:4]) == outer && string(data[8:12]) == inner
}

// plainText is the weakest guess of guessFormat.
const plainText = "text"

// guessFormat describes, for error messages, what data of an unsupported format
// probably is, or returns "".
func guessFormat(data []byte) string {
	head := data[:min(len(data), sniffLength)]
	for _, known := range []struct{ prefix, name string }{
		{"%PDF-", "a PDF document"},
		{"BM", "a BMP image"},
		{"II*\x00", "a TIFF or raw camera image"},
		{"MM\x00*", "a TIFF or raw camera image"},
		{"\x00\x00\x01\x00", "an icon file"},
		{"\x00\x00\x00\x0cJXL ", "a JPEG XL image"},
		{"\x00\x00\x00\x0cjP  ", "a JPEG 2000 image"},
		{"8BPS", "a Photoshop document"},
		{"PK\x03\x04", "a ZIP archive or an Office document"},
		{"\x1f\x8b", "gzip-compressed data"},
		{"\x1a\x45\xdf\xa3", "a Matroska or WebM video"},
		{"OggS", "an Ogg file"},
		{"ID3", "an MP3 file"},
		{"\x7fELF", "a program"},
	} {
		if bytes.HasPrefix(head, []byte(known.prefix)) {
			return known.name
		}
	}
	if len(head) >= 12 && string(head[4:8]) == "ftyp" {
		return isoMediaFormat(string(head[8:12]))
	}
	return guessTextFormat(head)
}

// isoMediaFormat describes a file of the ISO base media format, in which phones
// store photos, by its brand.
func isoMediaFormat(brand string) string {
	switch brand {
	case "heic", "heix", "heim", "heis", "hevc", "mif1", "msf1":
		return "a HEIC image"
	case "avif", "avis":
		return "an AVIF image"
	}
	return "an MP4 or QuickTime video"
}

func guessTextFormat(head []byte) string {
	text := bytes.TrimLeft(bytes.TrimPrefix(head, []byte("\xef\xbb\xbf")), " \t\r\n")
	if len(text) == 0 {
		return ""
	}
	lower := strings.ToLower(string(text))
	switch {
	case strings.HasPrefix(lower, "<!doctype html"), strings.HasPrefix(lower, "<html"):
		return "an HTML page"
	case strings.HasPrefix(lower, "<") && strings.Contains(lower, "<svg"):
		return "an SVG drawing"
	case strings.HasPrefix(lower, "<?xml"):
		return "an XML document"
	case strings.HasPrefix(lower, "data:"):
		return "the text of a data: URL"
	}
	// The last rune of head may be incomplete.
	if utf8.Valid(head[:max(0, len(head)-utf8.UTFMax)]) && !bytes.ContainsFunc(head, isBinary) {
		return plainText
	}
	return ""
}

func isBinary(r rune) bool { return r < ' ' && r != '\t' && r != '\r' && r != '\n' }
