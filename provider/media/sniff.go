package media

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"strings"
	"unicode/utf8"
)

// The media types of the formats that are read. Vision models accept the first four.
const (
	typePNG  = "image/png"
	typeJPEG = "image/jpeg"
	typeGIF  = "image/gif"
	typeWebP = "image/webp"
	typeTIFF = "image/tiff"
	typeBMP  = "image/bmp"
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
	case isTIFF(data):
		return typeTIFF
	case isBMP(data):
		return typeBMP
	}
	return ""
}

// IsImage reports whether data begins as an image of a format that is read.
func IsImage(data []byte) bool { return sniff(data) != "" }

// Describe names what data of no use probably is, as in "a PDF document"; "" is unknown.
func Describe(data []byte) string {
	if mediaType := sniff(data); mediaType != "" {
		return "an image (" + mediaType + ")"
	}
	return guessFormat(data)
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

// plainText is the weakest guess of guessFormat.
const plainText = "text"

// guessFormat describes, for error messages, what data of an unsupported format
// probably is, or returns "".
func guessFormat(data []byte) string {
	head := data[:min(len(data), sniffLength)]
	for _, known := range []struct{ prefix, name string }{
		{"%PDF-", "a PDF document"},
		{"BM", "a BMP image"},
		{"II*\x00\x10\x00\x00\x00CR\x02", cameraRaw},
		{"IIRO", cameraRaw}, // Olympus
		{"IIRS", cameraRaw},
		{"MMOR", cameraRaw},
		{"IIU\x00", cameraRaw}, // Panasonic
		{"FUJIFILMCCD-RAW", cameraRaw},
		{"FOVb", cameraRaw}, // Sigma
		{"II*\x00", "a TIFF image"},
		{"MM\x00*", "a TIFF image"},
		{"II+\x00", "a BigTIFF image"},
		{"MM\x00+", "a BigTIFF image"},
		{"\x00\x00\x01\x00", "an icon file"},
		{"\x00\x00\x00\x0cJXL ", "a JPEG XL image"},
		{"\xff\x0a", "a JPEG XL image"},
		{"\x00\x00\x00\x0cjP  ", "a JPEG 2000 image"},
		{"\xff\x4f\xff\x51", "a JPEG 2000 image"},
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
		return isoMediaFormat(head)
	}
	return guessTextFormat(head)
}

const cameraRaw = "a camera raw image"

// isoMediaFormat describes a file of the ISO base media format, in which phones
// store photos, by its brands: the major one may only say that it is an image.
func isoMediaFormat(head []byte) string {
	end := min(uint64(binary.BigEndian.Uint32(head)), uint64(len(head)))
	general := ""
	for at := uint64(8); at+4 <= end || at == 8; at += 4 {
		switch string(head[at : at+4]) {
		case "heic", "heix", "heim", "heis", "hevc", "hevx":
			return "a HEIC image"
		case "avif", "avis":
			return "an AVIF image"
		case "crx ":
			return cameraRaw
		case "mif1", "msf1":
			general = "a HEIC image"
		}
	}
	return cmp.Or(general, "an MP4 or QuickTime video")
}

// conversion says how to make an image that is read from one that guessFormat names.
func conversion(name string) string {
	switch {
	case name == "a PDF document":
		return "convert its pages to PNG first, by: pdftoppm -png -r 150 FILE page"
	case name == "an SVG drawing":
		return "draw it as PNG first, by: magick FILE FILE.png"
	case strings.HasSuffix(name, " image"), name == "a Photoshop document", name == "an icon file":
		return "convert it to JPEG first, on a Mac by: sips -s format jpeg FILE --out FILE.jpg; elsewhere by: magick FILE FILE.jpg"
	}
	return ""
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
