package provider_test

import (
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/emulator"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/emulator/tones/tonetest"
)

const transcribePath = "/audio/transcriptions"

// sound is a WAV file of so many seconds in which the emulator hears A4.
func sound(seconds float64) []byte {
	return tonetest.WAV(tonetest.Format{Rate: 8000}, tonetest.Note{Hertz: 440, Seconds: 0.3}, tonetest.Note{Seconds: seconds - 0.3})
}

func dataURL(data []byte) string {
	return "data:audio/wav;base64," + base64.StdEncoding.EncodeToString(data)
}

// withFile returns an option that allows a folder in which there is a file, and its path.
func withFile(t testing.TB, name string, content []byte) (func(*provider.Options), string) {
	t.Helper()
	folder := t.TempDir()
	path := filepath.Join(folder, name)
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return func(o *provider.Options) { o.AllowDirs = []string{folder} }, path
}

// Services write answers in many ways: what can be read is, and the rest costs nothing
// else.
func TestTranscriptsAreReadLeniently(t *testing.T) {
	segment := func(start, end float64, text, speaker string) provider.Segment {
		return provider.Segment{Start: start, End: end, Text: text, Speaker: speaker}
	}
	for _, tt := range []struct {
		name, contentType, answer string
		want                      provider.Transcript
	}{
		{"verbose", "", `{"task":"transcribe","success":true,"language":"en","duration":8.94,"text":" Hi. ","segments":[{"start":0,"end":1.5,"text":" Hi."}],` +
			`"usage":{"type":"duration","seconds":9}}`,
			provider.Transcript{Text: "Hi.", Language: "en", Seconds: 9, Segments: []provider.Segment{segment(0, 1.5, "Hi.", "")}}},
		{"older", "", `{"text":"Hi.","duration":8.94,"usage":{"duration":7}}`, provider.Transcript{Text: "Hi.", Seconds: 7}},
		{"only a duration", "", `{"text":"Hi.","duration":"8.94"}`, provider.Transcript{Text: "Hi.", Seconds: 8.94}},
		{"no duration", "", `{"text":"Hi."}`, provider.Transcript{Text: "Hi.", Seconds: 1}},
		{"odd types", "", `{"text":["Hi",{"text":" there"}],"language":7,"duration":{},"usage":[],"segments":{"start":"1","end":"x","text":5},"words":3}`,
			provider.Transcript{Text: "Hi there", Language: "7", Seconds: 1}},
		{"impossible times", "", `{"text":"Hi.","duration":-1,"usage":{"seconds":1e300},"segments":[{"start":5,"end":2,"text":"Hi."},7,null]}`,
			provider.Transcript{Text: "Hi.", Seconds: 1, Segments: []provider.Segment{segment(5, 5, "Hi.", "")}}},
		{"segments alone", "", `{"segments":[{"start":0,"end":1,"text":"a"},{"start":1,"end":2,"text":"b"}]}`,
			provider.Transcript{Text: "a b", Seconds: 1, Segments: []provider.Segment{segment(0, 1, "a", ""), segment(1, 2, "b", "")}}},
		{"segments without order", "", `{"text":"a b","segments":[{"start":1,"end":2,"text":"b"},{"start":0,"end":1,"text":"a"}]}`,
			provider.Transcript{Text: "a b", Seconds: 1, Segments: []provider.Segment{segment(0, 1, "a", ""), segment(1, 2, "b", "")}}},
		{"words beside", "", `{"text":"a b","segments":[{"start":0,"end":1,"text":"a"},{"start":1,"end":2,"text":"b"}],` +
			`"words":[{"start":1.2,"end":1.4,"word":"b"},{"start":0,"end":0.5,"word":" a"}]}`,
			provider.Transcript{Text: "a b", Seconds: 1, Segments: []provider.Segment{
				{Start: 0, End: 1, Text: "a", Words: []provider.Word{{End: 0.5, Word: "a"}}},
				{Start: 1, End: 2, Text: "b", Words: []provider.Word{{Start: 1.2, End: 1.4, Word: "b"}}}}}},
		{"words within and beside", "", `{"text":"a","segments":[{"start":0,"end":1,"text":"a","words":[{"start":0,"end":1,"text":"a"}]}],` +
			`"words":[{"start":0,"end":1,"word":"a"}]}`,
			provider.Transcript{Text: "a", Seconds: 1, Segments: []provider.Segment{{End: 1, Text: "a", Words: []provider.Word{{End: 1, Word: "a"}}}}}},
		{"words beside turns without text", "", `{"text":"a b","diarization":[{"speaker":1,"start":0,"end":2}],` +
			`"words":[{"start":1,"end":2,"word":"b"},{"start":0.5,"end":1,"word":"a"}]}`,
			provider.Transcript{Text: "a b", Seconds: 1, Segments: []provider.Segment{
				{Start: 0.5, End: 2, Text: "a b", Speaker: "Speaker 1", Words: []provider.Word{{Start: 0.5, End: 1, Word: "a"}, {Start: 1, End: 2, Word: "b"}}}}}},
		{"a usage that cannot be", "", `{"text":"Hi.","usage":{"seconds":31000000}}`, provider.Transcript{Text: "Hi.", Seconds: 1}},
		{"words within", "", `{"text":"a","segments":[{"start":0,"end":1,"text":"a","words":[{"start":0,"end":1,"text":"a"}]}]}`,
			provider.Transcript{Text: "a", Seconds: 1, Segments: []provider.Segment{{End: 1, Text: "a", Words: []provider.Word{{End: 1, Word: "a"}}}}}},
		{"words alone", "", `{"text":"a b","words":[{"start":0,"end":1,"word":"a"},{"start":1,"end":2,"word":"b"}]}`,
			provider.Transcript{Text: "a b", Seconds: 1, Segments: []provider.Segment{
				{End: 2, Text: "a b", Words: []provider.Word{{End: 1, Word: "a"}, {Start: 1, End: 2, Word: "b"}}}}}},
		{"speakers", "", `{"text":"a b c","segments":[{"start":0,"end":2,"text":"a"},{"start":2,"end":4,"text":"b"},{"start":9,"end":10,"text":"c"}],` +
			`"diarization":[{"speaker":3,"start":1.9,"end":4,"text":"b"},{"speaker":1,"start":0,"end":2,"text":"a"}]}`,
			provider.Transcript{Text: "a b c", Seconds: 1, Segments: []provider.Segment{
				segment(0, 2, "a", "Speaker 1"), segment(2, 4, "b", "Speaker 2"), segment(9, 10, "c", "")}}},
		{"speakers alone", "", `{"text":"a b","diarization":[{"speaker":"SPEAKER_01","start":0,"end":1,"text":"a"},{"speaker":"x","start":1,"end":2,"text":"b"}]}`,
			provider.Transcript{Text: "a b", Seconds: 1, Segments: []provider.Segment{segment(0, 1, "a", "Speaker 1"), segment(1, 2, "b", "Speaker 2")}}},
		{"speakers within", "", `{"text":"a","segments":[{"start":0,"end":1,"text":"a","speaker":"SPEAKER_07"}]}`,
			provider.Transcript{Text: "a", Seconds: 1, Segments: []provider.Segment{segment(0, 1, "a", "Speaker 1")}}},
		{"text", "text/plain; charset=utf-8", "Hi there.\n", provider.Transcript{Text: "Hi there.", Seconds: 1}},
		{"a JSON text", "", `"Hi there."`, provider.Transcript{Text: "Hi there.", Seconds: 1}},
		{"a list", "", `[{"text":"Hi there."}]`, provider.Transcript{Text: "Hi there.", Seconds: 1}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := connect(t, answering(transcribePath, func(w http.ResponseWriter, r *http.Request) {
				_, _ = io.Copy(io.Discard, r.Body)
				w.Header().Set("Content-Type", "application/json")
				if tt.contentType != "" {
					w.Header().Set("Content-Type", tt.contentType)
				}
				_, _ = io.WriteString(w, tt.answer)
			}))
			got, err := p.Transcribe(t.Context(), provider.TranscribeRequest{Audio: dataURL(sound(1))})
			if err != nil {
				t.Fatal(err)
			}
			if len(got.Warnings) > 0 || got.Model != "whisper-large-v3-turbo" || got.Usage != nil || got.Cost == nil {
				t.Errorf("got %+v", got.Meta)
			}
			got.Meta = provider.Meta{}
			if len(got.Segments) == 0 {
				got.Segments = nil
			}
			if diff := cmp.Diff(&tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestAnAnswerWithoutATranscriptIsAnError(t *testing.T) {
	for _, answer := range []string{
		"", "{}", "null", "7", "[]", `{"text":`, "<html>", "\x00\x01", `{"success":false,"text":""}`, `{"error":{"message":"out of memory"}}`, `{"detail":"no"}`,
		`{"text":null}`, `{"text":null,"error":{"message":"out of memory"}}`, `{"text":"","error":{"message":"out of memory"}}`,
	} {
		p := connect(t, answering(transcribePath, func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			w.Header().Set("Content-Type", "application/json")
			_, _ = io.WriteString(w, answer)
		}))
		_, err := p.Transcribe(t.Context(), provider.TranscribeRequest{Audio: dataURL(sound(1))})
		e := failure(t, err)
		if e.Code != provider.CodeUpstreamUnavailable && e.Code != provider.CodeUpstreamRejected || e.Status != 0 {
			t.Errorf("%q: %v", answer, e)
		}
		if strings.Contains(answer, "memory") && !strings.Contains(e.Message, "out of memory") {
			t.Errorf("%q: %v", answer, e)
		}
	}
}

func TestSilenceIsNotASilentSuccess(t *testing.T) {
	e := emulator.New(emulator.Options{})
	e.Script(emulator.Fault{Path: transcribePath, Empty: true})
	p := connect(t, e)
	got, err := p.Transcribe(t.Context(), provider.TranscribeRequest{Audio: dataURL(sound(1)), Segments: true, Diarize: true})
	if err != nil || got.Text != "" || !slices.Equal(codes(got.Warnings), []provider.WarningCode{provider.WarnEmptyResponse}) {
		t.Errorf("got %+v, %v", got, err)
	}
	if !strings.Contains(got.Warnings[0].Message, "no speech was found") || got.Cost == nil || len(e.Calls(transcribePath)) != 1 {
		t.Errorf("got %+v", got)
	}
}

// Servers of other engines refuse fields that the call can do without: they are left out
// once, and then from the start.
func TestFieldsThatAnEngineRefusesAreLeftOut(t *testing.T) {
	for _, tt := range []struct {
		name, field, words string
		want               []string // the granularities, format and diarize of each request
		warnings           int
	}{
		{"no verbose_json", "response_format", "response_format 'verbose_json' is not compatible with this model", []string{"segment verbose_json true", " json ", " json "}, 2},
		{"no granularities", "timestamp_granularities[]", "timestamp_granularities is not supported", []string{"segment verbose_json true", " verbose_json true", " verbose_json true"}, 0},
		{"no diarize", "diarize", "unknown field diarize", []string{"segment verbose_json true", "segment verbose_json ", "segment verbose_json "}, 1},
		{"no extras", "diarize", "feature 'extra arguments' is not currently supported", []string{"segment verbose_json true", " verbose_json ", " verbose_json "}, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var sent []string
			p := connect(t, answering(transcribePath, func(w http.ResponseWriter, r *http.Request) {
				_ = r.ParseMultipartForm(1 << 20)
				form := r.MultipartForm.Value
				one := func(name string) string { return strings.Join(form[name], ",") }
				sent = append(sent, one("timestamp_granularities[]")+" "+one("response_format")+" "+one("diarize"))
				refused := one(tt.field) != "" && one(tt.field) != "json"
				w.Header().Set("Content-Type", "application/json")
				switch {
				case refused:
					w.WriteHeader(http.StatusBadRequest)
					_, _ = fmt.Fprintf(w, `{"error":{"message":%q}}`, tt.words)
				case one("response_format") == "json":
					_, _ = io.WriteString(w, `{"text":"Hi."}`)
				default:
					speaker := `,"speaker":"a"`
					if one("diarize") == "" {
						speaker = ""
					}
					_, _ = io.WriteString(w, `{"text":"Hi.","segments":[{"start":0,"end":1,"text":"Hi."`+speaker+`}]}`)
				}
			}))
			for range 2 {
				got, err := p.Transcribe(t.Context(), provider.TranscribeRequest{Audio: dataURL(sound(1)), Segments: true, Diarize: true})
				if err != nil || got.Text != "Hi." || len(got.Warnings) != tt.warnings {
					t.Fatalf("got %+v, %v", got, err)
				}
				for _, w := range got.Warnings {
					if w.Code != provider.WarnArgumentIgnored {
						t.Errorf("got %+v", w)
					}
				}
			}
			if !slices.Equal(sent, tt.want) {
				t.Errorf("sent %q", sent)
			}
		})
	}
}

func TestTranscriptionsFallBack(t *testing.T) {
	e := emulator.New(emulator.Options{})
	for range 3 {
		e.Script(emulator.Fault{Path: transcribePath, Status: 500})
	}
	p := connect(t, e, withMaxWait(time.Minute), func(o *provider.Options) {
		o.Models = map[string]provider.NamedModel{"ears": {Model: "whisper-large-v3", Fallback: []string{"gpt-oss-20b", "whisper-large-v3-turbo"}}}
	})
	got, err := p.Transcribe(t.Context(), provider.TranscribeRequest{Audio: dataURL(sound(1)), Model: "ears"})
	if err != nil || got.Model != "whisper-large-v3-turbo" || len(got.Attempts) != 4 || !slices.Contains(codes(got.Warnings), provider.WarnModelFallback) {
		t.Fatalf("got %+v, %v", got, err)
	}
	usage := p.UsageReport(t.Context()).Models
	if usage["whisper-large-v3-turbo"].AudioSeconds != 1 || usage["whisper-large-v3"].AudioSeconds != 0 || usage["whisper-large-v3"].Attempts != 3 {
		t.Errorf("usage is %+v", usage)
	}
}

func TestModelsThatDoNotTranscribeAreRefused(t *testing.T) {
	p := connect(t, emulator.New(emulator.Options{}))
	for model, want := range map[string]provider.Code{
		"gpt-oss-20b": provider.CodeUnsupported, "bge-m3": provider.CodeUnsupported, "llama@latest": provider.CodeNoMatch,
		"whisper-large-v4": provider.CodeUnknownModel, "whisper@": provider.CodeQuerySyntax,
	} {
		_, err := p.Transcribe(t.Context(), provider.TranscribeRequest{Audio: dataURL(sound(1)), Model: model})
		if e := wantCode(t, err, want); want == provider.CodeUnsupported && !strings.Contains(e.Hint, "whisper-large-v3") {
			t.Errorf("%s: %v", model, e)
		}
	}
	got, err := p.Transcribe(t.Context(), provider.TranscribeRequest{Audio: dataURL(sound(1)), Model: "openai/whisper-large-v3"})
	if err != nil || got.Model != "whisper-large-v3" {
		t.Errorf("got %+v, %v", got, err)
	}
}

// The prices are the catalogue's, by the second of audio.
func TestTranscriptionsArePaidForByTheSecond(t *testing.T) {
	e := emulator.New(emulator.Options{})
	p := connect(t, e, withBudget(0.0002))
	got, err := p.Transcribe(t.Context(), provider.TranscribeRequest{Audio: dataURL(sound(2))})
	if err != nil {
		t.Fatal(err)
	}
	wantEUR(t, "cost", *got.Cost, 2*0.00001278)
	wantEUR(t, "spent", p.UsageReport(t.Context()).Budget.Spent, *got.Cost)
	_, err = p.Transcribe(t.Context(), provider.TranscribeRequest{Audio: dataURL(sound(20))})
	refused := wantCode(t, err, provider.CodeBudgetExceeded)
	if !strings.Contains(refused.Message, "20 seconds of audio, with whisper-large-v3-turbo") || len(e.Calls(transcribePath)) != 1 {
		t.Errorf("got %v", refused)
	}
}
