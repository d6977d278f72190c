package emulator_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/emulator"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/emulator/tones/tonetest"
)

// With a key more is allowed: a file of any size is read as it comes.
func TestLongAudioWithAKey(t *testing.T) {
	long := string(tonetest.WAV(tonetest.Format{Rate: 800, Bits: 8}, tonetest.Note{Hertz: 100, Seconds: 10_801}))
	form := func(audio string) []field { return []field{{"model", whisper}, {"file", audio}} }
	if w := upload(t, sandbox(), audioPath, form(long), keyOne...); w.Code != 400 || !strings.Contains(refusal(t, w), "at most 10800") {
		t.Errorf("three hours and a second: %d %s", w.Code, w.Body)
	}
	got := decode[verbose](t, upload(t, sandbox(), audioPath, form(long[:len(long)-800]), keyOne...), 200)
	if got.Duration != 10_800 || got.Usage.Seconds != 10_800 || strings.Count(got.Text, "G2") != 10_800 || len(got.Segments) != 360 {
		t.Errorf("three hours: %v seconds, %d segments", got.Duration, len(got.Segments))
	}
	if w := sendHuge(sandbox(), audioPath, 11<<20, keyOne...); w.Code != 422 { // without a model
		t.Errorf("eleven MB: %d %s", w.Code, w.Body)
	}
}

func TestLimitsOfTheCatalogueForAudio(t *testing.T) {
	e := emulator.New(emulator.Options{
		Catalog: []byte(`[{"name":"whisper-large-v3","available":true,"metadata":{"model_specs":{"capabilities":
			{"input_modality":["sound"],"output_modality":["text"]},"model_parameters":{"params":{"max_audio_duration_unauthenticated":2}}}}}]`),
		Served: []byte(`{"data":[]}`),
	})
	if w := transcribe(t, e, tune(tonetest.Format{})); w.Code != 400 || !strings.Contains(refusal(t, w), "at most 2") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

func TestFaultsOfATranscription(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		audio := tune(tonetest.Format{})
		if w := transcribe(t, obedient(), audio, "prompt", marked("503")); w.Code != 503 {
			t.Errorf("by the prompt: %d", w.Code)
		}
		form := []field{{"model", whisper}, {"file", audio}}
		if w := upload(t, obedient(), audioPath, form, "X-Emulator-Fault", "429"); w.Code != 429 {
			t.Errorf("by the header: %d", w.Code)
		}
		if got := decode[verbose](t, transcribe(t, obedient(), audio, "prompt", marked("empty")), 200); got.Text != "" || got.Segments != nil {
			t.Errorf("empty: %+v", got)
		}
		if got := decode[verbose](t, transcribe(t, obedient(), audio, "prompt", marked("no-usage")), 200); got.Usage != nil || got.Text == "" {
			t.Errorf("no usage: %+v", got)
		}
		began := time.Now()
		if w := transcribe(t, obedient(), audio, "prompt", marked("delay=5s")); w.Code != 200 || time.Since(began) != 5*time.Second {
			t.Errorf("delay: %d after %v", w.Code, time.Since(began))
		}
		e := sandbox()
		e.Script(emulator.Fault{Model: whisper, Status: 500})
		for _, want := range []int{500, 200} {
			if w := transcribe(t, e, audio); w.Code != want {
				t.Errorf("by the model: %d, want %d", w.Code, want)
			}
		}
		limited := emulator.New(emulator.Options{RateLimit: true})
		for left := range 2 {
			checkLimit(t, transcribe(t, limited, audio), 200, 2, 1-left)
		}
		checkLimit(t, transcribe(t, limited, audio), 429, 2, 0)
	})
}

// The model that hears is in the list with its price.
func TestTheCatalogueHasSpeechModels(t *testing.T) {
	w := serve(sandbox(), "GET", "/rest/v1/models_v2", "")
	for _, model := range []string{whisper, "whisper-large-v3-turbo"} {
		if !strings.Contains(w.Body.String(), `"`+model+`"`) {
			t.Errorf("%s is not there", model)
		}
	}
	if n := strings.Count(w.Body.String(), "audio_duration_seconds"); n < 2 {
		t.Errorf("%d prices", n)
	}
}
