package provider_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/emulator"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/internal/linear"
)

// fakeBatch is a service with one batch that has ended.
type fakeBatch struct {
	status         string
	items          int
	output, errors string // files; "" is none
	object         string // the batch, in place of the one that has these
	content        func(w http.ResponseWriter)
}

func (f fakeBatch) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	file := func(id, content string) string {
		if content == "" {
			return "null"
		}
		return `"` + id + `"`
	}
	switch path := r.URL.Path; {
	case path == "/v1/batches/batch_1" && f.object != "":
		_, _ = io.WriteString(w, f.object)
	case path == "/v1/batches/batch_1":
		_, _ = fmt.Fprintf(w, `{"id":"batch_1","status":%q,"completion_window":"24h","input_file_id":"file-in","output_file_id":%s,"error_file_id":%s,
			"request_counts":{"total":%d,"completed":1,"failed":0},"metadata":{"model":"gpt-oss-120b"}}`,
			f.status, file("file-out", f.output), file("file-err", f.errors), f.items)
	case path == "/v1/files/file-out/content" && f.content != nil:
		f.content(w)
	case path == "/v1/files/file-out/content":
		_, _ = io.WriteString(w, f.output)
	case path == "/v1/files/file-err/content":
		_, _ = io.WriteString(w, f.errors)
	default:
		emulator.New(emulator.Options{}).ServeHTTP(w, r)
	}
}

// line is a line of an output file, answered is one with a text.
func line(item int, status, body string) string {
	return fmt.Sprintf(`{"id":"x","custom_id":"item-%06d","response":{"status_code":%s,"request_id":"r","body":%s},"error":null}`, item, status, body) + "\n"
}

func answered(item int, text string) string {
	return line(item, "200", fmt.Sprintf(`{"model":"gpt-oss-120b","choices":[{"index":0,"message":{"role":"assistant","content":%q},"finish_reason":"stop"}],`+
		`"usage":{"prompt_tokens":10,"completion_tokens":5,"total_tokens":15}}`, text))
}

func failedLine(item int, response, cause string) string {
	return fmt.Sprintf(`{"custom_id":"item-%06d","response":%s,"error":%s}`, item, response, cause) + "\n"
}

func fetchFrom(t testing.TB, f fakeBatch) *provider.BatchState {
	t.Helper()
	return fetch(t, connectInMemory(t, f, withKey(batchKey)), "batch_1")
}

