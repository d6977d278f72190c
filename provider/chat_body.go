package provider

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"unicode/utf8"

	"github.com/openai/openai-go/v3/option"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/schema"
)

// longText is the size of a text that is written as JSON only while it is sent, so that
// a large prompt is not held a second time.
const longText = 64 << 10

// chatBody is the JSON of a chat: what stands before, between and after its long texts.
type chatBody struct {
	around [][]byte
	texts  []string
}

// body returns the JSON of a chat.
func (b *wireChat) body() (*chatBody, error) {
	var texts []string
	mark := rand.Text() // stands for a text that is left out
	leaveOut := func(text *string) {
		if len(*text) >= longText {
			texts = append(texts, *text)
			*text = mark
		}
	}
	short := *b
	short.Messages = slices.Clone(b.Messages)
	for i := range short.Messages {
		content := &short.Messages[i].Content
		if content.Parts == nil { // else the text is not written
			leaveOut(&content.Text)
		}
		content.Parts = slices.Clone(content.Parts)
		for j := range content.Parts {
			part := &content.Parts[j]
			leaveOut(&part.Text)
			if part.ImageURL != nil {
				part.ImageURL = new(*part.ImageURL)
				leaveOut(&part.ImageURL.URL)
			}
		}
	}
	var written bytes.Buffer
	encoder := json.NewEncoder(&written)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(&short); err != nil {
		return nil, fmt.Errorf("writing the request: %w", err)
	}
	return &chatBody{bytes.Split(written.Bytes(), schema.Text(mark)), texts}, nil
}

// reader returns a new reader of the JSON.
func (b *chatBody) reader() io.Reader {
	if len(b.texts) == 0 {
		return bytes.NewReader(b.around[0]) // a MultiReader would be copied through a buffer of 32 kB
	}
	readers := []io.Reader{bytes.NewReader(b.around[0])}
	for i, text := range b.texts {
		readers = append(readers, newTextReader(text), bytes.NewReader(b.around[i+1]))
	}
	return io.MultiReader(readers...)
}

// announce tells net/http the body's size, which many servers want to know before it
// comes, and how to send it again if a connection was closed.
func (b *chatBody) announce() option.RequestOption {
	size := b.size()
	return option.WithMiddleware(func(req *http.Request, next option.MiddlewareNext) (*http.Response, error) {
		req.ContentLength = size
		req.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(b.reader()), nil }
		return next(req)
	})
}

func (b *chatBody) size() int64 {
	var size int64
	for _, part := range b.around {
		size += int64(len(part))
	}
	for _, text := range b.texts {
		quoted, _ := io.Copy(io.Discard, newTextReader(text))
		size += quoted
	}
	return size
}

// textReader reads a text as JSON.
type textReader struct {
	rest    string
	buffer  bytes.Buffer
	encoder *json.Encoder
	quoted  []byte // what is read next
}

func newTextReader(text string) *textReader {
	r := &textReader{rest: text, quoted: []byte(`"`)}
	r.encoder = json.NewEncoder(&r.buffer)
	r.encoder.SetEscapeHTML(false)
	return r
}

// Read implements [io.Reader].
func (r *textReader) Read(p []byte) (int, error) {
	if len(r.quoted) == 0 {
		if r.encoder == nil {
			return 0, io.EOF
		}
		r.quote()
	}
	n := copy(p, r.quoted)
	r.quoted = r.quoted[n:]
	return n, nil
}

// quote writes the next part of the text, and the quote at its end.
func (r *textReader) quote() {
	const part = 16 << 10
	end := len(r.rest)
	if end > part {
		for end = part; end > part-utf8.UTFMax && !utf8.RuneStart(r.rest[end]); end-- {
		}
		if end == part-utf8.UTFMax {
			end = part // no character reaches so far
		}
	}
	r.buffer.Reset()
	_ = r.encoder.Encode(r.rest[:end]) // a text can always be written
	r.quoted = bytes.TrimPrefix(bytes.TrimSuffix(r.buffer.Bytes(), []byte("\n")), []byte(`"`))
	if r.rest = r.rest[end:]; r.rest == "" {
		r.encoder = nil
		return
	}
	r.quoted = bytes.TrimSuffix(r.quoted, []byte(`"`))
}
