package sniff

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"strings"
	"unicode/utf8"
)

// Length is how many bytes Format reads: the root element of an SVG may
// follow an XML declaration, a comment and a DOCTYPE.
const Length = 1024

const (
	// PlainText is the weakest guess of Format.
	PlainText = "text"
	// CameraRaw is the name of all raw formats of cameras.
	CameraRaw = "a camera raw image"
)

// Format describes, for error messages, what data probably is, or returns "".
func Format(data []byte) string {
	switch Image(data) {
	case PNG:
		return "a PNG image"
	case JPEG:
		return "a JPEG image"
	case GIF:
		return "a GIF image"
	case WebP:
		return "a WebP image"
	}
	head := data[:min(len(data), Length)]
	for _, known := range prefixes() {
		if bytes.HasPrefix(head, []byte(known.prefix)) {
			return known.name
		}
	}
	switch {
	case len(head) >= 12 && string(head[4:8]) == "ftyp":
		return isoMediaFormat(head)
	case isContainer(head, "RIFF", "WAVE"):
		return "a WAV file"
	case isContainer(head, "RIFF", "AVI "):
		return "an AVI video"
	case len(head) >= 262 && string(head[257:262]) == "ustar":
		return "a tar archive"
	}
	return guessTextFormat(head)
}

type prefix struct{ prefix, name string }

// prefixes returns the first bytes of the formats that begin with always the same.
func prefixes() []prefix {
	return []prefix{
		{"%PDF-", "a PDF document"},
		{"BM", "a BMP image"},
		{"II*\x00\x10\x00\x00\x00CR\x02", CameraRaw},
		{"IIRO", CameraRaw}, // Olympus
		{"IIRS", CameraRaw},
		{"MMOR", CameraRaw},
		{"IIU\x00", CameraRaw}, // Panasonic
		{"FUJIFILMCCD-RAW", CameraRaw},
		{"FOVb", CameraRaw}, // Sigma
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
		{"fLaC", "a FLAC file"},
		{"\x7fELF", "a program"},
		{"MZ", "a program"},
		{"\xcf\xfa\xed\xfe", "a program"},
		{"\xca\xfe\xba\xbe", "a program"},
		{"\x00asm", "a program"},
		{"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Office document, such as .doc or .xls"},
		{"SQLite format 3\x00", "an SQLite database"},
		{"PAR1", "a Parquet table"},
		{"ARROW1", "an Arrow table"},
		{"\x89HDF\r\n\x1a\n", "an HDF5 file"},
		{"\x93NUMPY", "a NumPy array"},
		{"Obj\x01", "an Avro file"},
		{"BZh", "bzip2-compressed data"},
		{"\xfd7zXZ\x00", "xz-compressed data"},
		{"\x28\xb5\x2f\xfd", "Zstandard-compressed data"},
		{"7z\xbc\xaf\x27\x1c", "a 7-Zip archive"},
		{"Rar!\x1a\x07", "a RAR archive"},
		{"!<arch>\n", "a package or library archive"},
	}
}

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
			return CameraRaw
		case "mif1", "msf1":
			general = "a HEIC image"
		}
	}
	return cmp.Or(general, "an MP4 or QuickTime video")
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
		return PlainText
	}
	return ""
}

func isBinary(r rune) bool { return r < ' ' && r != '\t' && r != '\r' && r != '\n' }
