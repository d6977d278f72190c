package media_test

import (
	"bytes"
	"encoding/base64"
	"strings"
	"testing"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/media"
)

// wrapped breaks text into lines, as base64(1) and MIME do.
func wrapped(text, lineBreak string) string {
	var b strings.Builder
	for i := 0; i < len(text); i += 76 {
		b.WriteString(text[i:min(i+76, len(text))] + lineBreak)
	}
	return b.String()
}

func TestSources(t *testing.T) {
	preparer := newPreparer(t, media.Options{})
	for _, file := range []string{"dot.png", "photo.jpg", "frames500.gif", "alpha-lossy.webp"} {
		data := testdata(t, file)
		want := prepareData(t, data, "")
		standard := base64.StdEncoding.EncodeToString(data)
		for name, source := range map[string]string{
			"base64":                          standard,
			"base64 without padding":          base64.RawStdEncoding.EncodeToString(data),
			"base64, URL alphabet":            base64.URLEncoding.EncodeToString(data),
			"base64, URL alphabet, unpadded":  base64.RawURLEncoding.EncodeToString(data),
			"base64 in lines":                 wrapped(standard, "\n"),
			"base64 in CRLF lines, indented":  " \t" + wrapped(standard, "\r\n  "),
			"data: URL":                       base64URL(data),
			"data: URL in lines":              "data:image/png;base64," + wrapped(standard, "\n"),
			"data: URL, upper case":           "DATA:IMAGE/PNG;BASE64," + standard,
			"data: URL with a parameter":      "data:image/png;name=a.png; base64 ," + standard,
			"data: URL of no type":            "data:;base64," + standard,
			"data: URL of a wrong type":       "data:text/html;base64," + standard,
			"data: URL, padding escaped":      "data:image/png;base64," + strings.NewReplacer("=", "%3D", "+", "%2B", "/", "%2f").Replace(standard),
			"data: URL, URL alphabet":         "data:image/png;base64," + base64.RawURLEncoding.EncodeToString(data),
			"data: URL, percent-encoded":      DataURL(data),
			"data: URL between blanks":        "\n " + base64URL(data) + " \n",
			"data: URL, percent-encoded type": "data:image/png," + percent(data),
		} {
			t.Run(file+" "+name, func(t *testing.T) {
				img := mustPrepare(t, preparer, media.Request{Source: source})
				if !bytes.Equal(img.Data, want.Data) || img.Original.Bytes != len(data) {
					t.Errorf("another image: %s, %d of %d bytes", img.MediaType, len(img.Data), img.Original.Bytes)
				}
			})
		}
	}
}

func TestMalformedSources(t *testing.T) {
	jpg := base64.StdEncoding.EncodeToString(testdata(t, "photo.jpg"))
	pdf := base64.StdEncoding.EncodeToString([]byte("%PDF-1.7\n" + strings.Repeat("x", 100)))
	for _, tt := range []struct {
		name, source string
		kind         media.Kind
		message      string
	}{
		{"nothing", "", media.Invalid, "blank"},
		{"blanks", " \n\t", media.Invalid, "blank"},
		{"data: without a comma", "data:image/png;base64", media.Invalid, "comma"},
		{"data: of nothing", "data:image/png;base64,", media.Unreadable, "zero bytes"},
		{"data: with a bad escape", "data:,%zz", media.Invalid, "hexadecimal"},
		{"data: with bad base64", "data:image/png;base64,a*b", media.Invalid, "malformed"},
		{"data: with a digit too many", "data:image/png;base64,iVBORw0KGgoAA", media.Invalid, "malformed"},
		{"data: with padding inside", "data:image/png;base64,iVBO==Rw0KGgo=", media.Invalid, "malformed"},
		{"data: of an SVG", "data:image/svg+xml,%3Csvg%20xmlns='http://www.w3.org/2000/svg'/%3E", media.Unreadable, "SVG"},
		{"SVG as it is", "<svg xmlns='http://www.w3.org/2000/svg'/>", media.Unreadable, "SVG"},
		{"base64 of a PDF", pdf, media.Unreadable, "PDF"},
		{"long base64 with a wrong letter", jpg[:6000] + "*" + jpg[6000:], media.Invalid, "malformed"},
		{"long base64 of nothing known", strings.Repeat("QUJD", 2000), media.Unreadable, "text"},
		{"too long for a path", strings.Repeat("a b/", 2000) + "!", media.Invalid, "malformed"},
		{"too long for anything", strings.Repeat("a.b/", 2000), media.Invalid, "neither"},
		{"unknown scheme", "ftp://images.test/a.png", media.URLBlocked, `"ftp"`},
		{"gopher", "gopher://127.0.0.1:25/_HELO", media.URLBlocked, `"gopher"`},
		{"URL without a host", "https:///a.png", media.Invalid, "host"},
		{"URL without slashes", "https:images.test", media.Invalid, "host"},
		{"malformed URL", "https://images test/\x7f", media.Invalid, "malformed"},
		{"a path", "images/a.png", media.PathNotAllowed, "no folder is allowed"},
		{"a short word that is base64", "Qk12", media.PathNotAllowed, "no folder is allowed"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			preparer := newPreparer(t, media.Options{})
			_, err := preparer.Prepare(t.Context(), media.Request{Source: tt.source, LocalFiles: true})
			wantKind(t, err, tt.kind, tt.message)
		})
	}
}

func TestUnknownDetail(t *testing.T) {
	_, err := newPreparer(t, media.Options{}).Prepare(t.Context(), media.Request{Source: "data:,", Detail: "ultra"})
	wantKind(t, err, media.Invalid, `"ultra"`)
}
