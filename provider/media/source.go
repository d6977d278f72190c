package media

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"net/url"
	"path/filepath"
	"strings"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/folder"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/sniff"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/text"
)

// maxPath is the longest path that Linux allows. A longer source can only be base64.
const maxPath = 4096

const allowedSources = "give an https URL, a data: URL, base64 of an image, or a path below an allowed folder"

// load returns the bytes of a source, whose kind it detects by the first characters.
// Base64 is tried before a path, because every JPEG in base64 starts with "/9j/".
func (p *Preparer) load(ctx context.Context, r Request) ([]byte, error) {
	if r.Data != nil {
		return p.checkSize(r.Data)
	}
	source := strings.TrimSpace(r.Source)
	if unquoted := folder.Unquote(source); SchemeOf(unquoted) != "" {
		source = unquoted
	}
	switch scheme := SchemeOf(source); scheme {
	case "data":
		return p.DataURL(source)
	case "https", "http":
		return p.fetch(ctx, source)
	case "file":
		return p.readFileURL(ctx, source, r.LocalFiles)
	case "":
	default:
		return nil, blockedError(fmt.Sprintf("URLs are not fetched by %q", short(scheme)), "use an https URL")
	}
	if source == "" {
		return nil, &Error{Kind: Invalid, Message: "the image is blank", Hint: allowedSources}
	}
	if source[0] == '<' && (strings.Count(source, "<") > 1 || sniff.Format([]byte(source)) != sniff.PlainText) {
		// The text of an SVG or a page. A path may be in angle brackets, too.
		return nil, notAnImage([]byte(source))
	}
	if looksLikeBase64(source) {
		return p.Base64(source)
	}
	if len(source) > maxPath {
		return nil, &Error{Kind: Invalid, Message: "the image is neither a URL, nor base64 of an image, nor a path", Hint: allowedSources}
	}
	return p.readPath(ctx, source, folder.Spellings(r.Source), r.LocalFiles)
}

// fileName returns the last name of the path that was loaded, or "" if it was none.
func (r Request) fileName() string {
	if r.Data != nil {
		return r.Source
	}
	source := folder.Unquote(r.Source)
	if scheme := SchemeOf(source); scheme != "file" && scheme != "" || len(source) > maxPath || looksLikeBase64(source) {
		return ""
	}
	return filepath.Base(source)
}

// SchemeOf returns the scheme of a URL in lower case, or "". A path may contain a
// colon, so that unknown schemes count only when "//" follows, and one letter is a
// drive of Windows.
func SchemeOf(source string) string {
	scheme, rest, found := strings.Cut(source[:min(len(source), 64)], ":")
	scheme = strings.ToLower(scheme)
	switch {
	case !found, len(scheme) < 2, strings.ContainsFunc(scheme, notOfScheme):
		return ""
	case scheme == "data", scheme == "http", scheme == "https", scheme == "file", strings.HasPrefix(rest, "//"):
		return scheme
	}
	return ""
}

func notOfScheme(r rune) bool {
	return (r < 'a' || r > 'z') && (r < '0' || r > '9') && !strings.ContainsRune("+-.", r)
}

const dataURLForm = "write data:image/png;base64,… with the type of the data"

// DataURL decodes a data: URL (RFC 2397). It ignores the media type.
func (p *Preparer) DataURL(source string) ([]byte, error) {
	meta, body, found := strings.Cut(source[len("data:"):], ",")
	if !found {
		return nil, &Error{Kind: Invalid, Message: "the data: URL has no comma before its data", Hint: dataURLForm}
	}
	if int64(len(body)) > p.maxSourceLength() {
		return nil, p.tooLargeError()
	}
	if strings.Contains(body, "%") {
		unescaped, err := url.PathUnescape(body)
		if err != nil {
			return nil, &Error{
				Kind: Invalid, Message: "the data: URL has a % that is not followed by two hexadecimal digits",
				Hint: dataURLForm, cause: err,
			}
		}
		body = unescaped
	}
	parameters := strings.Split(meta, ";")
	if strings.EqualFold(strings.TrimSpace(parameters[len(parameters)-1]), "base64") {
		return p.Base64(body)
	}
	return p.checkSize([]byte(body))
}

// Base64 accepts the standard and the URL alphabet, with or without padding,
// and white space anywhere: models and shells write all of these. The error is an [*Error].
func (p *Preparer) Base64(text string) ([]byte, error) {
	if int64(len(text)) > p.maxSourceLength() {
		return nil, p.tooLargeError()
	}
	digits := base64Digits(text)
	data := make([]byte, base64.RawStdEncoding.DecodedLen(len(digits)))
	n, err := base64.RawStdEncoding.Decode(data, digits)
	if err != nil {
		return nil, &Error{
			Kind: Invalid, Message: "the base64 is malformed: " + err.Error(),
			Hint: "encode the bytes of the file, whole and unchanged", cause: err,
		}
	}
	return p.checkSize(data[:n])
}

// base64Digits returns text in the standard alphabet, without white space and padding.
func base64Digits(text string) []byte {
	digits := make([]byte, 0, len(text))
	for i := range len(text) {
		switch c := text[i]; c {
		case ' ', '\t', '\r', '\n', '\v', '\f':
		case '-':
			digits = append(digits, '+')
		case '_':
			digits = append(digits, '/')
		default:
			digits = append(digits, c)
		}
	}
	for range 2 {
		digits = bytes.TrimSuffix(digits, []byte("="))
	}
	return digits
}

// looksLikeBase64 reports whether text starts as base64 of an image, or of another
// known format, which has an error of its own. A text that may be a path must also
// be base64 to its end, and long unless it is an image: two letters make a BMP.
func looksLikeBase64(text string) bool {
	const headLength = sniff.Length / 3 * 4
	head := base64Digits(text[:min(len(text), headLength)])
	head = head[:len(head)/4*4]
	data := make([]byte, base64.RawStdEncoding.DecodedLen(len(head)))
	if _, err := base64.RawStdEncoding.Decode(data, head); err != nil {
		return false
	}
	if len(text) > maxPath {
		return true
	}
	const longEnough = 64
	if name := sniff.Format(data); sniff.Image(data) == "" && (len(text) < longEnough || name == "" || name == sniff.PlainText) {
		return false
	}
	_, err := base64.RawStdEncoding.DecodeString(string(base64Digits(text)))
	return err == nil
}

// maxSourceLength is the longest text that is decoded. It is more than the largest
// image needs in base64 with line breaks, but less than it may need percent-encoded.
func (p *Preparer) maxSourceLength() int64 { return 2 * p.maxBytes }

func (p *Preparer) checkSize(data []byte) ([]byte, error) {
	if int64(len(data)) > p.maxBytes {
		return nil, p.tooLargeError()
	}
	return data, nil
}

func (p *Preparer) tooLargeError() *Error { return tooLargeError("image", p.maxBytes) }

func tooLargeError(noun string, most int64) *Error {
	return &Error{Kind: TooLarge, Message: fmt.Sprintf("the %s has more than %s", noun, text.Bytes(most)), Hint: "scale it down first"}
}

// short cuts text of the caller to a length that keeps an error message readable.
func short(s string) string { return text.Cut(s, 64) }