// What a line says of its item, whatever is odd about it.
func TestBatchResultsOfOddLines(t *testing.T) {
	t.Parallel()
	message := func(message, finish string) string {
		return fmt.Sprintf(`{"model":"gpt-oss-120b","choices":[{"message":%s,"finish_reason":%q}],"usage":{"prompt_tokens":1,"completion_tokens":1}}`, message, finish)
	}
	for _, tt := range []struct {
		name, output, errors string
		content              string
		code                 provider.Code
		says                 string
		warnings             []provider.WarningCode
	}{
		{name: "an answer", output: answered(0, "Hi"), content: "Hi"},
		{name: "the status is a text", output: line(0, `"200"`, message(`{"content":"Hi"}`, "stop")), content: "Hi"},
		{name: "the status is odd", output: line(0, `{}`, message(`{"content":"Hi"}`, "stop")), content: "Hi"},
		{name: "parts", output: line(0, "200", message(`{"content":[{"type":"text","text":"Hi"}]}`, "stop")), content: "Hi"},
		{name: "thoughts in the text", output: line(0, "200", message(`{"content":"<think>Hm.</think>Hi"}`, "stop")), content: "Hi"},
		{name: "only thoughts", output: line(0, "200", message(`{"content":null,"reasoning":"Hm."}`, "length")), code: provider.CodeUpstreamUnavailable, says: "reasoning",
			warnings: []provider.WarningCode{provider.WarnTruncated, provider.WarnReasoningOnly}},
		{name: "cut", output: line(0, "200", message(`{"content":"H"}`, "length")), content: "H", warnings: []provider.WarningCode{provider.WarnTruncated}},
		{name: "a refusal", output: line(0, "200", message(`{"content":null,"refusal":"No."}`, "stop")), content: "No.",
			warnings: []provider.WarningCode{provider.WarnRefused}},
		{name: "nothing", output: line(0, "200", message(`{"content":""}`, "stop")), code: provider.CodeUpstreamUnavailable, says: "answered nothing", warnings: []provider.WarningCode{provider.WarnEmptyResponse}},
		{name: "no usage", output: line(0, "200", `{"choices":[{"message":{"content":"Hi"},"finish_reason":"stop"}]}`), content: "Hi"},
		{name: "odd usage", output: line(0, "200", `{"choices":[{"message":{"content":"Hi"},"finish_reason":"stop"}],"usage":"7"}`), content: "Hi"},
		{name: "the second of two", output: answered(0, "Hi") + answered(0, "Ho"), content: "Hi"},
		{name: "an answer after an error", output: failedLine(0, "null", `{"message":"x"}`) + answered(0, "Hi"), content: "Hi"},
		{name: "an error after the answer", output: answered(0, "Hi"), errors: failedLine(0, "null", `{"message":"x"}`), content: "Hi"},
		{name: "no line break at the end", output: strings.TrimSpace(answered(0, "Hi")), content: "Hi"},
		{name: "blank lines and Windows", output: "\n\r\n" + strings.TrimSpace(answered(0, "Hi")) + "\r\n\n", content: "Hi"},

		{name: "a status", output: line(0, "429", `{"message":"slow down"}`), code: provider.CodeRateLimited, says: "slow down"},
		{name: "a status in the error file", errors: failedLine(0, `{"status_code":404,"body":{"error":{"message":"The model X does not exist"}}}`, `{"code":"x","message":"y"}`),
			code: provider.CodeUnknownModel, says: "does not exist"},
		{name: "an error without a response", errors: failedLine(0, "null", `{"code":"server_error","message":"out of order"}`),
			code: provider.CodeUpstreamRejected, says: "out of order"},
		{name: "a long prompt", errors: failedLine(0, "null", `{"message":"This model's maximum context length is 4096 tokens."}`),
			code: provider.CodeContextTooLong, says: "4096"},
		{name: "expired", errors: failedLine(0, "null", `{"code":"batch_expired","message":"not in time"}`), code: provider.CodeUpstreamTimeout, says: "not in time"},
		{name: "cancelled", errors: failedLine(0, "null", `{"code":"batch_cancelled","message":"on request"}`), code: provider.CodeCancelled, says: "on request"},
		{name: "an error as a text", errors: failedLine(0, "null", `"broken"`), code: provider.CodeUpstreamRejected, says: "broken"},
		{name: "an error with status 200", output: line(0, "200", `{"error":{"message":"no","code":503}}`), code: provider.CodeUpstreamUnavailable, says: "no"},
		{name: "an error beside a success", output: strings.Replace(line(0, "200", "null"), `"error":null`, `"error":{"message":"lost"}`, 1),
			code: provider.CodeUpstreamRejected, says: "lost"},
		{name: "no reason", output: failedLine(0, "null", "null"), code: provider.CodeUpstreamRejected, says: "no reason"},
		{name: "a list for a body", output: line(0, "200", "[]"), code: provider.CodeUpstreamRejected, says: "did not answer"},
		{name: "an object that is no answer", output: line(0, "200", `{"id":"x"}`), code: provider.CodeUpstreamUnavailable},
		{name: "the key in an error", errors: failedLine(0, "null", `{"message":"key `+batchKey+`"}`), code: provider.CodeUpstreamRejected, says: "key [key]"},

		{name: "no line", output: "\n", code: provider.CodeUpstreamUnavailable, says: "no answer to this item"},
		{name: "no JSON", output: `{"custom_id":"item-000000"` + "\n", code: provider.CodeUpstreamUnavailable, says: "no answer to this item"},
		{name: "noise", output: "\x00\xff\n[]\n7\nnull\n", code: provider.CodeUpstreamUnavailable, says: "no answer to this item"},
		{name: "other ids", output: strings.ReplaceAll(answered(0, "Hi"), "item-000000", "item-0") + strings.ReplaceAll(answered(0, "Hi"), "item-000000", "item-999999"),
			code: provider.CodeUpstreamUnavailable, says: "no answer to this item"},
		{name: "a line that is too long", output: answered(0, strings.Repeat("x", 9<<20)), code: provider.CodeUpstreamUnavailable, says: "no answer to this item"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			state := fetchFrom(t, fakeBatch{status: "completed", items: 1, output: tt.output, errors: tt.errors})
			if len(state.Results) != 1 || state.Total != 1 || state.Done+state.Failed != 1 {
				t.Fatalf("got %+v", state)
			}
			got := state.Results[0]
			warned := slices.DeleteFunc(codes(state.Warnings), func(code provider.WarningCode) bool { return code == provider.WarnUsageMissing })
			if got.Content != tt.content || !slices.Equal(warned, tt.warnings) {
				t.Errorf("got %+v", got)
			}
			switch {
			case (got.Err != nil) != (tt.code != ""):
				t.Errorf("got error %v, want %q", got.Err, tt.code)
			case got.Err != nil && (got.Err.Code != tt.code || !strings.Contains(got.Err.Message, tt.says) || got.Err.Hint == "" || got.Err.Retryable):
				t.Errorf("got %+v, want %s with %q", got.Err, tt.code, tt.says)
			}
		})
	}
}

