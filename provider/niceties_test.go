package provider_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider"
)

// refusing answers a chat unless its body has one of the fields, which it refuses in
// these words.
func refusing(t *testing.T, status int, words string, fields ...string) (handler http.Handler, sent *[]map[string]json.RawMessage) {
	t.Helper()
	sent = &[]map[string]json.RawMessage{}
	return answering(chatPath, func(w http.ResponseWriter, r *http.Request) {
		var body map[string]json.RawMessage
		data, _ := io.ReadAll(r.Body)
		if err := json.Unmarshal(data, &body); err != nil {
			t.Error(err)
		}
		*sent = append(*sent, body)
		for _, field := range fields {
			if _, ok := body[field]; ok {
				w.WriteHeader(status)
				_, _ = fmt.Fprintf(w, words, field)
				return
			}
		}
		_, _ = w.Write([]byte(`{"model":"gpt-oss-120b","choices":[{"message":{"content":"hi"},"finish_reason":"stop"}]}`))
	}), sent
}

// Fields that a call can do without are left out once the service refuses them, and are
// never sent again.
func TestARefusedNicetyIsLeftOutAndRemembered(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, words string
		status      int
		fields      []string
		first       int // requests of the first call
		warns       bool
	}{
		{"stream_options", `{"error":{"message":"%s is not supported"}}`, 400, []string{"stream_options"}, 2, false},
		{"in pydantic's words", `{"detail":[{"type":"extra_forbidden","loc":["body","%s"],"msg":"Extra inputs are not permitted"}]}`, 422,
			[]string{"stream_options"}, 2, false},
		{"in the service's words for its value", `{"message":"Failed to deserialize the JSON body: %s: invalid type"}`, 422,
			[]string{"stream_options"}, 2, false},
		{"seed", `{"message":"unknown field: %s"}`, 400, []string{"seed"}, 2, true},
		{"one after the other", `{"message":"Unrecognized request argument supplied: %s"}`, 400, []string{"stream_options", "user"}, 3, true},
		{"without a name", `{"message":"feature 'extra arguments' is not currently supported"}%.0s`, 400, []string{"seed", "user"}, 2, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			handler, sent := refusing(t, tt.status, tt.words, tt.fields...)
			p := connect(t, handler)
			request := provider.ChatRequest{Model: "gpt-oss-120b", Messages: says("hi"), Seed: new(int64(7)), User: "ada"}
			for call, want := range []int{tt.first, 1} {
				before := len(*sent)
				result, err := p.Chat(t.Context(), request)
				if err != nil {
					t.Fatal(err)
				}
				if asked := len(*sent) - before; asked != want || len(result.Attempts) != want {
					t.Errorf("call %d: %d requests, %d attempts, want %d", call, asked, len(result.Attempts), want)
				}
				if warned := slices.Contains(codes(result.Warnings), provider.WarnArgumentIgnored); warned != tt.warns {
					t.Errorf("call %d: the warnings are %v", call, result.Warnings)
				}
			}
		})
	}
}

// A field is left out only where its absence is what helps.
func TestOtherRefusalsAreNotThoseOfANicety(t *testing.T) {
	t.Parallel()
	for _, words := range []string{
		`{"message":"seed must be below 100"}`,
		`{"message":"reasoning_effort: unknown variant xhigh, expected one of none, high"}`,
		`{"message":"unknown field: messages"}`,
	} {
		asked := 0
		p := connect(t, answering(chatPath, func(w http.ResponseWriter, _ *http.Request) {
			asked++
			w.WriteHeader(http.StatusBadRequest)
			_, _ = w.Write([]byte(words))
		}))
		_, err := p.Chat(t.Context(), provider.ChatRequest{Model: "gpt-oss-120b", Messages: says("hi"), Seed: new(int64(7)), ReasoningEffort: "high"})
		if got := failure(t, err); got.Code != provider.CodeUpstreamRejected || asked != 1 {
			t.Errorf("%s: got %v, asked %d times", words, got, asked)
		}
	}
}

// A chat without its response format is still an answer, and says so.
func TestARefusedFormatOfAChatIsLeftOut(t *testing.T) {
	t.Parallel()
	handler, sent := refusing(t, http.StatusBadRequest, `{"message":"%s is not supported by this model"}`, "response_format")
	result, err := connect(t, handler).Chat(t.Context(), provider.ChatRequest{
		Model: "gpt-oss-120b", Messages: says("hi"), ResponseFormat: json.RawMessage(`{"type":"json_object"}`),
	})
	if err != nil || len(*sent) != 2 {
		t.Fatalf("%d requests, %v", len(*sent), err)
	}
	if len(result.Warnings) == 0 || !strings.Contains(fmt.Sprint(result.Warnings), "refuses it: response_format") {
		t.Errorf("the warnings are %v", result.Warnings)
	}
}

