package emulator

import (
	"errors"
	"io"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/catalog"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/emulator/tones"
)

// readAudio reads the form of a transcription, and its file by [tones.Read].
func (e *Emulator) readAudio(info *requestInfo) (err error) {
	caller, refused := e.authenticate(info.r)
	if refused != nil {
		info.form = &form{err: refused}
		return nil
	}
	limit := e.models.largestAudio(caller)
	info.form, err = readForm(info.w, info.r, func(r io.Reader) error {
		tooMany := tooLargeFile("the audio file is larger than %d MB", limit)
		var err error
		info.sound, err = tones.Read(&limitedReader{r, limit << 20, tooMany})
		if errors.Is(err, tones.ErrNotAudio) {
			info.soundErr, err = err, nil // what is wrong with the other fields is told first
		}
		return err
	})
	return err
}

// transcriptionRequest is the form of /v1/audio/transcriptions.
type transcriptionRequest struct {
	language      string
	format        string
	granularities []string
	diarize       bool
}

// transcribe answers /v1/audio/transcriptions.
func (e *Emulator) transcribe(info *requestInfo) error {
	caller, err := e.authenticate(info.r)
	if err != nil {
		return err
	}
	f := info.form
	if f.err != nil {
		return f.err
	}
	for _, field := range []string{"model", "file"} {
		if f.value(field) == "" && (field != "file" || !f.hasFile) {
			return missingField(field)
		}
	}
	m, err := e.models.find(f.value("model"))
	if err != nil {
		return err
	}
	if err := e.limitRate(info, caller, m); err != nil {
		return err
	}
	if !m.HasInput("sound") || !slices.Contains(m.Output, "text") {
		return badRequest("The model `%s` does not support audio transcriptions", m.ID)
	}
	r, err := readTranscription(f)
	if err != nil {
		return err
	}
	if err := e.models.checkAudio(info, caller, m); err != nil {
		return err
	}
	return info.transcription(m, r)
}

func readTranscription(f *form) (*transcriptionRequest, error) {
	known := []string{
		"model", "language", "prompt", "temperature", "response_format", "timestamp_granularities[]", "timestamp_granularities",
		"diarize", "chunking_strategy", "stream",
	}
	for field := range f.values {
		name, _, _ := strings.Cut(field, "[") // chunking_strategy[type] is a field of chunking_strategy
		if !slices.Contains(known, field) && name != "chunking_strategy" {
			return nil, badRequest("feature 'extra arguments' is not currently supported")
		}
	}
	r := &transcriptionRequest{language: f.value("language"), format: f.value("response_format")}
	r.granularities = slices.Concat(f.values["timestamp_granularities[]"], f.values["timestamp_granularities"])
	if r.language == "" {
		r.language = "en"
	}
	if r.format == "" {
		r.format = "verbose_json"
	}
	if r.granularities == nil {
		r.granularities = []string{"segment"}
	}
	return r, r.check(f)
}

func (r *transcriptionRequest) check(f *form) error {
	if formats := []string{"json", "text", "srt", "verbose_json", "vtt"}; !slices.Contains(formats, r.format) {
		return unknownVariant("response_format", r.format, formats...)
	}
	for _, given := range r.granularities {
		if given != "word" && given != "segment" {
			return unknownVariant("timestamp_granularities", given, "word", "segment")
		}
	}
	if strings.Trim(r.language, "abcdefghijklmnopqrstuvwxyz") != "" || len(r.language) < 2 || len(r.language) > 3 {
		return badRequest("language: %.40q is not a code of ISO 639-1", r.language)
	}
	if text := f.value("temperature"); text != "" {
		if t, err := strconv.ParseFloat(text, 64); err != nil || !(t >= 0 && t <= 1) {
			return badRequest("temperature: %.40q is not a number from 0 to 1", text)
		}
	}
	if text := f.value("diarize"); text != "" {
		diarize, err := strconv.ParseBool(text)
		if err != nil {
			return badRequest("diarize: %.40q is not true or false", text)
		}
		if r.diarize = diarize; diarize && r.format != "verbose_json" {
			return badRequest("diarize is supported with response_format verbose_json only")
		}
	}
	return nil
}

// The limits of a model whose catalogue entry has none.
const (
	defaultAudioSeconds          = 10_800
	defaultAnonymousAudioSeconds = 60
	defaultAudioMB               = 2048
	defaultAnonymousAudioMB      = 10
)

// checkAudio refuses a file that cannot be read, or that is too large or too long for the caller.
func (m models) checkAudio(info *requestInfo, caller string, model catalog.Model) error {
	limits := m.audioLimits(model.ID)
	seconds, mb := limits.Seconds, limits.MB
	if caller == "" {
		seconds, mb = limits.AnonymousSeconds, limits.AnonymousMB
	}
	switch {
	case info.form.fileBytes > mb<<20:
		return tooLargeFile("the audio file is larger than %d MB", mb)
	case info.form.fileBytes == 0:
		return badRequest("file: the audio file is empty")
	case info.soundErr != nil:
		return badRequest("file: the audio file cannot be decoded (%v); supported formats are "+
			"mp3, mp4, aac, m4a, wav, flac, ogg, opus, webm, mpeg and mpga", info.soundErr)
	case info.sound.Seconds > seconds:
		return badRequest("file: the audio is %.0f seconds long, and at most %.0f are allowed", math.Ceil(info.sound.Seconds), seconds)
	}
	return nil
}

// transcription sends what was heard in the format that the request asks for.
func (info *requestInfo) transcription(m catalog.Model, r *transcriptionRequest) error {
	t := newTranscript(m, info.sound)
	if info.fault.Empty {
		t = transcript{seconds: t.seconds}
	}
	const plain = "text/plain; charset=utf-8"
	switch r.format {
	case "text":
		return info.send(http.StatusOK, plain, strings.NewReader(t.text()+"\n"))
	case "srt":
		return info.send(http.StatusOK, plain, strings.NewReader(t.subtitles("", ",")))
	case "vtt":
		return info.send(http.StatusOK, plain, strings.NewReader(t.subtitles("WEBVTT\n\n", ".")))
	}
	answer := transcriptionAnswer{Text: t.text(), Usage: t.usage()}
	if info.fault.NoUsage {
		answer.Usage = nil
	}
	if r.format == "json" {
		return info.json(http.StatusOK, answer)
	}
	return info.json(http.StatusOK, t.verbose(answer, r))
}
