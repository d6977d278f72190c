package example

import (
	"net/mail"
	"net/netip"
	"net/url"
	"time"
)

// format is how a string format is found in a text, and a value for a text
// that has none.
type format struct {
	pattern  string
	valid    func(string) bool
	fallback string
}

func formats() map[string]format {
	link := format{`https?://[^\s"'<>()]+[^\s"'<>().,;:!?]`, parses(url.Parse), "https://example.com/"}
	all := map[string]format{
		"date":      {`\d{4}-\d{2}-\d{2}`, isTime(time.DateOnly), "2026-01-31"},
		"date-time": {`\d{4}-\d{2}-\d{2}T[\d:.]+(?:Z|[+-]\d{2}:\d{2})`, isTime(time.RFC3339), "2026-01-31T12:00:00Z"},
		"time":      {`\d{2}:\d{2}:\d{2}(?:Z|[+-]\d{2}:\d{2})`, isTime("15:04:05Z07:00"), "12:00:00Z"},
		"duration":  {`\bP\d+[YMWD]\b`, always, "PT1H"},
		"email":     {`[\w.+-]+@[\w-]+(?:\.[\w-]+)+`, parses(mail.ParseAddress), "someone@example.com"},
		"hostname":  {`\b[a-z0-9-]+(?:\.[a-z0-9-]+)*\.[a-z]{2,}\b`, always, "example.com"},
		"ipv4":      {`\b\d{1,3}(?:\.\d{1,3}){3}\b`, parses(netip.ParseAddr), "192.0.2.1"},
		"ipv6":      {`[0-9a-fA-F]+:[0-9a-fA-F:]*:[0-9a-fA-F]*`, parses(netip.ParseAddr), "2001:db8::1"},
		"uri":       link, "uri-reference": link, "iri": link,
		"uuid": {`\b[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\b`, always, "00000000-0000-4000-8000-000000000000"},
	}
	for _, version := range []string{"1", "2", "3", "4", "5", "6", "7", "8"} { // as pydantic calls them
		hex := `[0-9a-fA-F]`
		form := `\b` + hex + `{8}-` + hex + `{4}-` + version + hex + `{3}-` + hex + `{4}-` + hex + `{12}\b`
		all["uuid"+version] = format{form, always, "00000000-0000-" + version + "000-8000-000000000000"}
	}
	return all
}

func always(string) bool { return true }

func parses[T any](parse func(string) (T, error)) func(string) bool {
	return func(s string) bool {
		_, err := parse(s)
		return err == nil
	}
}

func isTime(layout string) func(string) bool {
	return parses(func(s string) (time.Time, error) { return time.Parse(layout, s) })
}

// formatted returns a string of a format, from the text if it has one. It
// returns false for an unknown format.
func (g *generator) formatted(key, name string) (string, bool) {
	f, known := formats()[name]
	if !known {
		return "", false
	}
	if found, ok := g.source.match(key, f.pattern, f.valid); ok {
		return found, true
	}
	return f.fallback, true
}
