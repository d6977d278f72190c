package emulator_test

import (
	"fmt"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/emulator"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/emulator/tones/tonetest"
)

const (
	audioPath = "/v1/audio/transcriptions"
	whisper   = "whisper-large-v3"
)

// tune is two seconds of A4, half a second of silence, and a second of C6.
func tune(f tonetest.Format) string {
	return string(tonetest.WAV(f, tonetest.Note{Hertz: 440, Seconds: 2}, tonetest.Note{Seconds: 0.5}, tonetest.Note{Hertz: 1046.5, Seconds: 1}))
}

// transcribe sends audio with further fields, name, value, name, value …
func transcribe(t testing.TB, e *emulator.Emulator, audio string, fields ...string) *httptest.ResponseRecorder {
	t.Helper()
	form := []field{{"file", audio}}
	if !slices.Contains(fields, "model") {
		form = append(form, field{"model", whisper})
	}
	for i := 0; i+1 < len(fields); i += 2 {
		form = append(form, field{fields[i], fields[i+1]})
	}
	return upload(t, e, audioPath, form)
}

type verbose struct {
	Task, Language, Text string
	Success              bool
	Duration             float64
	Words                []struct {
		Word       string
		Start, End float64
	}
	Segments []struct {
		ID, Seek   int
		Start, End float64
		Text       string
		Tokens     []int
		AvgLogprob float64 `json:"avg_logprob"`
	}
	Diarization []turn
	Usage       *struct {
		Type    string
		Seconds int
	}
}

type turn struct {
	Speaker    int
	Text       string
	Start, End float64
}

func TestVerboseTranscription(t *testing.T) {
	got := decode[verbose](t, transcribe(t, sandbox(), tune(tonetest.Format{})), 200)
	if got.Task != "transcribe" || !got.Success || got.Language != "en" || got.Duration != 3.5 || got.Usage.Type != "duration" || got.Usage.Seconds != 4 {
		t.Errorf("it is %+v", got)
	}
	if got.Text != "[emulator] A4 A4 C6" || got.Words != nil || got.Diarization != nil {
		t.Errorf("the text is %q with %d words", got.Text, len(got.Words))
	}
	var segments []string
	for i, s := range got.Segments {
		if s.ID != i || len(s.Tokens) == 0 || s.AvgLogprob >= 0 || s.Seek != int(s.Start*100) {
			t.Errorf("the segment is %+v", s)
		}
		segments = append(segments, fmt.Sprint(s.Start, "-", s.End, s.Text))
	}
	if want := []string{"0-2 [emulator] A4 A4", "2.5-3.5 C6"}; !slices.Equal(segments, want) {
		t.Errorf("the segments are %q, want %q", segments, want)
	}
}

func TestWordsOfATranscription(t *testing.T) {
	got := decode[verbose](t, transcribe(t, sandbox(), tune(tonetest.Format{Bits: 24, Channels: 2, Rate: 44100}), "language", "de",
		"timestamp_granularities[]", "word", "temperature", "0.5", "prompt", "a tune", "chunking_strategy", "auto", "stream", "false"), 200)
	var words []string
	for _, w := range got.Words {
		words = append(words, fmt.Sprint(w.Word, " ", w.Start, "-", w.End))
	}
	if want := []string{"A4 0-1", "A4 1-2", "C6 2.5-3.5"}; !slices.Equal(words, want) || got.Segments != nil || got.Language != "de" {
		t.Errorf("the words are %q of %+v, want %q", words, got, want)
	}
	both := decode[verbose](t, transcribe(t, sandbox(), tune(tonetest.Format{}), "timestamp_granularities[]", "word", "timestamp_granularities[]", "segment"), 200)
	if len(both.Words) != 3 || len(both.Segments) != 2 {
		t.Errorf("both: %+v", both)
	}
}

func TestSpeakers(t *testing.T) {
	note := func(hertz float64, channel int) tonetest.Note {
		return tonetest.Note{Hertz: hertz, Seconds: 1, Channel: channel}
	}
	for name, c := range map[string]struct {
		audio []byte
		want  []turn
	}{
		"channels": {tonetest.WAV(tonetest.Format{Channels: 2}, note(440, 2), note(523.25, 2), note(440, 1), note(440, 2)),
			[]turn{{0, "A4 C5", 0, 2}, {1, "A4", 2, 3}, {0, "A4", 3, 4}}},
		"heights": {tonetest.WAV(tonetest.Format{}, note(1760, 0), note(110, 0), note(440, 0), note(123.47, 0)),
			[]turn{{0, "A6", 0, 1}, {1, "A2", 1, 2}, {2, "A4", 2, 3}, {1, "B2", 3, 4}}},
	} {
		got := decode[verbose](t, transcribe(t, sandbox(), string(c.audio), "diarize", "true"), 200)
		if !slices.Equal(got.Diarization, c.want) {
			t.Errorf("%s: %+v, want %+v", name, got.Diarization, c.want)
		}
	}
}

