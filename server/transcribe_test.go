package server_test

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/emulator"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/emulator/tones/tonetest"
)

const transcriptions = "/audio/transcriptions"

// wavFile is a second of sound in which the emulator hears "A4" and, 0.4 s later, "A5".
var wavFile = tonetest.WAV(tonetest.Format{}, tonetest.Note{Hertz: 440, Seconds: 0.5}, tonetest.Note{Seconds: 0.4}, tonetest.Note{Hertz: 880, Seconds: 0.1})

// speech is the same as a data: URL.
var speech = "data:audio/wav;base64," + base64.StdEncoding.EncodeToString(wavFile)

type transcribed struct {
	common
	Text     string
	Language string
	Seconds  float64 `json:"duration_s"`
	Segments []provider.Segment
	Saved    *saved
}

func TestSpeechBecomesText(t *testing.T) {
	folder := library(t, map[string]string{"notes/a b.wav": string(wavFile)})
	web := httptest.NewServer(http.FileServer(http.Dir(folder)))
	t.Cleanup(web.Close)
	cache := t.TempDir()
	r := connect(t, setup{provider: provider.Options{
		AllowDirs: []string{folder}, AllowImageHosts: []string{"127.0.0.1"}, AllowImageHTTP: true, CacheDir: cache,
	}})
	bare := strings.TrimPrefix(speech, "data:audio/wav;base64,")
	for name, audio := range map[string]string{
		"a path": "notes/a b.wav", "an absolute path": filepath.Join(folder, "notes", "a b.wav"), "a quoted path": `"notes/a b.wav"`,
		"a file URL": "file://" + filepath.ToSlash(folder) + "/notes/a%20b.wav", "a data URL": speech, "base64": bare,
		"base64 in lines": strings.Join(slices.Collect(chunks(bare, 76)), "\n"), "a URL": web.URL + "/notes/a%20b.wav",
	} {
		t.Run(name, func(t *testing.T) {
			var got transcribed
			answer := r.in(t).succeed("transcribe", fmt.Sprintf(`{"audio":%q}`, audio), &got)
			if answer.texts[0] != "[emulator] A4 A5" || got.Text != answer.texts[0] || got.Language != "en" || got.Seconds != 1 ||
				got.Segments != nil || got.Usage != nil || len(got.Warnings) > 0 || got.Model != "whisper-large-v3-turbo" ||
				got.Cost == nil || got.Cost.Amount != 0.00001278 {
				t.Errorf("got %+v", got)
			}
		})
	}
	if left := filesIn(t, cache); slices.ContainsFunc(left, func(name string) bool { return strings.Contains(name, "audio") }) {
		t.Errorf("left behind: %v", left)
	}
	for _, sent := range r.Calls(transcriptions) {
		if sent.FileName != "audio.wav" || sent.FileBytes != int64(len(wavFile)) || sent.Header.Get("Content-Length") == "" && sent.Form["response_format"][0] != "verbose_json" {
			t.Errorf("sent %+v", sent)
		}
	}
}

// chunks cuts a text into lines.
func chunks(text string, width int) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		for ; text != ""; text = text[min(width, len(text)):] {
			if !yield(text[:min(width, len(text))]) {
				return
			}
		}
	}
}

func TestTimesAndSpeakersAreInBothHalves(t *testing.T) {
	r := connect(t, setup{})
	for _, tt := range []struct{ arguments, text, sent string }{
		{`"timestamps":"none"`, "[emulator] A4 A5", ""},
		{`"timestamps":"segment"`, "[0:00.0-0:00.5] [emulator] A4\n[0:00.9-0:01.0] A5", "segment"},
		{`"timestamps":"word"`, "[0:00.0-0:00.5] [emulator] A4\n  A4 (0.00-0.50)\n[0:00.9-0:01.0] A5\n  A5 (0.90-1.00)", "segment,word"},
		{`"diarize":true`, "Speaker 1: [emulator] A4 A5", ""},
		{`"diarize":"true","timestamps":"segment"`, "[0:00.0-0:00.5] Speaker 1: [emulator] A4\n[0:00.9-0:01.0] A5", "segment"},
	} {
		var got transcribed
		answer := r.succeed("transcribe", `{"audio":"`+speech+`",`+tt.arguments+`}`, &got)
		sent := r.Calls(transcriptions)
		if answer.texts[0] != tt.text || strings.Join(sent[len(sent)-1].Form["timestamp_granularities[]"], ",") != tt.sent {
			t.Errorf("%s: got %q, sent %v", tt.arguments, answer.texts[0], sent[len(sent)-1].Form)
		}
		if tt.text != "[emulator] A4 A5" && (len(got.Segments) != 2 || got.Segments[1].Start != 0.9 || got.Segments[1].Text != "A5") {
			t.Errorf("%s: got %+v", tt.arguments, got.Segments)
		}
	}
}