// OpenAI's errors name the field beside their words.
func TestARefusedFieldIsNamedByItsParam(t *testing.T) {
	t.Parallel()
	handler, sent := refusing(t, http.StatusBadRequest, `{"error":{"message":"Unsupported parameter","param":"%s"}}`, "stream_options")
	if _, err := ask(t, connect(t, handler)); err != nil || len(*sent) != 2 {
		t.Errorf("%d requests, %v", len(*sent), err)
	}
	p := connect(t, answering(embedPath, func(w http.ResponseWriter, r *http.Request) {
		if data, _ := io.ReadAll(r.Body); strings.Contains(string(data), "encoding_format") {
			w.WriteHeader(http.StatusBadRequest)
			_, _ = io.WriteString(w, `{"message":"Invalid value: 'base64'. Supported values are: 'float'."}`)
			return
		}
		_, _ = io.WriteString(w, `{"data":[{"embedding":[1]}]}`)
	}))
	if _, err := p.Embed(t.Context(), provider.EmbedRequest{Input: []string{"a"}}); err != nil {
		t.Error(err)
	}
}

// A call that was in flight while another one learned what is refused asks again too.
func TestCallsInFlightLearnTogether(t *testing.T) {
	t.Parallel()
	arrived, answer := make(chan struct{}), make(chan struct{})
	var first atomic.Bool
	p := connect(t, answering(chatPath, func(w http.ResponseWriter, r *http.Request) {
		data, _ := io.ReadAll(r.Body)
		if !strings.Contains(string(data), "stream_options") {
			_, _ = io.WriteString(w, `{"choices":[{"message":{"content":"hi"},"finish_reason":"stop"}]}`)
			return
		}
		if first.CompareAndSwap(false, true) {
			close(arrived)
			<-answer
		}
		w.WriteHeader(http.StatusBadRequest)
		_, _ = io.WriteString(w, `{"message":"unknown field stream_options"}`)
	}))
	failed := make(chan error)
	go func() {
		_, err := p.Chat(t.Context(), provider.ChatRequest{Model: "gpt-oss-120b", Messages: says("a")})
		failed <- err
	}()
	<-arrived
	if _, err := ask(t, p); err != nil {
		t.Error(err)
	}
	close(answer)
	if err := <-failed; err != nil {
		t.Errorf("the call in flight: %v", err)
	}
}

// Without a key two requests a minute go out. The refusal of a field must not be paid for
// again by each call, nor be hidden by the limit.
func TestARefusalIsNotLostToTheRateLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		handler, sent := refusing(t, http.StatusBadRequest, `{"error":{"message":"%s is not supported"}}`, "response_format")
		p := connectInMemory(t, handler, func(o *provider.Options) { o.RateLimit, o.MaxWait = 1, 45*time.Second })
		request := provider.ExtractRequest{Text: "x", Schema: json.RawMessage(personSchema), Model: "gpt-oss-120b"}
		_, err := p.Extract(t.Context(), request)
		if got := failure(t, err); !strings.Contains(got.Message, "response_format is not supported") {
			t.Errorf("the cause is hidden: %v", got)
		}
		for range 2 {
			<-time.After(2 * time.Minute)
			_, _ = p.Extract(t.Context(), request)
		}
		if last := (*sent)[len(*sent)-1]; last["response_format"] != nil || len(*sent) != 3 {
			t.Errorf("%d requests, the last with %s", len(*sent), last["response_format"])
		}
	})
}

// What a model refuses as a value, another call may ask for, and another model take.
func TestARefusedValueIsNoRefusedField(t *testing.T) {
	t.Parallel()
	p := connect(t, answering(chatPath, func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusBadRequest)
		_, _ = io.WriteString(w, `{"error":{"message":"Unsupported value: 'reasoning_effort' does not support 'minimal' with this model."}}`)
	}))
	_, err := p.Chat(t.Context(), provider.ChatRequest{Model: "gpt-oss-120b", Messages: says("a"), ReasoningEffort: "minimal"})
	if got := failure(t, err); got.Code != provider.CodeUpstreamRejected || len(got.Attempts) != 1 {
		t.Errorf("got %v after %d attempts", got, len(got.Attempts))
	}
}
