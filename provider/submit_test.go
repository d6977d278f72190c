package provider_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/emulator"
)

const batchKey = "sk-batches"

// batchOf returns a submission of items that each ask for one of these texts.
func batchOf(texts ...string) provider.BatchRequest {
	return provider.BatchRequest{Model: "gpt-oss-120b", Prompt: "{{input}}", Inputs: texts}
}

func submit(t testing.TB, p *provider.Provider, req provider.BatchRequest) *provider.BatchState {
	t.Helper()
	state, err := p.SubmitBatch(t.Context(), req)
	if err != nil {
		t.Fatal(err)
	}
	return state
}

func fetch(t testing.TB, p *provider.Provider, id string) *provider.BatchState {
	t.Helper()
	state, err := p.FetchBatch(t.Context(), provider.BatchFetch{ID: id})
	if err != nil {
		t.Fatal(err)
	}
	return state
}

func numbered(n int) []string {
	texts := make([]string, n)
	for i := range texts {
		texts[i] = fmt.Sprintf("number %d", i)
	}
	return texts
}

func TestBatchFromSubmissionToResults(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		e := emulator.New(emulator.Options{BatchTime: time.Minute})
		p := connectInMemory(t, e, withKey(batchKey))
		made := submit(t, p, batchOf(numbered(30)...))
		if made.ID == "" || made.Status != "validating" || made.Ended || made.Total != 30 || made.Window != "24h" ||
			made.Model != "gpt-oss-120b" || made.Estimate == nil || made.Expires.Sub(made.CreatedAt) != 24*time.Hour {
			t.Errorf("submitted: %+v", made)
		}
		var seen []string
		for {
			state := fetch(t, p, made.ID)
			if len(seen) == 0 || seen[len(seen)-1] != state.Status {
				seen = append(seen, state.Status)
			}
			if state.Total != 30 || state.Done > 30 {
				t.Errorf("%+v", state)
			}
			if state.Ended {
				wantNumbers(t, state, 30)
				break
			}
			if state.Results != nil {
				t.Errorf("results while the batch is %s", state.Status)
			}
			<-time.After(time.Second)
		}
		if got := strings.Join(seen, " "); got != "validating in_progress finalizing completed" {
			t.Errorf("statuses %s", got)
		}
	})
}

// wantNumbers checks the results of items that [numbered] made.
func wantNumbers(t testing.TB, state *provider.BatchState, n int) {
	t.Helper()
	if state.Total != n || state.Done != n || state.Failed != 0 || len(state.Results) != n {
		t.Fatalf("%d of %d done, %d failed, %d results", state.Done, state.Total, state.Failed, len(state.Results))
	}
	for i, r := range state.Results {
		if r.Err != nil || !strings.Contains(r.Content, fmt.Sprintf("number %d", i)) {
			t.Errorf("result %d: %+v", i, r)
		}
	}
	if state.Usage == nil || state.Cost == nil || state.Usage.TotalTokens < n || *state.Cost <= 0 {
		t.Errorf("usage %v, cost %v", state.Usage, state.Cost)
	}
}

// What is uploaded is what the same call one by one would send, but for the stream.
func TestBatchLines(t *testing.T) {
	t.Parallel()
	e := emulator.New(emulator.Options{})
	p := connect(t, e, withKey(batchKey), func(o *provider.Options) {
		o.Models = map[string]provider.NamedModel{"careful": {Model: "gpt-oss-120b", Temperature: new(0.25)}}
	})
	req := batchOf("\u2028<0>", "1")
	req.Model, req.Prompt, req.System, req.MaxTokens = "careful", "first {{input}}", "Be brief.", new(50)
	submit(t, p, req)
	uploads := e.Calls("/files")
	if len(uploads) != 1 {
		t.Fatalf("%d uploads", len(uploads))
	}
	var lines []string
	for line := range strings.Lines(string(uploads[0].Body)) {
		if strings.HasPrefix(line, "{") {
			lines = append(lines, line)
		}
	}
	want := `{"custom_id":"item-000000","method":"POST","url":"/v1/chat/completions","body":{"model":"gpt-oss-120b","messages":[` +
		`{"role":"system","content":"Be brief."},{"role":"user","content":"first \u2028\u003c0\u003e"}],"temperature":0.25,"max_tokens":50}}`
	if len(lines) != 2 || strings.TrimSpace(lines[0]) != want || !strings.Contains(lines[1], `"item-000001"`) {
		t.Errorf("got %q\nwant %s", lines, want)
	}
	var made2 struct {
		Window   string            `json:"completion_window"`
		Metadata map[string]string `json:"metadata"`
	}
	if err := json.Unmarshal(e.Calls("/batches")[0].Body, &made2); err != nil || made2.Window != "24h" ||
		made2.Metadata["program"] != "ai-endpoints-mcp" || made2.Metadata["items"] != "2" {
		t.Errorf("batch %+v (%v)", made2, err)
	}
}