// Results that break off are read anew, and none counts twice.
func TestBatchResultsThatBreakOff(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		e := emulator.New(emulator.Options{BatchTime: -1})
		times := 0
		h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if strings.HasSuffix(r.URL.Path, "/content") {
				if times++; times <= 2 {
					_, _ = io.WriteString(w, answered(0, "half")+answered(1, "half")[:40])
					panic(http.ErrAbortHandler)
				}
			}
			e.ServeHTTP(w, r)
		})
		p := connectInMemory(t, h, withKey(batchKey), withBudget(1), func(o *provider.Options) { o.MaxWait = time.Minute })
		made := submit(t, p, batchOf(numbered(3)...))
		state := fetch(t, p, made.ID)
		wantNumbers(t, state, 3)
		wantEUR(t, "spent", p.UsageReport(t.Context()).Budget.Spent, *state.Cost)
		times = 100
		e.Script(emulator.Fault{Path: "/files/*/content", Status: 503, Times: -1})
		_, err := p.FetchBatch(t.Context(), provider.BatchFetch{ID: made.ID})
		_ = wantCode(t, err, provider.CodeUpstreamUnavailable)
	})
}

// Lines without usage keep their part of the estimate.
func TestBatchAnswersOfUnknownCost(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		e := emulator.New(emulator.Options{BatchTime: -1})
		p := connectInMemory(t, e, withKey(batchKey), withBudget(1))
		made := submit(t, p, batchOf(numbered(4)...))
		unknown := line(1, "200", `{"choices":[{"message":{"content":"Hi"},"finish_reason":"stop"}]}`)
		e.Script(emulator.Fault{Path: "/files/*/content", Status: 200,
			Body: answered(0, "a") + unknown + failedLine(2, "null", `{"message":"no"}`) + "{\n"})
		state := fetch(t, p, made.ID)
		if state.Cost != nil || state.Usage != nil || !slices.Contains(codes(state.Warnings), provider.WarnUsageMissing) || state.Done != 2 {
			t.Errorf("got %+v", state)
		}
		wantEUR(t, "spent", p.UsageReport(t.Context()).Budget.Spent, (10*0.08+5*0.4)/1e6/2+*made.Estimate/2)
	})
}

// An answer is paid for once, also where it is of no use and stands there twice.
func TestBatchAnswersThatStandThereTwice(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		e := emulator.New(emulator.Options{BatchTime: -1})
		p := connectInMemory(t, e, withKey(batchKey), withBudget(1))
		made := submit(t, p, batchOf(numbered(2)...))
		e.Script(emulator.Fault{Path: "/files/*/content", Status: 200,
			Body: answered(0, "") + answered(0, "") + failedLine(0, "null", `{"message":"no"}`) + answered(1, "b") + answered(1, "c")})
		state := fetch(t, p, made.ID)
		if state.Results[0].Err == nil || state.Results[1].Content != "b" || state.Done != 1 {
			t.Errorf("got %+v", state.Results)
		}
		wantEUR(t, "spent", p.UsageReport(t.Context()).Budget.Spent, 2*(10*0.08+5*0.4)/1e6/2)
	})
}

