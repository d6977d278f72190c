package provider

import (
	"context"
	"fmt"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/passage"
)

// maxPassages is how many passages the files of one call may have.
const maxPassages = 20_000

// passages returns the passages of the files that entries name. Their memory is held
// until release.
func (p *Provider) passages(ctx context.Context, entries []string, w *warnings) (all []Passage, release func(), err error) {
	read, release, err := p.readFiles(ctx, entries, w)
	if err != nil {
		return nil, nil, err
	}
	if all, err = read.passages(); err != nil {
		release()
		return nil, nil, err
	}
	return all, release, nil
}

func (fs files) passages() ([]Passage, error) {
	var all []Passage
	for _, f := range fs {
		if f.image != nil {
			return nil, InvalidArgument("files: "+f.name+" is an image, which has no text to embed", "leave it out, or read it with describe-image")
		}
		for _, part := range passage.Split(f.text, passage.Options{}) {
			all = append(all, Passage{File: f.name, LineStart: part.LineStart, LineEnd: part.LineEnd, Text: part.Text})
		}
		if len(all) > maxPassages {
			return nil, InvalidArgument(fmt.Sprintf("files: they have more than %d passages", maxPassages), "name fewer files")
		}
	}
	if len(fs) > 0 && len(all) == 0 {
		return nil, &Error{Code: CodeFileUnreadable, Message: "files: they hold no text", Hint: "name files with text"}
	}
	return all, nil
}
