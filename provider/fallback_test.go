package provider_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/emulator"
)

// The models of these tests: the named one prefers first.
const first, second, third = "gpt-oss-120b", "gpt-oss-20b", "Qwen3.6-27B"

func withFallback(fallback ...string) func(*provider.Options) {
	return func(o *provider.Options) {
		o.MaxWait = 45 * time.Second
		o.Models = map[string]provider.NamedModel{"quick": {Model: first, Temperature: new(0.5), Fallback: fallback}}
	}
}

// broken makes a model answer with a status, so many times.
func broken(model string, status, times int) emulator.Fault {
	return emulator.Fault{Path: chatPath, Model: model, Status: status, Body: `{"message":"no"}`, Times: times}
}

// silent makes a model answer with an empty stream.
func silent(model string) emulator.Fault {
	return emulator.Fault{Path: chatPath, Model: model, RawEvents: []string{"[DONE]"}, Times: -1}
}

// sentModels returns the models of the chats that went out since the last time.
func sentModels(t *testing.T, e *emulator.Emulator, before int) []string {
	t.Helper()
	var models []string
	for _, body := range sentBodies(t, e, chatPath)[before:] {
		models = append(models, body["model"].(string))
	}
	return models
}

// fallbackNotes returns the messages of the warnings of fallbacks.
func fallbackNotes(r *provider.ChatResult) []string {
	var notes []string
	for _, w := range r.Warnings {
		if w.Code == provider.WarnModelFallback {
			notes = append(notes, w.Message)
		}
	}
	return notes
}

func TestFallback(t *testing.T) {
	t.Parallel()
	image := []provider.Message{{Role: "user",
		Content: provider.Content{Parts: []provider.Part{{Type: "image_url", ImageURL: &provider.ImageURL{URL: pixel}}}}}}
	tests := []struct {
		name     string
		fallback []string
		faults   []emulator.Fault
		messages []provider.Message
		sent     []string
		code     provider.Code // "" is an answer
		notes    []string
	}{
		{"a model that answers needs none", []string{second}, nil, says("hi"), []string{first}, "", nil},
		{"after all tries", []string{second, third}, []emulator.Fault{broken(first, 503, -1)}, says("hi"),
			[]string{first, first, first, second}, "", []string{first + " failed (upstream_unavailable), so " + second + " was asked"}},
		{"one after another", []string{second, third}, []emulator.Fault{broken(first, 503, -1), broken(second, 500, -1)}, says("hi"),
			[]string{first, first, first, second, second, second, third}, "", []string{
				first + " failed (upstream_unavailable), so " + second + " was asked",
				second + " failed (upstream_unavailable), so " + third + " was asked",
			}},
		{"until there is none", []string{second}, []emulator.Fault{broken(first, 503, -1), broken(second, 500, -1)}, says("hi"),
			[]string{first, first, first, second, second, second}, provider.CodeUpstreamUnavailable, nil},
		{"of a model that was retired", []string{second}, []emulator.Fault{broken(first, 404, -1)}, says("hi"), []string{first, second}, "",
			[]string{first + " failed (unknown_model), so " + second + " was asked"}},
		{"of a rate limit", []string{second}, []emulator.Fault{broken(first, 429, -1)}, says("hi"), []string{first, second}, "",
			[]string{first + " failed (rate_limited), so " + second + " was asked"}},
		{"of silence", []string{second}, []emulator.Fault{silent(first)}, says("hi"), []string{first, first, second}, "",
			[]string{first + " failed (empty_response), so " + second + " was asked"}},
		{"of silence, until there is none", []string{second}, []emulator.Fault{silent(first), silent(second)}, says("hi"),
			[]string{first, first, second, second}, "",
			[]string{first + " failed (empty_response), so " + second + " was asked"}},
		{"never of a bad request", []string{second}, []emulator.Fault{broken(first, 400, -1)}, says("hi"), []string{first},
			provider.CodeUpstreamRejected, nil},
		{"nor of a bad key", []string{second}, []emulator.Fault{broken(first, 401, -1)}, says("hi"), []string{first}, provider.CodeAuthFailed,
			nil},
		{"to a query", []string{"qwen@biggest?params<30"}, []emulator.Fault{broken(first, 404, -1)}, says("hi"),
			[]string{first, "qwen@biggest?params<30"}, "",
			[]string{first + " failed (unknown_model), so qwen@biggest?params<30 was asked"}},
		{"not to itself, nor to what does not exist", []string{"GPT-OSS-120B", "no-such-model", second}, []emulator.Fault{broken(first, 404, -1)},
			says("hi"), []string{first, second}, "",
			[]string{first + " failed (unknown_model), so " + second + " was asked"}},
		{"only to a model that can do what the call needs", []string{first, third}, []emulator.Fault{broken("Qwen2.5-VL-72B-Instruct", 404, -1)},
			image,
			[]string{"Qwen2.5-VL-72B-Instruct", third}, "", []string{"Qwen2.5-VL-72B-Instruct failed (unknown_model), so " + third + " was asked"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				e := emulator.New(emulator.Options{})
				e.Script(tt.faults...)
				p := connectInMemory(t, e, withFallback(tt.fallback...), func(o *provider.Options) {
					quick := o.Models["quick"]
					quick.Model = tt.sent[0]
					o.Models["quick"] = quick
				})
				got, err := p.Chat(t.Context(), provider.ChatRequest{Model: "quick", Messages: tt.messages})
				if diff := cmp.Diff(tt.sent, sentModels(t, e, 0)); diff != "" {
					t.Errorf("sent (-want +got):\n%s", diff)
				}
				for _, body := range sentBodies(t, e, chatPath) {
					if body["temperature"] != 0.5 {
						t.Errorf("%s got the temperature %v, want the named model's", body["model"], body["temperature"])
					}
				}
				var attempts []provider.Attempt
				if tt.code != "" {
					attempts = wantCode(t, err, tt.code).Attempts
				} else if err != nil {
					t.Fatal(err)
				} else {
					attempts = got.Attempts
					if diff := cmp.Diff(tt.notes, fallbackNotes(got)); diff != "" || got.RequestedModel != "quick" {
						t.Errorf("asked for %s (-want +got):\n%s", got.RequestedModel, diff)
					}
				}
				var attempted []string
				for _, a := range attempts {
					attempted = append(attempted, a.Model)
				}
				if diff := cmp.Diff(tt.sent, attempted); diff != "" {
					t.Errorf("attempts (-want +got):\n%s", diff)
				}
			})
		})
	}
}

