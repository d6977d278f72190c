package provider

import (
	"errors"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/save"
)

// ErrWriteFolder is why [New] fails when the folder of [Options].WriteDir cannot be used.
var ErrWriteFolder = save.ErrFolder

// openWriteFolder returns nil if no files are to be written.
func (o *Options) openWriteFolder() (*save.Folder, error) {
	if o.WriteDir == "" || o.NoLocalFiles {
		return nil, nil
	}
	return save.Open(o.WriteDir)
}

// Saves reports whether results can be written to files. A nil provider, of which only
// the names of tools are wanted, saves none.
func (p *Provider) Saves() bool { return p != nil && p.writeFolder != nil }

// Destination checks where a result is to be saved, before anything is sent for it: path
// is relative to [Options].WriteDir, or absolute and below it, with one of the extensions
// if there are any. "" is nowhere, for which the destination is nil.
func (p *Provider) Destination(path string, extensions ...string) (*save.Destination, error) {
	switch {
	case path == "":
		return nil, nil
	case p.noLocalFiles:
		return nil, &Error{
			Code: CodePathNotAllowed, Message: "save_to: files are never written over HTTP",
			Hint: "leave save_to out, and take the result from the answer",
		}
	case !p.Saves():
		return nil, &Error{
			Code: CodePathNotAllowed, Message: "save_to: no folder is allowed for files",
			Hint: "start the server with --write-dir DIR, or leave save_to out",
		}
	}
	destination, err := p.writeFolder.Check(path, extensions...)
	if err == nil {
		return destination, nil
	}
	e := &Error{Code: CodeInvalidArgument, Message: "save_to: " + err.Error(), cause: err}
	if failed, ok := errors.AsType[*save.Error](err); ok {
		e.Hint = failed.Hint
		if failed.Kind == save.NotAllowed {
			e.Code = CodePathNotAllowed
		}
	}
	return nil, e
}