func TestLanguagesAreReadAsPeopleWriteThem(t *testing.T) {
	r := connect(t, setup{})
	for given, want := range map[string]string{"German": "de", "de-DE": "de", "DE": "de", "auto": "", "None": "", "français": "fr"} {
		var got transcribed
		r.succeed("transcribe", fmt.Sprintf(`{"audio":%q,"language":%q,"prompt":" Ada "}`, speech, given), &got)
		sent := r.Calls(transcriptions)
		form := sent[len(sent)-1].Form
		if strings.Join(form["language"], ",") != want || form["prompt"][0] != "Ada" {
			t.Errorf("%q: sent %v", given, form)
		}
		if adapted := want != "" && given != "DE"; adapted != slices.Contains(got.codes(), "argument_adapted") {
			t.Errorf("%q: warnings %v", given, got.codes())
		}
	}
}

// What is wrong is told before anything is sent.
func TestBadAudioIsRefused(t *testing.T) {
	film := "\x00\x00\x00\x10ftypisom\x00\x00\x00\x00\x00\x00\x00\x08free"
	folder := library(t, map[string]string{
		"a.wav": string(wavFile), "text.mp3": "Dear Sir or Madam,", "image.wav": pngFile(t), "film.mp4": film, "empty.wav": "", "sub/b.wav": string(wavFile),
	})
	outside := filepath.Join(library(t, map[string]string{"secret.wav": string(wavFile)}), "secret.wav")
	r := connect(t, setup{provider: provider.Options{AllowDirs: []string{folder}}})
	for _, tt := range []struct{ name, arguments, code, says string }{
		{"missing", `{}`, "invalid_argument", "audio is missing"},
		{"blank", `{"audio":" "}`, "invalid_argument", "audio"},
		{"nowhere", `{"audio":"b.wav"}`, "file_unreadable", `there is no file "b.wav"`},
		{"a near name", `{"audio":"aa.wav"}`, "file_unreadable", `the nearest name there is "a.wav"`},
		{"outside", fmt.Sprintf(`{"audio":%q}`, outside), "path_not_allowed", "not below an allowed folder"},
		{"above", `{"audio":"../a.wav"}`, "path_not_allowed", "not below an allowed folder"},
		{"a folder", `{"audio":"sub"}`, "path_not_allowed", "not a regular file"},
		{"a text", `{"audio":"text.mp3"}`, "file_unreadable", `"text.mp3" is not audio: it seems to be text`},
		{"an image", `{"audio":"image.wav"}`, "file_unreadable", `"image.wav" is not audio: it seems to be an image (image/png)`},
		{"an image as data", `{"audio":"` + onePixel + `"}`, "file_unreadable", "the data is not audio: it seems to be an image"},
		{"a film that is cut", `{"audio":"film.mp4"}`, "file_unreadable", `"film.mp4" is a damaged MP4 file`},
		{"nothing in it", `{"audio":"empty.wav"}`, "file_unreadable", `"empty.wav" is empty`},
		{"http", `{"audio":"http://example.org/a.wav"}`, "url_blocked", "use https"},
		{"a private address", `{"audio":"https://127.0.0.1/a.wav"}`, "url_blocked", "not a public one"},
		{"ftp", `{"audio":"ftp://example.org/a.wav"}`, "url_blocked", `"ftp"`},
		{"a broken data URL", `{"audio":"data:audio/wav;base64"}`, "invalid_argument", "comma"},
		{"broken base64", `{"audio":"data:audio/wav;base64,####"}`, "invalid_argument", "base64"},
		{"long nonsense", `{"audio":"` + strings.Repeat("x y ", 3000) + `"}`, "file_unreadable", "not audio"},
		{"an unknown language", `{"audio":"a.wav","language":"klingon"}`, "invalid_argument", `language: "klingon"`},
		{"a misspelt language", `{"audio":"a.wav","language":"germn"}`, "invalid_argument", "did you mean german?"},
		{"timestamps", `{"audio":"a.wav","timestamps":"sentence"}`, "invalid_argument", "timestamps"},
		{"a model that chats", `{"audio":"a.wav","model":"gpt-oss-20b"}`, "unsupported", "whisper-large-v3"},
		{"no folder for results", `{"audio":"a.wav","save_to":"a.srt"}`, "path_not_allowed", "--write-dir"},
		{"an unknown parameter", `{"audio":"a.wav","file":"a.wav"}`, "invalid_argument", "file"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := r.in(t).call("transcribe", tt.arguments)
			if failed := got.failure(); failed.Code != tt.code || !strings.Contains(got.texts[0], tt.says) || failed.Hint == "" {
				t.Errorf("got %s", got.texts[0])
			}
			if !strings.Contains(string(got.structured), `"text":""`) {
				t.Errorf("got %s", got.structured)
			}
		})
	}
	if len(r.Calls(transcriptions)) > 0 {
		t.Error("something was sent")
	}
}

