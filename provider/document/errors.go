package document

import (
	"fmt"
	"strings"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/sniff"
)

// binaryError names what is not text, and how to make text of it.
func binaryError(data []byte) *Error {
	name := sniff.Format(data)
	hint, convertible := conversion(name)
	switch {
	case name == "a PDF document":
		return &Error{Message: "is a PDF document, which is not read", Hint: hint}
	case convertible:
		return &Error{Message: "is " + name + ", not text", Hint: hint}
	}
	return &Error{
		Message: "is binary data, not text",
		Hint:    "send text; if this is a text with stray NUL characters, remove them first, by: tr -d '\\000' < FILE > FILE.txt",
	}
}

// conversion says how to make text of a format that [sniff.Format] names. It returns false for
// what may be text after all.
func conversion(name string) (hint string, ok bool) {
	switch name {
	case "", sniff.PlainText, "an HTML page", "an XML document", "an SVG drawing", "the text of a data: URL":
		return "", false
	case "a PDF document":
		return "convert it first, by: pdftotext -layout FILE FILE.txt; or send its pages as images", true
	case "a ZIP archive or an Office document":
		return "unpack an archive first, or convert a document, by: pandoc FILE -t plain -o FILE.txt; a spreadsheet, to CSV", true
	case "an old Office document, such as .doc or .xls":
		return "convert it first, by: soffice --headless --convert-to txt:Text FILE; a spreadsheet, to csv", true
	case "an SQLite database":
		return "send its text, by: sqlite3 FILE .dump > FILE.sql", true
	case "a Parquet table", "an Arrow table", "an Avro file", "an HDF5 file", "a NumPy array":
		return "convert it to CSV or JSON first", true
	case "gzip-compressed data":
		return "unpack it first, by: gzip -dc FILE > FILE.txt", true
	}
	switch {
	case strings.HasSuffix(name, "image"), name == "a Photoshop document", name == "an icon file":
		return "send it as an image", true
	case strings.HasSuffix(name, "archive"), strings.HasSuffix(name, "-compressed data"):
		return "unpack it first", true
	case name == "an MP3 file", name == "an Ogg file", name == "a WAV file", name == "a FLAC file":
		return "send it as audio", true
	}
	return "send text", true
}

func mixedError() *Error {
	return &Error{
		Message: "is partly UTF-8 and partly in another encoding",
		Hint:    "save it as UTF-8; to drop what is not: iconv -c -f UTF-8 -t UTF-8 FILE > FILE.txt",
	}
}

// encodingError says that a text is not read because its encoding is not certain. The names are
// those of the encodings that it may be in, the likeliest first.
func encodingError(names []string) *Error {
	const convert = "save it as UTF-8, by: iconv -f %s -t UTF-8 FILE > FILE.txt"
	switch len(names) {
	case 0:
		return &Error{
			Message: "is not UTF-8, nor text in another encoding that is known",
			Hint:    "save it as UTF-8, by: iconv -f ENCODING -t UTF-8 FILE > FILE.txt",
		}
	case 1:
		return &Error{
			Message: "is not UTF-8, and whether it is " + names[0] + " is not certain",
			Hint:    fmt.Sprintf(convert, names[0]),
		}
	}
	last := len(names) - 1
	return &Error{
		Message: "is not UTF-8, but " + strings.Join(names[:last], ", ") + " or " + names[last] + ", which cannot be told apart here",
		Hint:    fmt.Sprintf(convert, names[0]) + ", if it is that",
	}
}

// damagedError says that a text is not read because it has bytes that its encoding does not.
func damagedError(name string) *Error {
	return &Error{
		Message: "seems to be " + name + ", but not all of it is",
		Hint:    fmt.Sprintf("save it as UTF-8, by: iconv -c -f %s -t UTF-8 FILE > FILE.txt, which drops what is not %s", name, name),
	}
}
