package provider

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"math"
	"net/http"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/audio"
)

// heard is what a service answered for an audio file.
type heard struct {
	text, language string
	notice         string  // that the model is being retired
	used           float64 // seconds that are paid for; 0 is unknown
	duration       float64 // of the audio; 0 is unknown
	segments       []Segment
	words          []Word
	turns          []Segment // what each speaker said
}

// seconds returns how long the audio lasts, nil if that is unknown. What cannot be of this
// file is not believed, since it is what is charged.
func (h *heard) seconds(file audio.Info) *float64 {
	for _, seconds := range []float64{h.used, h.duration} {
		if seconds > 0 && (!file.Exact || seconds <= 2*file.Seconds+60) {
			return &seconds
		}
	}
	if file.Exact && file.Seconds > 0 {
		return &file.Seconds
	}
	return nil
}

// transcribe sends a form and reads the transcript. The error is an [Error].
func (c *client) transcribe(ctx context.Context, form *upload, size growing) (*heard, error) {
	resp, err := c.postForm(ctx, "audio/transcriptions", form)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	var data bytes.Buffer
	if _, err := io.Copy(&data, &growingReader{ctx, resp.Body, &size}); err != nil {
		return nil, c.transportError(ctx, err)
	}
	got := &heard{}
	isText := strings.HasPrefix(resp.Header.Get("Content-Type"), "text/")
	if err := c.readTranscript(ctx, got, bytes.TrimSpace(data.Bytes()), isText); err != nil {
		return nil, err
	}
	got.notice = excerpt(c.redact(resp.Header.Get("X-Warning")))
	return got, nil
}

// growingReader counts what is read as kept.
type growingReader struct {
	ctx  context.Context
	r    io.Reader
	size *growing
}

func (g *growingReader) Read(p []byte) (int, error) {
	n, err := g.r.Read(p)
	if failed := g.size.keep(g.ctx, n); failed != nil {
		return 0, failed
	}
	return n, err
}

// wireTranscript is an answer in JSON or verbose JSON. Servers of other engines leave
// fields out, and put some elsewhere.
type wireTranscript struct {
	Success     *bool           `json:"success"`
	Text        json.RawMessage `json:"text"`
	Language    wireWord        `json:"language"`
	Duration    seconds         `json:"duration"`
	Segments    json.RawMessage `json:"segments"`
	Words       json.RawMessage `json:"words"`
	Diarization json.RawMessage `json:"diarization"`
	Usage       json.RawMessage `json:"usage"`
	Error       json.RawMessage `json:"error"`
}

// readTranscript reads an answer in JSON, or one that is the text itself. A field of an
// odd type costs that field only.
func (c *client) readTranscript(ctx context.Context, h *heard, data []byte, isText bool) error {
	switch {
	case isPage(data):
		return c.newError(CodeUpstreamUnavailable, nil, "%s answered a page, not a transcript", c.service())
	case bytes.HasPrefix(data, []byte("{")):
	case bytes.HasPrefix(data, []byte(`"`)), bytes.HasPrefix(data, []byte("[{")) && json.Valid(data):
		h.text = strings.TrimSpace(textOf(ctx, data))
		return nil
	case isText && isReadable(data):
		h.text = string(data)
		return nil
	default:
		return c.newError(CodeUpstreamUnavailable, nil, "%s answered no transcript", c.service())
	}
	var wire wireTranscript
	if err := json.Unmarshal(data, &wire); err != nil {
		if _, odd := errors.AsType[*json.UnmarshalTypeError](err); !odd {
			return c.newError(CodeUpstreamUnavailable, err, "%s answered with broken JSON, not a transcript", c.service())
		}
	}
	noText := wire.Text == nil || string(wire.Text) == "null"
	if noText && isError(data) || isBlank(wire.Text) && !isBlank(wire.Error) {
		return c.transcriptError(data)
	}
	h.read(ctx, wire)
	if ctx.Err() != nil {
		return c.transportError(ctx, ctx.Err())
	}
	failed := wire.Success != nil && !*wire.Success
	if h.text == "" && (failed || noText && h.segments == nil) {
		return c.newError(CodeUpstreamUnavailable, nil, "%s answered no transcript", c.service())
	}
	return nil
}