func TestOverHTTPNoLocalAudioIsRead(t *testing.T) {
	folder := library(t, map[string]string{"a.wav": string(wavFile)})
	r := connect(t, setup{provider: provider.Options{AllowDirs: []string{folder}, NoLocalFiles: true}})
	for _, audio := range []string{"a.wav", "file://" + filepath.ToSlash(folder) + "/a.wav", "missing.wav"} {
		if got := r.call("transcribe", fmt.Sprintf(`{"audio":%q}`, audio)).failure(); got.Code != "path_not_allowed" || !strings.Contains(got.Message, "over HTTP") {
			t.Errorf("%s: %+v", audio, got)
		}
	}
	r.succeed("transcribe", `{"audio":"`+speech+`"}`, nil)
}

func TestAudioIsFetchedWithinTheLimits(t *testing.T) {
	mux := http.NewServeMux()
	serve := func(path, contentType string, body []byte) {
		mux.HandleFunc(path, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", contentType)
			_, _ = w.Write(body)
		})
	}
	serve("/ok", "audio/x-wav", wavFile)
	serve("/bytes", "binary/octet-stream", wavFile)
	serve("/page", "text/html", []byte("<html>secret</html>"))
	serve("/lie", "audio/mpeg", []byte("<html>secret</html>"))
	serve("/large", "audio/wav", make([]byte, 11<<20))
	mux.Handle("/away", http.RedirectHandler("https://10.0.0.1/secret", http.StatusFound))
	web := httptest.NewServer(mux)
	t.Cleanup(web.Close)
	cache := t.TempDir()
	r := connect(t, setup{provider: provider.Options{AllowImageHosts: []string{"127.0.0.1"}, AllowImageHTTP: true, CacheDir: cache}})
	for _, tt := range []struct{ path, code, says string }{
		{"/ok", "", ""}, {"/bytes", "", ""},
		{"/page", "file_unreadable", "something other than audio"}, {"/lie", "file_unreadable", `what "127.0.0.1" returned is not audio: it seems to be an HTML page`},
		{"/large", "payload_too_large", "the audio has more than 10 MB"}, {"/away", "url_blocked", "not a public one"}, {"/none", "file_unreadable", "status 404"},
	} {
		got := r.call("transcribe", fmt.Sprintf(`{"audio":"%s%s?q=secret"}`, web.URL, tt.path))
		if tt.code == "" {
			if got.isError {
				t.Errorf("%s: %s", tt.path, got.texts[0])
			}
			continue
		}
		if failed := got.failure(); failed.Code != tt.code || !strings.Contains(failed.Message, tt.says) {
			t.Errorf("%s: %+v", tt.path, failed)
		}
		checkAbsent(t, tt.path, got.texts[0], "secret")
	}
	if left := filesIn(t, cache); slices.ContainsFunc(left, func(name string) bool { return strings.Contains(name, "audio") }) {
		t.Errorf("left behind: %v", left)
	}
}

