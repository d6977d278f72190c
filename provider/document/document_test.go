package document_test

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/document"
)

func TestUnicode(t *testing.T) {
	utf16 := func(little bool, text string) string {
		var b strings.Builder
		for _, r := range text {
			if little {
				b.Write([]byte{byte(r), byte(r >> 8)})
			} else {
				b.Write([]byte{byte(r >> 8), byte(r)})
			}
		}
		return b.String()
	}
	longUTF8 := strings.Repeat("Größe und Maß der Straße.\n", 1000)
	for _, test := range []struct{ name, data, want, encoding string }{
		{"empty", "", "", ""},
		{"ASCII", "one\r\ntwo\rthree\n", "one\r\ntwo\rthree\n", ""},
		{"UTF-8", "Größe 大きさ 👩‍🚀\n", "Größe 大きさ 👩‍🚀\n", ""},
		{"UTF-8 with a mark", "\xef\xbb\xbfGröße", "Größe", ""},
		{"a mark alone", "\xef\xbb\xbf", "", ""},
		{"a replacement character", "a\ufffdb", "a\ufffdb", ""},
		{"a terminal's log", "\x1b[31mred\x1b[0m\b\b\n", "\x1b[31mred\x1b[0m\b\b\n", ""},
		{"a file of DOS", "text\r\n\x1a", "text\r\n\x1a", ""},
		{"a record of FIX", "8=FIX.4.4\x019=65\x0135=A\x01", "8=FIX.4.4\x019=65\x0135=A\x01", ""},
		{"RTF", `{\rtf1\ansi Gr\'f6\'dfe}`, `{\rtf1\ansi Gr\'f6\'dfe}`, ""},
		{"UTF-16LE with a mark", "\xff\xfe" + utf16(true, "Größe\r\n"), "Größe\r\n", "UTF-16LE"},
		{"UTF-16BE with a mark", "\xfe\xff" + utf16(false, "Größe"), "Größe", "UTF-16BE"},
		{"a mark of UTF-16 alone", "\xff\xfe", "", "UTF-16LE"},
		{"UTF-32LE with a mark", "\xff\xfe\x00\x00G\x00\x00\x00\xf6\x00\x00\x00", "Gö", "UTF-32LE"},
		{"UTF-32BE with a mark", "\x00\x00\xfe\xff\x00\x00\x00G\x00\x01\xf6\x00", "G😀", "UTF-32BE"},
		{"UTF-16LE", utf16(true, "Name;Größe\r\n"), "Name;Größe\r\n", "UTF-16LE"},
		{"UTF-16BE", utf16(false, "Name;Größe\r\n"), "Name;Größe\r\n", "UTF-16BE"},
		{"Japanese in UTF-16LE", utf16(true, "港で船を待つ。\n一つ目の船\n"), "港で船を待つ。\n一つ目の船\n", "UTF-16LE"},
		{"Russian in UTF-16BE", utf16(false, "Мы ждём корабль.\n"), "Мы ждём корабль.\n", "UTF-16BE"},
		{"UTF-16 cut within a character", "\xff\xfe" + utf16(true, longUTF8) + "\xd8", longUTF8 + "\ufffd", "UTF-16LE"},
		{"one bad byte in much UTF-8", longUTF8 + "caf\xe9\n" + longUTF8, longUTF8 + "caf\ufffd\n" + longUTF8, ""},
		{"UTF-8 cut at its end", "Größe und Ma\xc3", "Größe und Ma\ufffd", ""},
		{"UTF-8 cut at its start", "\x9fe und Größe", "\ufffde und Größe", ""},
		{"UTF-8 with a mark and a bad byte", "\xef\xbb\xbf" + longUTF8 + "\xff", longUTF8 + "\ufffd", ""},
	} {
		text, encoding, err := document.Text(t.Context(), []byte(test.data))
		if err != nil || text != test.want || encoding != test.encoding {
			t.Errorf("%s: got %.80q in %q, %v; want %.80q in %q", test.name, text, encoding, err, test.want, test.encoding)
		}
	}
}