// A file of results of 200 MB is read line by line.
func TestBatchResultsTakeLittleMemory(t *testing.T) {
	if testing.Short() {
		t.Skip("reads 200 MB")
	}
	const lines, padding = 2_000, 100_000
	pad := strings.Repeat(" ", padding)
	f := fakeBatch{status: "completed", items: lines, output: "x", content: func(w http.ResponseWriter) {
		for i := range lines {
			_, _ = io.WriteString(w, strings.Replace(answered(i, "Hi"), `"choices"`, `"logprobs":"`+pad+`","choices"`, 1))
		}
	}}
	p := connect(t, f, withKey(batchKey))
	p.Catalog(t.Context())
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	state := fetch(t, p, "batch_1")
	runtime.ReadMemStats(&after)
	if state.Done != lines {
		t.Errorf("%d done", state.Done)
	}
	if grown := int64(after.HeapSys) - int64(before.HeapSys); grown > 64<<20 {
		t.Errorf("the heap grew by %d MB", grown>>20)
	}
}

func FuzzBatchResults(f *testing.F) {
	f.Add(answered(0, "Hi")+answered(2, "Ho"), failedLine(1, `{"status_code":500,"body":{}}`, `{"message":"x"}`), "completed")
	f.Add("{\n\x00\n"+line(1, "200", `[{"error":1}]`), "[]", "expired")
	f.Add(line(0, "200", `{"choices":[{"message":{"tool_calls":[{}]}}]}`), line(49999, `"x"`, `"x"`), "cancelled")
	var batch fakeBatch
	p := connectInMemory(f, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { batch.ServeHTTP(w, r) }),
		withKey(batchKey), withTimeout(10*time.Second))
	f.Fuzz(func(t *testing.T, output, errors, status string) {
		batch = fakeBatch{status: status, items: 3, output: output, errors: errors}
		if object, err := json.Marshal(status); err != nil || string(object) != fmt.Sprintf("%q", status) {
			return
		}
		state, err := p.FetchBatch(t.Context(), provider.BatchFetch{ID: "batch_1"})
		if err != nil {
			t.Fatalf("%v", err)
		}
		if !state.Ended {
			return
		}
		if len(state.Results) < 3 && status != "failed" || len(state.Results) > 50_000 || state.Done+state.Failed > 50_000 {
			t.Fatalf("%d results, %d done, %d failed", len(state.Results), state.Done, state.Failed)
		}
		for i, r := range state.Results {
			if r.Err != nil && (r.Content != "" || r.Err.Message == "") {
				t.Fatalf("result %d: %+v", i, r)
			}
		}
	})
}

func TestBatchResultsTakeLinearTime(t *testing.T) {
	for _, tt := range []struct {
		name string
		n    int
		line func(i int) string
	}{
		{"answers", 300, func(i int) string { return answered(i, "Hi") }},
		{"errors", 300, func(i int) string { return failedLine(i, "null", `{"message":"no"}`) }},
		{"answers to one item", 1_000, func(int) string { return answered(0, "Hi") }},
		{"noise", 3_000, func(int) string { return "{\n" }},
		{"a long line", 100_000, func(int) string { return "0123456789" }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var batch fakeBatch
			p := connectInMemory(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { batch.ServeHTTP(w, r) }), withKey(batchKey))
			linear.Check(t, tt.n, func(n int) func() {
				var file strings.Builder
				for i := range n {
					file.WriteString(tt.line(i))
				}
				return func() {
					batch = fakeBatch{status: "completed", items: min(n, 50_000), output: file.String()}
					fetch(t, p, "batch_1")
				}
			})
		})
	}
}
