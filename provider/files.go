package provider

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/catalog"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/document"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/folder"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/sniff"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/text"
)

const (
	maxFiles     = 10_000   // of one call
	maxFileBytes = 20 << 20 // of one file
	maxAllBytes  = 64 << 20 // of all files of a call
	// The service's limits of a request's body, without and with images.
	maxTextBody  = 2_000_000
	maxImageBody = 10_000_000
)

// file is what a file of a call holds: text, or an image.
type file struct {
	name  string
	text  string
	image []byte // nil is text
}

type files []file

// readFiles returns what the files hold that entries name: paths, file: URLs and
// patterns below the allowed folders, each file once. Their memory is held until release.
func (p *Provider) readFiles(ctx context.Context, entries []string, w *warnings) (read files, release func(), err error) {
	if len(entries) == 0 {
		return nil, func() {}, nil
	}
	found, err := p.findFiles(ctx, entries)
	if err != nil {
		return nil, nil, err
	}
	var size int64
	for _, f := range found {
		if size += f.Size; size > maxAllBytes {
			return nil, nil, &Error{
				Code: CodePayloadTooLarge, Hint: "name fewer files",
				Message: fmt.Sprintf("files: they have more than %s together", text.Bytes(maxAllBytes)),
			}
		}
	}
	const copies = 4 // the bytes, the text, in a message, and as JSON
	if release, err = p.hold(ctx, copies*size); err != nil {
		return nil, nil, err
	}
	if read, err = p.readAll(ctx, found, w); err != nil {
		release()
		return nil, nil, err
	}
	return read, release, nil
}

// findFiles returns the files that entries name, in their order, each once.
func (p *Provider) findFiles(ctx context.Context, entries []string) ([]folder.File, error) {
	switch {
	case p.noLocalFiles:
		return nil, &Error{
			Code: CodePathNotAllowed, Message: "files: local files are never read over HTTP", Hint: "give their text instead",
		}
	case p.folders.IsEmpty():
		return nil, &Error{
			Code: CodePathNotAllowed, Message: "files: no folder is allowed for local files",
			Hint: "start the server with --allow-dir DIR, or give the text instead",
		}
	}
	var all []folder.File
	seen := map[string]bool{}
	for i, entry := range entries {
		if strings.TrimSpace(entry) == "" {
			return nil, InvalidArgument(fmt.Sprintf("files[%d] is blank", i), "give a path, or a pattern such as docs/**/*.md")
		}
		found, err := p.folders.Find(ctx, entry, maxFiles)
		if err != nil {
			return nil, p.fileError(ctx, fmt.Sprintf("files[%d]", i), err)
		}
		for _, f := range found {
			if !seen[f.Name] {
				seen[f.Name] = true
				all = append(all, f)
			}
		}
		if len(all) > maxFiles {
			return nil, InvalidArgument(fmt.Sprintf("files: they are %d", len(all)), fmt.Sprintf("at most %d are allowed", maxFiles))
		}
	}
	return all, nil
}

// readAll reads the files. One error names all that hold no text: most patterns that
// match one of them match several.
func (p *Provider) readAll(ctx context.Context, found []folder.File, w *warnings) (files, error) {
	var (
		read    files
		refused []string
		hint    string
		adapted []string
	)
	for _, f := range found {
		data, err := f.Read(ctx, maxFileBytes)
		if err != nil {
			return nil, p.fileError(ctx, "files", err)
		}
		if sniff.Image(data) != "" {
			read = append(read, file{name: f.Name, image: data})
			continue
		}
		content, encoding, err := document.Text(ctx, data)
		if unreadable, ok := errors.AsType[*document.Error](err); ok {
			if refused = append(refused, f.Name); len(refused) == 1 {
				refused[0], hint = f.Name+" "+unreadable.Message, unreadable.Hint
			}
			continue
		}
		if err != nil {
			return nil, p.client.transportError(ctx, err)
		}
		if encoding != "" {
			adapted = append(adapted, fmt.Sprintf("%s (%s)", f.Name, encoding))
		}
		read = append(read, file{name: f.Name, text: content})
	}
	if len(refused) > 0 {
		return nil, &Error{Code: CodeFileUnreadable, Message: "files: " + named(refused), Hint: hint + "; or leave it out of files"}
	}
	if len(adapted) > 0 {
		w.add(WarnArgumentAdapted, "files are in another encoding than UTF-8: %s", named(adapted))
	}
	return read, nil
}

// named lists the first of many.
func named(all []string) string {
	const most = 5
	if len(all) > most {
		return fmt.Sprintf("%s and %d more", strings.Join(all[:most], ", "), len(all)-most)
	}
	return strings.Join(all, ", ")
}

