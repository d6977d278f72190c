package media

import "strings"

// conversion says how to make an image that is read from one that [sniff.Format] names.
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
