package server_test

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/emulator"
)

// Some valid JSON is refused by the decoders of many clients (the Python SDK, all of
// Rust), which then wait forever for an answer.
func TestDataThatNoClientCanReadIsNotAccepted(t *testing.T) {
	t.Parallel()
	for name, wrong := range map[string]string{
		"half a surrogate pair": `{"name":"\ud83d","age":36}`,
		"300 levels":            `{"name":"Ada","age":36,"more":` + strings.Repeat("[", 300) + strings.Repeat("]", 300) + `}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := connect(t, setup{})
			r.Script(emulator.Fault{RawEvents: spoke(t, wrong)}, emulator.Fault{RawEvents: spoke(t, `{"name":"Ada \ud83d\ude42","age":36}`)})
			if got := r.extract(`{"text":"x","model":"gpt-oss-120b","schema":{"required":["name","age"]}}`); got.Repairs != 1 {
				t.Errorf("after %d repairs %.200s was sent", got.Repairs, got.Data)
			}
		})
	}
}

func TestALongExtractionSendsHeartbeats(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := connect(t, setup{inMemory: true})
		r.Script(emulator.Fault{RawEvents: spoke(t, "no"), Delay: 35 * time.Second},
			emulator.Fault{RawEvents: spoke(t, "{}"), Delay: 35 * time.Second})
		start := time.Now()
		answer, err := r.tryCall(t.Context(), "structured-extract", `{"text":"x","model":"gpt-oss-120b","schema":{"type":"object"}}`, "t")
		if err != nil || answer.isError {
			t.Fatal(err, answer.texts)
		}
		synctest.Wait()
		last, notes := start, r.of("t")
		for i, n := range notes {
			if gap := n.at.Sub(last); gap > maxGap {
				t.Errorf("notification %d comes after %s", i, gap)
			}
			last = n.at
		}
		if len(notes) < 6 || spoken(t, notes) != "" {
			t.Errorf("%d notifications in 70 s, which say %q: half an answer is not data", len(notes), spoken(t, notes))
		}
	})
}

// Texts, schemas and images may be secret.
func TestNothingOfAnImageOrAnExtractionIsLogged(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	r := connect(t, setup{log: slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug - 4}))})
	for _, call := range []struct{ tool, arguments string }{
		{"describe-image", `{"image":"` + onePixel + `","prompt":"tell-nobody"}`},
		{"describe-image", `{"image":"tell-nobody.png"}`},
		{"describe-image", `{"image":"https://localhost/tell-nobody"}`},
		{"structured-extract", `{"text":"tell-nobody","instructions":"tell-nobody","schema":{"description":"tell-nobody","type":"object"}}`},
		{"structured-extract", `{"text":"tell-nobody","schema":{"const":"tell-nobody"},"images":["` + onePixel + `"]}`},
		{"structured-extract", `{"text":"tell-nobody","schema":{"type":"tell-nobody"}}`},
		{"structured-extract", `{"text":"tell-nobody","model":"Qwen3Guard-Gen-8B","schema":{"const":"tell-nobody"}}`},
	} {
		r.call(call.tool, call.arguments)
	}
	if !strings.Contains(log.String(), "tool=structured-extract") {
		t.Errorf("nothing was logged, so nothing was tested: %s", &log)
	}
	checkAbsent(t, "log", log.String(), secretPrompt)
	checkAbsent(t, "log", log.String(), "base64")
}