func TestTranscriptsAreSavedInTheFormatOfTheName(t *testing.T) {
	s, folder := saving(t, setup{})
	r := connect(t, s)
	for _, tt := range []struct{ name, arguments, content string }{
		{"a.txt", ``, "[emulator] A4 A5\n"},
		{"b.txt", `,"timestamps":"segment"`, "[0:00.0-0:00.5] [emulator] A4\n[0:00.9-0:01.0] A5\n"},
		{"a.srt", ``, "1\n00:00:00,000 --> 00:00:00,500\n[emulator] A4\n\n2\n00:00:00,900 --> 00:00:01,000\nA5\n\n"},
		{"a.VTT", `,"diarize":true`, "WEBVTT\n\n00:00:00.000 --> 00:00:00.500\n<v Speaker 1>[emulator] A4\n\n00:00:00.900 --> 00:00:01.000\n<v Speaker 1>A5\n\n"},
		{"a.json", ``, "{\n  \"text\": \"[emulator] A4 A5\",\n  \"language\": \"en\",\n  \"duration_s\": 1,"},
	} {
		var got transcribed
		answer := r.succeed("transcribe", fmt.Sprintf(`{"audio":%q,"save_to":%q%s}`, speech, tt.name, tt.arguments), &got)
		written, err := os.ReadFile(filepath.Join(folder, tt.name))
		if err != nil || !strings.HasPrefix(string(written), tt.content) || tt.name != "a.json" && string(written) != tt.content {
			t.Errorf("%s has %q (%v)", tt.name, written, err)
		}
		if got.Text != "" || got.Segments != nil || got.Saved == nil || got.Saved.Bytes != len(written) || got.Saved.Preview != "[emulator] A4 A5" ||
			!strings.HasPrefix(answer.texts[0], "Saved to ") || len(answer.links) != 1 {
			t.Errorf("%s: got %+v, %q", tt.name, got, answer.texts)
		}
	}
	for _, name := range []string{"a.mp3", "a", "a.srt"} {
		if got := r.call("transcribe", fmt.Sprintf(`{"audio":%q,"save_to":%q}`, speech, name)).failure(); got.Code != "invalid_argument" {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

// Nothing that was paid for is lost when it cannot be saved.
func TestATranscriptThatCannotBeSavedIsInTheAnswer(t *testing.T) {
	var folder string
	s, folder := saving(t, setup{wrap: func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
			if request.Method == http.MethodPost {
				_ = os.WriteFile(filepath.Join(folder, "taken"), nil, 0o600)
			}
			next.ServeHTTP(w, request)
		})
	}})
	r := connect(t, s)
	var got transcribed
	answer := r.succeed("transcribe", `{"audio":"`+speech+`","save_to":"taken/a.srt"}`, &got)
	if !slices.Equal(got.codes(), []string{"not_saved"}) || got.Text != "[emulator] A4 A5" || len(got.Segments) != 2 ||
		answer.texts[0] != "[0:00.0-0:00.5] [emulator] A4\n[0:00.9-0:01.0] A5" {
		t.Errorf("got %+v, %q", got, answer.texts)
	}
	r.Script(emulator.Fault{Path: transcriptions, Empty: true})
	answer = r.succeed("transcribe", `{"audio":"`+speech+`","save_to":"b.txt"}`, &got)
	if got.Text != "" || !slices.Equal(got.codes(), []string{"not_saved", "empty_response"}) || !strings.Contains(answer.texts[0], "no speech was found") {
		t.Errorf("got %+v, %q", got, answer.texts)
	}
}

// Another server has no catalogue: its only model that by its name transcribes is taken.
func TestAServerWithoutACatalogueTranscribes(t *testing.T) {
	r := connect(t, setup{served: true})
	var got transcribed
	failed := r.call("transcribe", `{"audio":"`+speech+`"}`).failure()
	if failed.Code != "invalid_argument" || !strings.Contains(failed.Message, "serves 2 that could be meant") {
		t.Errorf("got %+v", failed)
	}
	r.succeed("transcribe", `{"audio":"`+speech+`","model":"whisper-large-v3"}`, &got)
	if got.Text != "[emulator] A4 A5" || got.Cost != nil || len(got.Warnings) > 0 {
		t.Errorf("got %+v", got)
	}
}