// fileError converts an error of finding or reading a file.
func (p *Provider) fileError(ctx context.Context, label string, err error) error {
	failed, ok := errors.AsType[*folder.Error](err)
	if !ok {
		return p.client.transportError(ctx, err)
	}
	const aPath = "give a path below a folder of --allow-dir, or a pattern such as docs/**/*.md"
	e := &Error{Code: CodeFileUnreadable, Message: label + ": " + failed.Message, Hint: cmp.Or(failed.Hint, aPath), cause: err}
	switch failed.Kind {
	case folder.Invalid:
		e.Code = CodeInvalidArgument
	case folder.Outside:
		e.Code = CodePathNotAllowed
	case folder.NotRegular:
		e.Code, e.Hint = CodePathNotAllowed, "name a file, or what is in a folder, as docs/**"
	case folder.TooLarge:
		e.Code, e.Hint = CodePayloadTooLarge, fmt.Sprintf("at most %s are allowed: split it", text.Bytes(maxFileBytes))
	default:
		e.Retryable = failed.Changed
	}
	return e
}

// parts returns the files as parts of a message: each text with its name, in one part
// where no image comes between, because not every model takes several.
func (fs files) parts() []Part {
	var parts []Part
	add := func(content string) {
		if last := len(parts) - 1; last >= 0 && parts[last].Type == "text" {
			parts[last].Text += paragraph + content
			return
		}
		parts = append(parts, Part{Type: "text", Text: content})
	}
	for i := range fs {
		f := &fs[i]
		if f.image == nil {
			add(fmt.Sprintf("<file name=%s>\n%s\n</file>", strconv.Quote(f.name), strings.TrimSuffix(f.text, "\n")))
			continue
		}
		add(fmt.Sprintf("The image %s:", strconv.Quote(f.name)))
		parts = append(parts, Part{Type: "image_url", ImageURL: &ImageURL{URL: f.name, Label: f.name, Data: f.image}})
	}
	return parts
}

// before returns content with the files before it.
func (fs files) before(content Content) Content {
	parts := fs.parts()
	if len(parts) == 1 && content.Parts == nil {
		return Content{Text: strings.TrimSuffix(parts[0].Text+paragraph+content.Text, paragraph)}
	}
	return Content{Parts: append(parts, content.parts()...)}
}

// intoMessages puts the files before what the user said last.
func (fs files) intoMessages(messages []Message) []Message {
	if len(fs) == 0 {
		return messages
	}
	messages = slices.Clone(messages)
	for i, m := range slices.Backward(messages) {
		if m.Role == RoleUser {
			messages[i].Content = fs.before(m.Content)
			return messages
		}
	}
	return append(messages, Message{Role: RoleUser, Content: fs.before(Content{})})
}

// textBytes is how many bytes of text the files have.
func (fs files) textBytes() int {
	bytes := 0
	for _, f := range fs {
		bytes += len(f.text)
	}
	return bytes
}

// checkSize refuses files that certainly do not fit the model, beside so many bytes of
// other text: in one request of the service, or in the model's context.
func (fs files) checkSize(c *client, known *catalog.Catalog, m catalog.Model, others int) error {
	if len(fs) == 0 {
		return nil
	}
	bytes, most := fs.textBytes()+others, maxTextBody
	if slices.ContainsFunc(fs, func(f file) bool { return f.image != nil }) || m.Can(catalog.Vision) {
		most = maxImageBody
	}
	tokens := leastTokens(bytes)
	switch {
	case m.ContextTokens > 0 && tokens > m.ContextTokens:
		return &Error{
			Code: CodeContextTooLong,
			Message: fmt.Sprintf("files: %s and the rest have about %d tokens, and the context of %s is %d",
				text.Count(len(fs), "file"), tokens, m.ID, m.ContextTokens),
			Hint: "name fewer files" + largerContext(known, tokens) + ", or find the passages that matter with embed and query",
		}
	case isAIEndpoints(c.baseURL) && bytes > most:
		return &Error{
			Code: CodePayloadTooLarge,
			Message: fmt.Sprintf("files: %s and the rest have %s, and a request may have %s",
				text.Count(len(fs), "file"), text.Bytes(int64(bytes)), text.Bytes(int64(most))),
			Hint: "name fewer files",
		}
	}
	return nil
}

// largerContext completes a hint with the chat model whose context so many tokens fit
// that has the smallest such context, if there is one.
func largerContext(known *catalog.Catalog, tokens int) string {
	var best catalog.Model
	for _, m := range known.Models() {
		if m.AnswersChats() && m.ContextTokens >= tokens && (best.ID == "" || m.ContextTokens < best.ContextTokens) {
			best = m
		}
	}
	if best.ID == "" {
		return ""
	}
	return fmt.Sprintf(", or a model with a larger context: %s (%d)", best.ID, best.ContextTokens)
}