// Each step breaks models, waits, and says which ones are asked.
func TestCoolDown(t *testing.T) {
	t.Parallel()
	type step struct {
		after  time.Duration
		faults []emulator.Fault
		model  string
		sent   []string
		note   string // a part of the warning; "" means none
	}
	thrice := func(model string) []string { return []string{model, model, model} }
	tests := []struct {
		name     string
		fallback []string
		steps    []step
	}{
		{"a model that failed is skipped for a minute", []string{second}, []step{
			{0, []emulator.Fault{broken(first, 503, 3)}, "quick", append(thrice(first), second), first + " failed (upstream_unavailable)"},
			{12 * time.Second, nil, "quick", []string{second}, first + " was skipped, because it failed 12 s ago, so " + second + " was asked"},
			{47 * time.Second, nil, "quick", []string{second}, first + " was skipped, because it failed 59 s ago"},
			{time.Second, nil, "quick", []string{first}, ""},
		}},
		{"whoever's call it was", []string{second}, []step{
			{0, []emulator.Fault{broken(first, 503, 3)}, first, thrice(first), ""},
			{0, nil, "quick", []string{second}, first + " was skipped, because it failed 0 s ago"},
		}},
		{"a call without a fallback is sent", []string{second}, []step{
			{0, []emulator.Fault{broken(first, 503, 3)}, "quick", append(thrice(first), second), first + " failed"},
			{0, nil, first, []string{first}, ""},
		}},
		{"a success ends it", []string{second}, []step{
			{0, []emulator.Fault{broken(first, 503, 3)}, "quick", append(thrice(first), second), first + " failed"},
			{0, nil, first, []string{first}, ""},
			{0, nil, "quick", []string{first}, ""},
		}},
		{"a bad request begins none", []string{second}, []step{
			{0, []emulator.Fault{broken(first, 400, 1)}, "quick", []string{first}, ""},
			{0, nil, "quick", []string{first}, ""},
		}},
		{"nor does a failure that a try overcame", []string{second}, []step{
			{0, []emulator.Fault{broken(first, 503, 2)}, "quick", thrice(first), ""},
			{0, nil, "quick", []string{first}, ""},
		}},
		{"the next fallback may cool down too", []string{second, third}, []step{
			{0, []emulator.Fault{broken(first, 503, 3), broken(second, 404, 1)}, "quick", append(thrice(first), second, third), second + " failed"},
			{0, nil, "quick", []string{third},
				first + " was skipped, because it failed 0 s ago; " + second + " was skipped, because it failed 0 s ago, so " + third + " was asked"},
		}},
		{"when all do, the first is asked", []string{second}, []step{
			{0, []emulator.Fault{broken(first, 503, 3), broken(second, 503, 3)}, "quick", append(thrice(first), thrice(second)...), ""},
			{0, nil, "quick", []string{first}, ""},
		}},
		{"who was skipped is the last resort", []string{second}, []step{
			{0, []emulator.Fault{broken(first, 503, 3)}, first, thrice(first), ""},
			{0, []emulator.Fault{broken(second, 404, 1)}, "quick", []string{second, first},
				second + " failed (unknown_model), so " + first + " was asked"},
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				e := emulator.New(emulator.Options{})
				p := connectInMemory(t, e, withFallback(tt.fallback...))
				for i, step := range tt.steps {
					<-time.After(step.after)
					e.Script(step.faults...)
					before := len(e.Calls(chatPath))
					got, err := p.Chat(t.Context(), provider.ChatRequest{Model: step.model, Messages: says("hi")})
					if diff := cmp.Diff(step.sent, sentModels(t, e, before)); diff != "" {
						t.Errorf("step %d: sent (-want +got):\n%s", i, diff)
					}
					if err != nil {
						continue // what is sent says that it was meant
					}
					notes := strings.Join(fallbackNotes(got), "\n")
					if !strings.Contains(notes, step.note) || (step.note == "") != (notes == "") {
						t.Errorf("step %d: its warnings are %q, want %q", i, notes, step.note)
					}
					if got.Model != step.sent[len(step.sent)-1] {
						t.Errorf("step %d: %s answered", i, got.Model)
					}
				}
			})
		})
	}
}