// isReadable reports whether data is text.
func isReadable(data []byte) bool {
	return utf8.Valid(data) && !bytes.ContainsFunc(data, func(r rune) bool { return unicode.IsControl(r) && !unicode.IsSpace(r) })
}

// transcriptError returns the Error for an error with status 200.
func (c *client) transcriptError(data []byte) *Error {
	if status := errorStatus(data); status != 0 {
		return c.statusError(status, nil, data)
	}
	e := c.statusError(http.StatusBadGateway, nil, data)
	e.Status = 0
	e.Message = strings.Replace(e.Message, "answered 502 Bad Gateway", "answered an error", 1)
	return e
}

func (h *heard) read(ctx context.Context, wire wireTranscript) {
	h.text = strings.TrimSpace(textOf(ctx, wire.Text))
	h.language = upstreamName(string(wire.Language))
	h.duration = float64(wire.Duration)
	var usage struct {
		Seconds  seconds `json:"seconds"`
		Duration seconds `json:"duration"`
	}
	_ = json.Unmarshal(wire.Usage, &usage)
	if h.used = float64(usage.Seconds); h.used == 0 {
		h.used = float64(usage.Duration)
	}
	h.segments = readSegments(ctx, wire.Segments)
	h.turns = readSegments(ctx, wire.Diarization)
	h.words = readWords(ctx, wire.Words)
	if h.text == "" {
		var texts []string
		for _, s := range h.segments {
			texts = append(texts, s.Text)
		}
		h.text = strings.Join(texts, " ")
	}
}

func readSegments(ctx context.Context, list json.RawMessage) (segments []Segment) {
	eachOf(ctx, list, func(raw json.RawMessage) {
		var wire struct {
			Start   seconds         `json:"start"`
			End     seconds         `json:"end"`
			Text    json.RawMessage `json:"text"`
			Speaker wireWord        `json:"speaker"`
			Words   json.RawMessage `json:"words"`
		}
		_ = json.Unmarshal(raw, &wire) // the fields that can be read
		s := Segment{
			Start: float64(wire.Start), End: float64(max(wire.Start, wire.End)), Text: strings.TrimSpace(textOf(ctx, wire.Text)),
			Speaker: upstreamName(string(wire.Speaker)), Words: readWords(ctx, wire.Words),
		}
		if s.Text != "" || s.Speaker != "" {
			segments = append(segments, s)
		}
	})
	return segments
}

func readWords(ctx context.Context, list json.RawMessage) (words []Word) {
	eachOf(ctx, list, func(raw json.RawMessage) {
		var wire struct {
			Start seconds         `json:"start"`
			End   seconds         `json:"end"`
			Word  json.RawMessage `json:"word"`
			Text  json.RawMessage `json:"text"`
		}
		_ = json.Unmarshal(raw, &wire)
		word := strings.TrimSpace(textOf(ctx, wire.Word))
		if word == "" {
			word = strings.TrimSpace(textOf(ctx, wire.Text))
		}
		if word != "" {
			words = append(words, Word{float64(wire.Start), float64(max(wire.Start, wire.End)), word})
		}
	})
	return words
}

// seconds is a time, 0 where it cannot be one: negative, not finite, of more than a
// year, or not a number. Some servers write it as a text.
type seconds float64

// UnmarshalJSON implements [json.Unmarshaler].
func (s *seconds) UnmarshalJSON(data []byte) error {
	const most = 366 * 24 * 3600
	x, err := strconv.ParseFloat(strings.Trim(string(data), `"`), 64)
	if err != nil || math.IsNaN(x) || x < 0 || x > most {
		x = 0
	}
	*s = seconds(math.Round(x*1000) / 1000)
	return nil
}
