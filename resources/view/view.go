// Package view holds the catalogue to look at: one HTML file, which is the page of an HTTP
// server, a file on disk and an MCP App. It is built from the TypeScript beside it, needs
// no network but its own endpoint, and holds no data.
package view

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"errors"
	"html"
	"strings"
)

// What MCP Apps need to know of the view.
const (
	Extension = "io.modelcontextprotocol/ui"
	URI       = "ui://ai-endpoints/catalog"
	MIMEType  = "text/html;profile=mcp-app"
)

//go:embed catalog.html
var file string

// HTML returns the file, which the caller may change.
func HTML() []byte { return []byte(file) }

// endpointElement says where the MCP endpoint is, relative to the page. It begins with ./,
// so that a:b is no scheme.
const endpointElement = `<meta name="endpoint" content="./mcp">`

// Page returns the file for a server whose MCP endpoint is at a path relative to the page.
func Page(endpoint string) []byte {
	element := strings.Replace(endpointElement, "mcp", html.EscapeString(endpoint), 1)
	return []byte(strings.Replace(file, endpointElement, element, 1))
}

// Policy returns the file's Content-Security-Policy, as its own meta element has it. A
// header can add what such an element cannot say: which pages may frame it.
func Policy() string {
	_, rest, _ := strings.Cut(file, `<meta http-equiv="Content-Security-Policy" content="`)
	policy, _, _ := strings.Cut(rest, `"`)
	return html.UnescapeString(policy)
}

// dataElement is where the data of a file on disk stand; empty, it ends so.
const dataElement = `id="data"></script>`

// WithData returns the file with the data that it shows without a server: JSON.
func WithData(data []byte) ([]byte, error) {
	before, after, found := strings.Cut(file, dataElement)
	if !found {
		return nil, errors.New("the view has no place for data")
	}
	if !json.Valid(data) {
		return nil, errors.New("the data of the view must be JSON")
	}
	var made bytes.Buffer
	made.WriteString(before)
	made.WriteString(strings.TrimSuffix(dataElement, `</script>`))
	json.HTMLEscape(&made, data) // also what would end the element
	made.WriteString(`</script>`)
	made.WriteString(after)
	return made.Bytes(), nil
}
