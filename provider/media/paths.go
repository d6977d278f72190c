package media

import (
	"cmp"
	"context"
	"errors"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/folder"
)

// readFileURL reads a file: URL.
func (p *Preparer) readFileURL(ctx context.Context, source string, localFiles bool) ([]byte, error) {
	path, err := folder.PathOfURL(source)
	if err != nil {
		return nil, p.pathError(err)
	}
	return p.readPath(ctx, path, []string{path}, localFiles)
}

// readPath reads a file below an allowed folder by one of the spellings of its path.
func (p *Preparer) readPath(ctx context.Context, path string, spellings []string, localFiles bool) ([]byte, error) {
	switch {
	case !localFiles:
		return nil, &Error{
			Kind:    PathNotAllowed,
			Message: "the image is neither a URL nor base64 of an image, and local files are never read over HTTP",
			Hint:    "give an https URL, a data: URL or base64 of an image",
		}
	case p.folders.IsEmpty():
		return nil, &Error{
			Kind:    PathNotAllowed,
			Message: "the image is neither a URL nor base64 of an image, and no folder is allowed for local files",
			Hint:    "start the server with --allow-dir DIR, or give an https URL, a data: URL or base64",
		}
	}
	file, err := p.folders.Lookup(ctx, path, spellings)
	var data []byte
	if err == nil {
		data, err = file.Read(ctx, p.maxBytes)
	}
	return data, p.pathError(err)
}

// pathError turns an error of the folders into an [*Error]; others, and nil, stay as they
// are.
func (p *Preparer) pathError(err error) error {
	failed, ok := errors.AsType[*folder.Error](err)
	if !ok {
		return err
	}
	e := &Error{Message: failed.Message, Hint: cmp.Or(failed.Hint, allowedSources), cause: err}
	switch failed.Kind {
	case folder.Invalid:
		e.Kind = Invalid
	case folder.Outside:
		e.Kind = PathNotAllowed
	case folder.NotRegular:
		e.Kind, e.Hint = PathNotAllowed, "give the path of an image file"
	case folder.TooLarge:
		tooLarge := p.tooLargeError()
		e.Kind, e.Message, e.Hint = TooLarge, tooLarge.Message+": "+failed.Message, tooLarge.Hint
	case folder.Missing:
		e.Kind = Unreadable
	default:
		e.Kind, e.Hint = Unreadable, cmp.Or(failed.Hint, allowedFormats)
	}
	return e
}