func TestWhatIsNoText(t *testing.T) {
	random := make([]byte, 4096)
	for i, state := 0, uint32(1); i < len(random); i++ {
		state = state*1664525 + 1013904223
		random[i] = byte(state >> 24)
	}
	for _, test := range []struct{ name, data, want, hint string }{
		{"PDF", "%PDF-1.7\n1 0 obj", "is a PDF document, which is not read", "pdftotext -layout FILE FILE.txt"},
		{"docx", "PK\x03\x04\x14\x00\x06\x00\b\x00", "is a ZIP archive or an Office document, not text", "pandoc FILE -t plain"},
		{"doc", "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\x00\x00", "is an old Office document, such as .doc or .xls, not text", "soffice"},
		{"database", "SQLite format 3\x00\x10\x00", "is an SQLite database, not text", "sqlite3 FILE .dump"},
		{"Parquet", "PAR1\x15\x04\x15\x00", "is a Parquet table, not text", "CSV"},
		{"gzip", "\x1f\x8b\x08\x00\x00\x00", "is gzip-compressed data, not text", "gzip -dc FILE"},
		{"RAR", "Rar!\x1a\x07\x01\x00", "is a RAR archive, not text", "unpack"},
		{"program", "\x7fELF\x02\x01\x01\x00\x00", "is a program, not text", "send text"},
		{"WAV", "RIFF\x24\x00\x00\x00WAVEfmt \x10\x00", "is a WAV file, not text", "as audio"},
		{"PNG", "\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "is a PNG image, not text", "as an image"},
		{"JPEG", "\xff\xd8\xff\xe0\x00\x10JFIF\x00", "is a JPEG image, not text", "as an image"},
		{"zeros", strings.Repeat("\x00", 100), "is binary data, not text", "tr -d"},
		{"a log with zeros", "one\ntwo\n\x00\x00\x00three\n", "is binary data, not text", "tr -d"},
		{"control characters", "\x01\x02\x03\x04", "is binary data, not text", ""},
		{"random bytes", string(random), "is binary data, not text", ""},
		{"random bytes after a mark", "\xff\xfe" + string(random), "is binary data, not text", ""},
		{"half UTF-8", strings.Repeat("Größe\n", 9) + strings.Repeat("Gr\xf6\xdfe\n", 9), "is partly UTF-8 and partly in another encoding", "iconv -c"},
		{"half UTF-8 in spite of its declaration", "<meta charset=latin1>" + strings.Repeat("Größe Gr\xf6\xdfe\n", 9), "is partly UTF-8 and partly in another encoding", "iconv -c"},
		{"half UTF-8 with a mark", "\xef\xbb\xbfGröße\nGr\xf6\xdfe\n", "is partly UTF-8 and partly in another encoding", "iconv -c"},
		{"any bytes", "\x81\x8d\xff\xfe \x90\x9d\x81 \xff\xfd", "is not UTF-8, nor text in another encoding that is known", "iconv -f ENCODING"},
	} {
		text, _, err := document.Text(t.Context(), []byte(test.data))
		var failure *document.Error
		if !errors.As(err, &failure) {
			t.Errorf("%s: got %.80q, %v; want an error", test.name, text, err)
			continue
		}
		if failure.Message != test.want || !strings.Contains(failure.Hint, test.hint) {
			t.Errorf("%s: got %q, hint %q; want %q, hint %q", test.name, failure.Message, failure.Hint, test.want, test.hint)
		}
	}
}

func TestEncodingsThatTextsDeclare(t *testing.T) {
	for _, test := range []struct{ name, data, want, encoding string }{
		{"XML", `<?xml version="1.0" encoding="iso-8859-1"?><p>` + "\xe9</p>", `<?xml version="1.0" encoding="iso-8859-1"?><p>é</p>`, "windows-1252"},
		{"HTML", "<meta charset=windows-1251><p>\xcf\xee\xf0\xf2", "<meta charset=windows-1251><p>Порт", "windows-1251"},
		{"HTML of old", `<meta content="text/html; charset=Shift_JIS">` + "\x8d\x60", `<meta content="text/html; charset=Shift_JIS">港`, "Shift_JIS"},
		{"CSS", `@charset "koi8-r"; a{content:"` + "\xf0\xcf\xd2\xd4" + `"}`, `@charset "koi8-r"; a{content:"Порт"}`, "KOI8-R"},
		{"Python", "# -*- coding: latin-1 -*-\ns = '\xfc'", "# -*- coding: latin-1 -*-\ns = 'ü'", "windows-1252"},
		{"Thai", "<meta charset=tis-620>\xb7\xe8\xd2", "<meta charset=tis-620>ท่า", "windows-874"},
		{"UTF-8 in spite of it", `<meta charset="iso-8859-1">Größe`, `<meta charset="iso-8859-1">Größe`, ""},
	} {
		text, encoding, err := document.Text(t.Context(), []byte(test.data))
		if err != nil || text != test.want || encoding != test.encoding {
			t.Errorf("%s: got %q in %q, %v; want %q in %q", test.name, text, encoding, err, test.want, test.encoding)
		}
	}
}

func TestWrongDeclarations(t *testing.T) {
	for _, declared := range []string{"utf-8", "utf-16", "none", "iso-2022-kr", "x-user-defined", "shift_jis"} {
		data := "<meta charset=" + declared + "> Die Stra\xdfe f\xfchrt \xfcber die gro\xdfe Br\xfccke zum Hafen, wo wir sp\xe4ter \xfcbernachten."
		text, encoding, err := document.Text(t.Context(), []byte(data))
		if err != nil || encoding != "windows-1252" || !strings.Contains(text, "Straße führt über die große Brücke") {
			t.Errorf("%s: got %q in %q, %v", declared, text, encoding, err)
		}
	}
}

// Two words are enough to see that they are not both in one encoding.
func TestTwoWordsInTwoEncodings(t *testing.T) {
	for _, data := range []string{"Größe Gr\xf6\xdfe", "caf\xc3\xa9 caf\xe9 au lait", "\xd0\x9f\xd0\xbe\xd1\x80\xd1\x82 \xcf\xee\xf0\xf2"} {
		var failure *document.Error
		if text, encoding, err := document.Text(t.Context(), []byte(data)); !errors.As(err, &failure) {
			t.Errorf("%q: got %q in %q, %v", data, text, encoding, err)
		}
	}
}

func TestEndOfContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, data := range []string{"text", "\xff\xfea\x00", "Gr\xf6\xdfe", "\x00"} {
		if text, _, err := document.Text(ctx, bytes.Repeat([]byte(data), 100)); !errors.Is(err, context.Canceled) || text != "" {
			t.Errorf("%q: got %q, %v", data, text, err)
		}
	}
}