func TestFormatsOfATranscription(t *testing.T) {
	for format, want := range map[string]string{
		"json": `{"text":"[emulator] A4 A4 C6","usage":{"type":"duration","seconds":4}}`,
		"text": "[emulator] A4 A4 C6\n",
		"srt":  "1\n00:00:00,000 --> 00:00:02,000\n[emulator] A4 A4\n\n2\n00:00:02,500 --> 00:00:03,500\nC6\n\n",
		"vtt":  "WEBVTT\n\n00:00:00.000 --> 00:00:02.000\n[emulator] A4 A4\n\n00:00:02.500 --> 00:00:03.500\nC6\n\n",
	} {
		if w := transcribe(t, sandbox(), tune(tonetest.Format{}), "response_format", format); w.Code != 200 || w.Body.String() != want {
			t.Errorf("%s: %d %q, want %q", format, w.Code, w.Body, want)
		}
	}
}

func TestAudioWithoutTones(t *testing.T) {
	silence := decode[verbose](t, transcribe(t, sandbox(), string(tonetest.WAV(tonetest.Format{}, tonetest.Note{Seconds: 2}))), 200)
	if silence.Text != "[emulator] silence" || silence.Duration != 2 || len(silence.Segments) != 1 {
		t.Errorf("silence: %+v", silence)
	}
	mp3 := decode[verbose](t, transcribe(t, sandbox(), "ID3"+strings.Repeat("x", 47_997)), 200)
	if !strings.Contains(mp3.Text, "[emulator] whisper-large-v3 would transcribe 48000 bytes of MP3") || mp3.Duration != 3 || mp3.Usage.Seconds != 3 {
		t.Errorf("MP3: %+v", mp3)
	}
}

func TestTranscriptionsThatAreRefused(t *testing.T) {
	audio := tune(tonetest.Format{})
	for name, c := range map[string]struct {
		audio  string
		fields []string
		status int
		want   string
	}{
		"no model":            {audio, []string{"model", ""}, 422, "missing field `model`"},
		"an unknown model":    {audio, []string{"model", "whisper"}, 404, "model_not_found"},
		"a chat model":        {audio, []string{"model", llama}, 400, "does not support audio transcriptions"},
		"a text":              {"hello", nil, 400, "cannot be decoded"},
		"an empty file":       {"", nil, 400, "empty"},
		"an unknown field":    {audio, []string{"translate", "true"}, 400, "extra arguments"},
		"a format":            {audio, []string{"response_format", "xml"}, 422, "unknown variant `xml`"},
		"a granularity":       {audio, []string{"timestamp_granularities[]", "letter"}, 422, "unknown variant `letter`"},
		"a language":          {audio, []string{"language", "English"}, 400, "ISO 639-1"},
		"a temperature":       {audio, []string{"temperature", "1.5"}, 400, "from 0 to 1"},
		"not a temperature":   {audio, []string{"temperature", "NaN"}, 400, "from 0 to 1"},
		"diarize":             {audio, []string{"diarize", "maybe"}, 400, "true or false"},
		"diarize in SRT":      {audio, []string{"diarize", "true", "response_format", "srt"}, 400, "verbose_json only"},
		"a minute and a half": {string(tonetest.WAV(tonetest.Format{Rate: 8000}, tonetest.Note{Seconds: 90})), nil, 400, "90 seconds long, and at most 60"},
		"eleven MB":           {"ID3" + strings.Repeat("x", 11<<20), nil, 413, "larger than 10 MB"},
	} {
		w := transcribe(t, sandbox(), c.audio, c.fields...)
		if w.Code != c.status || !strings.Contains(refusal(t, w), c.want) {
			t.Errorf("%s: %d %s, want %d %s", name, w.Code, w.Body, c.status, c.want)
		}
	}
	if w := upload(t, sandbox(), audioPath, []field{{"model", whisper}}); w.Code != 422 || !strings.Contains(refusal(t, w), "missing field `file`") {
		t.Errorf("no file: %d %s", w.Code, w.Body)
	}
	if w := upload(t, sandbox(), audioPath, nil, "Authorization", "Bearer "); w.Code != 403 {
		t.Errorf("an empty key: %d", w.Code)
	}
}
