package sniff_test

import (
	"strings"
	"testing"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/sniff"
)

func TestFormat(t *testing.T) {
	for _, test := range []struct{ name, data, image, format string }{
		{"nothing", "", "", ""},
		{"PNG", "\x89PNG\r\n\x1a\n", sniff.PNG, "a PNG image"},
		{"JPEG", "\xff\xd8\xff\xe0", sniff.JPEG, "a JPEG image"},
		{"GIF", "GIF89a", sniff.GIF, "a GIF image"},
		{"WebP", "RIFF\x00\x00\x00\x00WEBP", sniff.WebP, "a WebP image"},
		{"TIFF", "II*\x00\x08\x00\x00\x00", sniff.TIFF, "a TIFF image"},
		{"PDF", "%PDF-1.7\n", "", "a PDF document"},
		{"docx", "PK\x03\x04\x14\x00", "", "a ZIP archive or an Office document"},
		{"doc", "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\x00", "", "an old Office document, such as .doc or .xls"},
		{"sound", "RIFF\x00\x00\x00\x00WAVEfmt ", "", "a WAV file"},
		{"video", "RIFF\x00\x00\x00\x00AVI LIST", "", "an AVI video"},
		{"database", "SQLite format 3\x00\x10", "", "an SQLite database"},
		{"table", "PAR1\x15\x04", "", "a Parquet table"},
		{"program", "MZ\x90\x00", "", "a program"},
		{"tar", "a.txt" + strings.Repeat("\x00", 252) + "ustar\x0000", "", "a tar archive"},
		{"page", "<!DOCTYPE html>", "", "an HTML page"},
		{"text", "Good morning", "", sniff.PlainText},
		{"unknown", "\x01\x02\x03\x04", "", ""},
	} {
		if image, format := sniff.Image([]byte(test.data)), sniff.Format([]byte(test.data)); image != test.image || format != test.format {
			t.Errorf("%s: got %q and %q, want %q and %q", test.name, image, format, test.image, test.format)
		}
	}
}