func TestBatchWithASchema(t *testing.T) {
	t.Parallel()
	e := emulator.New(emulator.Options{BatchTime: -1})
	p := connect(t, e, withKey(batchKey))
	req := batchOf("Ada, 36", "Bob, 7")
	req.Schema = json.RawMessage(personSchema)
	made := submit(t, p, req)
	if text := string(e.Calls("/files")[0].Body); strings.Count(text, `"response_format":{"type":"json_schema"`) != 2 ||
		strings.Contains(text, "do not follow orders") {
		t.Errorf("uploaded %s", text)
	}
	state, err := p.FetchBatch(t.Context(), provider.BatchFetch{ID: made.ID, Schema: req.Schema})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range state.Results {
		if r.Err != nil || !json.Valid(r.Data) || r.Content != "" {
			t.Errorf("with the schema: %+v", r)
		}
	}
	if r := fetch(t, p, made.ID).Results[0]; r.Err != nil || r.Data != nil || !json.Valid([]byte(r.Content)) {
		t.Errorf("without it: %+v", r)
	}
	state, err = p.FetchBatch(t.Context(), provider.BatchFetch{ID: made.ID, Schema: json.RawMessage(`{"type":"array"}`)})
	if err != nil || state.Failed != 2 || state.Results[1].Err.Code != provider.CodeExtractionInvalid {
		t.Errorf("with another schema: %+v (%v)", state, err)
	}
	_, err = p.FetchBatch(t.Context(), provider.BatchFetch{ID: made.ID, Schema: json.RawMessage(`{"type":3}`)})
	_ = wantCode(t, err, provider.CodeSchemaInvalid)
}

// A submission that cannot be is refused before anything is uploaded.
func TestBatchSubmissionsThatAreRefused(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 1_999_000)
	same := func(n int, text string) provider.BatchRequest { return batchOf(slices.Repeat([]string{text}, n)...) }
	large := same(200, "x")
	large.Prompt += long
	badSchema, unknownModel := batchOf("a"), batchOf("a")
	badSchema.Schema, unknownModel.Model = json.RawMessage(`{"type":3}`), "no-such-model"
	for _, tt := range []struct {
		name string
		key  string
		req  provider.BatchRequest
		code provider.Code
		says []string
	}{
		{"no key", "", batchOf("a"), provider.CodeAuthFailed, []string{"only with a key", "OVH_AI_ENDPOINTS_ACCESS_TOKEN", "mode now"}},
		{"too many", batchKey, same(50_001, "a"), provider.CodeInvalidArgument, []string{"50001", "50000"}},
		{"a long line", batchKey, batchOf("a", long+"yyyyyy"+strings.Repeat("y", 900)), provider.CodePayloadTooLarge, []string{"inputs[1]", "2000000", "2000053"}},
		{"too much", batchKey, large, provider.CodePayloadTooLarge, []string{"first 101 of 200", "200000000"}},
		{"a blank item", batchKey, batchOf("a", " \n"), provider.CodeInvalidArgument, []string{"inputs[1]", "blank"}},
		{"a schema", batchKey, badSchema, provider.CodeSchemaInvalid, []string{"schema"}},
		{"a model", batchKey, unknownModel, provider.CodeUnknownModel, []string{"no-such-model"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			e := emulator.New(emulator.Options{})
			_, err := connect(t, e, withKey(tt.key)).SubmitBatch(t.Context(), tt.req)
			failed := wantCode(t, err, tt.code)
			for _, words := range tt.says {
				if !strings.Contains(failed.Error(), words) {
					t.Errorf("%q does not say %q", failed.Error(), words)
				}
			}
			if n := len(e.Calls("/files")) + len(e.Calls("/batches")); n > 0 {
				t.Errorf("%d requests went out", n)
			}
		})
	}
}

func TestBatchesWithoutAKeyWhereNoneIsNeeded(t *testing.T) {
	t.Parallel()
	e := emulator.New(emulator.Options{AnonymousBatches: true, BatchTime: -1})
	p := connect(t, e, func(o *provider.Options) { o.AnonymousBatches = true })
	wantNumbers(t, fetch(t, p, submit(t, p, batchOf(numbered(3)...)).ID), 3)
}

// Every line is made when its turn comes, and the length of the whole is known before.
func TestBatchUploadIsAStream(t *testing.T) {
	t.Parallel()
	for _, maxCost := range []float64{0, 100} { // where the budget chooses max_tokens
		e := emulator.New(emulator.Options{BatchTime: -1})
		p := connect(t, e, withKey(batchKey), withBudget(maxCost))
		made := submit(t, p, batchOf(numbered(1234)...))
		upload := e.Calls("/files")[0]
		if maxCost > 0 != strings.Contains(string(upload.Body), `"max_tokens":16384`) {
			t.Error("what is reserved is not what is sent")
		}
		wantNumbers(t, fetch(t, p, made.ID), 1234)
	}
}

// Many servers take no upload of unknown length.
func TestBatchUploadHasALength(t *testing.T) {
	t.Parallel()
	var length int64
	var sent int
	p := connect(t, answering("/files", func(_ http.ResponseWriter, r *http.Request) {
		length = r.ContentLength
		body, err := io.ReadAll(r.Body)
		if sent = len(body); err != nil {
			t.Error(err)
		}
	}), withKey(batchKey), withBudget(1))
	_, err := p.SubmitBatch(t.Context(), batchOf(numbered(100)...))
	_ = wantCode(t, err, provider.CodeUpstreamUnavailable)
	if length != int64(sent) || sent < 10_000 {
		t.Errorf("the length is %d, and %d bytes came", length, sent)
	}
}

// The service refuses a sixth batch, and the budget keeps nothing for it.
func TestBatchOverTheLimitOfTheService(t *testing.T) {
	t.Parallel()
	e := emulator.New(emulator.Options{BatchTime: time.Hour})
	p := connect(t, e, withKey(batchKey), withBudget(1))
	for range 5 {
		submit(t, p, batchOf("hello"))
	}
	spent := p.UsageReport(t.Context()).Budget.Spent
	_, err := p.SubmitBatch(t.Context(), batchOf("hello"))
	if got := wantCode(t, err, provider.CodeRateLimited); !strings.Contains(got.Message, "5 batches in progress") || !strings.Contains(got.Hint, "mode now") {
		t.Errorf("got %v", got)
	}
	wantEUR(t, "spent", p.UsageReport(t.Context()).Budget.Spent, spent)
}
