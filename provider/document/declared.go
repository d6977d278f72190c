package document

import (
	"regexp"
	"strings"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/htmlindex"
)

// declaredLength is how much of a file is searched for the name of its encoding, as browsers do.
const declaredLength = 1024

// declaredBadBytes is for how many bytes that are not UTF-8 a text in the encoding that it declares
// may have a valid character.
const declaredBadBytes = 2

// declaredEncoding returns the encoding that a text names itself, as XML, HTML, CSS, gettext, mail
// and source code do: encoding="…", charset=…, coding: …. The name is "" without a declaration, or
// one that cannot be right.
func declaredEncoding(data []byte) (name string, e encoding.Encoding) {
	head := data[:min(len(data), declaredLength)]
	found := regexp.MustCompile(`(?i)(?:charset\s*=?|coding\s*[=:])\s*["']?([a-z][\w.:-]*\w)`).FindSubmatch(head)
	if found == nil {
		return "", nil
	}
	label := string(found[1])
	e, err := htmlindex.Get(label)
	if err != nil { // Python's latin-1
		e, err = htmlindex.Get(strings.ReplaceAll(label, "-", ""))
	}
	if err != nil {
		return "", nil
	}
	// Data that is not UTF-8 is not by its word, and bytes that spell ASCII are not UTF-16.
	switch canonical, err := htmlindex.Name(e); {
	case err != nil, strings.HasPrefix(canonical, "utf-"), canonical == "replacement", canonical == "x-user-defined":
		return "", nil
	default:
		return displayName(canonical), e
	}
}

// displayName returns the usual spelling of a name of the WHATWG standard.
func displayName(canonical string) string {
	for _, c := range charsets() {
		if strings.EqualFold(c.name, canonical) {
			return c.name
		}
	}
	switch {
	case strings.HasPrefix(canonical, "iso-"), canonical == "gbk", strings.HasPrefix(canonical, "ibm"):
		return strings.ToUpper(canonical)
	}
	return canonical
}