// A cancelled call, or a deadline of the caller's own, says nothing about the model.
func TestACallThatEndsBeginsNoCoolDown(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		e := emulator.New(emulator.Options{})
		e.Script(emulator.Fault{Path: chatPath, Model: first, Delay: time.Hour})
		p := connectInMemory(t, e, withFallback(second))
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err := p.Chat(ctx, provider.ChatRequest{Model: "quick", Messages: says("hi")})
		_ = wantCode(t, err, provider.CodeUpstreamTimeout)
		got, err := p.Chat(t.Context(), provider.ChatRequest{Model: "quick", Messages: says("hi")})
		if err != nil || got.Model != first {
			t.Errorf("got %+v, %v, want an answer of %s", got, err, first)
		}
	})
}

// Extraction asks several times: a failure that the first request met counts for the next.
func TestExtractionFallsBackOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		e := emulator.New(emulator.Options{})
		e.Script(broken(first, 503, -1), emulator.Fault{Path: chatPath, Model: second, RawEvents: answerEvents("no JSON", "stop")})
		got, err := connectInMemory(t, e, withFallback(second)).Extract(t.Context(), provider.ExtractRequest{
			Text: "Ada, 36", Model: "quick", MaxRepairs: 1,
			Schema: json.RawMessage(`{"type":"object","properties":{"age":{"type":"integer"}},"required":["age"],"additionalProperties":false}`),
		})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]string{first, first, first, second, second}, sentModels(t, e, 0)); diff != "" || got.Repairs != 1 {
			t.Errorf("%d repairs, sent (-want +got):\n%s", got.Repairs, diff)
		}
	})
}

// Vectors of different models do not compare.
func TestEmbeddingsHaveNoFallback(t *testing.T) {
	t.Parallel()
	e := emulator.New(emulator.Options{})
	e.Script(emulator.Fault{Path: embedPath, Status: 503, Times: -1})
	p := connect(t, e, func(o *provider.Options) {
		o.Models = map[string]provider.NamedModel{"vectors": {Model: "bge-m3", Fallback: []string{"Qwen3-Embedding-8B"}}}
	})
	_, err := p.Embed(t.Context(), provider.EmbedRequest{Model: "vectors", Input: []string{"a"}})
	_ = wantCode(t, err, provider.CodeUpstreamUnavailable)
	if got := sentBody(t, e, embedPath)["model"]; got != "bge-m3" {
		t.Errorf("sent model %v", got)
	}
}
