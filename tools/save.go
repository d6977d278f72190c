package tools

import (
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"github.com/mark3labs/mcp-go/mcp"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/save"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/text"
)

// maxPreview is how many characters of a saved text the answer repeats.
const maxPreview = 300

// saved says where a result is that is not in the answer.
type saved struct {
	Path    string `json:"path"` // absolute
	Bytes   int64  `json:"bytes"`
	Preview string `json:"preview,omitempty"`
}

// save writes a result to a destination, and adds the text and the link that say where it
// is; the caller then leaves it out of the answer. It returns nil if there is no
// destination, or if the result cannot be written: a warning says why, and the answer
// holds the whole result.
func (o *output) save(to *save.Destination, preview string, write func(io.Writer) error) *saved {
	if to == nil {
		return nil
	}
	file, err := to.Write(write)
	if err != nil {
		o.notSaved(to, err.Error())
		return nil
	}
	o.text = append(o.text, strings.TrimSpace(fmt.Sprintf("Saved to %s (%s).\n\n%s", file.Path, text.Count(int(file.Bytes), "byte"), preview)))
	link := mcp.NewResourceLink(file.URI(), filepath.Base(file.Path), "The result of this call", mediaType(to.Extension()))
	link.Size = &file.Bytes
	o.link = &link
	return &saved{file.Path, file.Bytes, preview}
}

// notSaved warns that a result was not written although there is a destination.
func (o *output) notSaved(to *save.Destination, why string) {
	if to != nil {
		o.notes = append(o.notes, provider.Warning{
			Code: provider.WarnNotSaved, Message: "nothing was saved, the result is in this answer: " + why,
		})
	}
}

// saveText saves a text that a model wrote.
func (o *output) saveText(to *save.Destination, content string) *saved {
	return o.save(to, text.Cut(strings.TrimSpace(content), maxPreview), writeText(content))
}

func writeText(content string) func(io.Writer) error {
	return func(w io.Writer) error {
		_, err := io.WriteString(w, content)
		return err
	}
}

// mediaType returns the media type of a saved file.
func mediaType(extension string) string {
	switch extension {
	case ".md", ".markdown":
		return "text/markdown"
	case extJSON:
		return "application/json"
	case extSubRip:
		return "application/x-subrip"
	case extWebVTT:
		return "text/vtt"
	case extJSONLines:
		return "application/jsonl"
	case ".npy":
		return "application/octet-stream"
	default:
		return "text/plain"
	}
}
