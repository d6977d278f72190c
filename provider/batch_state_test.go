package provider_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/emulator"
)

// What ends early keeps its results, and says of the others why there are none.
func TestBatchesThatEndEarly(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, status string
		warning      []provider.WarningCode
		code         provider.Code
	}{
		{"completed", "completed", nil, provider.CodeUpstreamUnavailable},
		{"expired", "expired", []provider.WarningCode{provider.WarnDeadline}, provider.CodeUpstreamTimeout},
		{"cancelled", "cancelled", nil, provider.CodeCancelled},
		{"in another spelling", "canceled", nil, provider.CodeCancelled},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			state := fetchFrom(t, fakeBatch{status: tt.status, items: 4, output: answered(2, "c") + answered(0, "a")})
			if !state.Ended || state.Status != tt.status || state.Done != 2 || state.Failed != 2 || !slices.Equal(codes(state.Warnings), tt.warning) {
				t.Errorf("got %+v", state)
			}
			if r := state.Results; r[0].Content != "a" || r[2].Content != "c" || r[1].Err.Code != tt.code || r[3].Err.Code != tt.code {
				t.Errorf("results %+v", r)
			}
		})
	}
}

func TestBatchObjectsThatAreOdd(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, object string
		check        func(*provider.BatchState) bool
	}{
		{"nothing but an id", `{"id":"batch_1"}`, func(s *provider.BatchState) bool { return s.Status == "" && !s.Ended && s.Total == 0 }},
		{"an unknown status", `{"id":"batch_1","status":"paused","request_counts":{"total":3,"completed":1}}`,
			func(s *provider.BatchState) bool {
				return s.Status == "paused" && !s.Ended && s.Total == 3 && s.Done == 1 && s.Results == nil
			}},
		{"odd types", `{"id":"batch_1","status":7,"request_counts":"x","created_at":"x","expires_at":[],"metadata":[],"errors":{"data":7},"output_file_id":{}}`,
			func(s *provider.BatchState) bool { return s.Status == "7" && s.CreatedAt.IsZero() }},
		{"counts that cannot be", `{"id":"batch_1","status":"in_progress","request_counts":{"total":1e12,"completed":-4,"failed":1e8}}`,
			func(s *provider.BatchState) bool { return s.Total == 0 && s.Done == 0 && s.Failed == 50_000 }},
		{"failed in validation", `{"id":"batch_1","status":"failed","failed_at":1700000000,"metadata":{"items":"12","model":"gpt-oss-120b"},
			"errors":{"data":[{"line":3,"message":"no ` + batchKey + `"},{"message":"twice"},{}]}}`,
			func(s *provider.BatchState) bool {
				return s.Ended && s.Total == 12 && s.Problem == "line 3: no [key]; twice" && s.EndedAt.Unix() == 1700000000 && s.Results == nil
			}},
		{"completed without any file", `{"id":"batch_1","status":"completed","request_counts":{"total":2}}`,
			func(s *provider.BatchState) bool { return s.Ended && s.Failed == 2 && s.Results[1].Err != nil }},
		{"ours", `{"id":"batch_1","status":"in_progress","metadata":{"program":"ai-endpoints-mcp","items":"4"}}`,
			func(s *provider.BatchState) bool { return s.Total == 4 }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if state := fetchFrom(t, fakeBatch{object: tt.object}); !tt.check(state) {
				t.Errorf("got %+v", state)
			}
		})
	}
	for name, object := range map[string]string{
		"of another program": `{"id":"batch_1","metadata":{"program":"other"}}`, "no JSON": "x", "no object": "[]", "no id": `{"status":"completed"}`,
		"a file that is a path": `{"id":"batch_1","status":"completed","output_file_id":"../models"}`,
	} {
		_, err := connectInMemory(t, fakeBatch{object: object}, withKey(batchKey)).FetchBatch(t.Context(), provider.BatchFetch{ID: "batch_1"})
		want := provider.CodeUpstreamUnavailable
		if strings.Contains(name, "program") {
			want = provider.CodeInvalidArgument
		}
		if got := failure(t, err); got.Code != want {
			t.Errorf("%s: got %v", name, got)
		}
	}
}

func TestBatchIDsThatAreNone(t *testing.T) {
	t.Parallel()
	e := emulator.New(emulator.Options{})
	p := connectInMemory(t, e, withKey(batchKey))
	for _, id := range []string{"", ".", "..", "a/b", "a b", "a?b", "é", "a\n", strings.Repeat("a", 201), "batch_unknown"} {
		_, err := p.FetchBatch(t.Context(), provider.BatchFetch{ID: id})
		if got := wantCode(t, err, provider.CodeInvalidArgument); !strings.HasPrefix(got.Message, "id: ") {
			t.Errorf("%q: got %q", id, got.Message)
		}
		_, err = p.CancelBatch(t.Context(), id)
		_ = wantCode(t, err, provider.CodeInvalidArgument)
		_ = wantCode(t, p.DeleteBatch(t.Context(), id), provider.CodeInvalidArgument)
	}
	if n := len(e.Calls("/batches/*")); n != 3 {
		t.Errorf("%d requests went out, want those for the last one", n)
	}
	without := connectInMemory(t, e)
	_, err := without.FetchBatch(t.Context(), provider.BatchFetch{ID: "batch_1"})
	_ = wantCode(t, err, provider.CodeAuthFailed)
	_, err = without.CancelBatch(t.Context(), "batch_1")
	_ = wantCode(t, err, provider.CodeAuthFailed)
	_ = wantCode(t, without.DeleteBatch(t.Context(), "batch_1"), provider.CodeAuthFailed)
}

func TestBatchOfAnotherKey(t *testing.T) {
	t.Parallel()
	e := emulator.New(emulator.Options{})
	made := submit(t, connectInMemory(t, e, withKey(batchKey)), batchOf("hello"))
	_, err := connectInMemory(t, e, withKey("sk-other")).FetchBatch(t.Context(), provider.BatchFetch{ID: made.ID})
	if got := wantCode(t, err, provider.CodeInvalidArgument); !strings.Contains(got.Hint, "project of the key") {
		t.Errorf("got %v", got)
	}
}

// The states of the emulator's batches, and what they cost.
func TestBatchesThatDoNotComplete(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		fault  emulator.BatchFault
		status string
		after  time.Duration
		done   int
	}{
		{emulator.BatchInvalid, "failed", time.Minute, 0},
		{emulator.BatchStuck, "expired", 24 * time.Hour, 0},
		{emulator.BatchExpired, "expired", time.Minute, 2},
	} {
		synctest.Test(t, func(t *testing.T) {
			e := emulator.New(emulator.Options{})
			e.Script(emulator.Fault{Path: "/batches", Batch: tt.fault})
			p := connectInMemory(t, e, withKey(batchKey), withBudget(1))
			made := submit(t, p, batchOf(numbered(4)...))
			<-time.After(tt.after)
			state := fetch(t, p, made.ID)
			if state.Status != tt.status || state.Done != tt.done || !state.Ended || state.Total != 4 || (tt.status == "failed") != (state.Problem != "") {
				t.Errorf("got %+v", state)
			}
			cost := 0.0
			if tt.done > 0 {
				cost = *state.Cost
			}
			if tt.after < time.Hour {
				wantEUR(t, "spent", p.UsageReport(t.Context()).Budget.Spent, cost)
			}
		})
	}
}

func TestBatchThatIsCancelled(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		e := emulator.New(emulator.Options{BatchTime: time.Minute})
		p := connectInMemory(t, e, withKey(batchKey), withBudget(1))
		made := submit(t, p, batchOf(numbered(10)...))
		<-time.After(30 * time.Second)
		state, err := p.CancelBatch(t.Context(), made.ID)
		if err != nil || state.Status != "cancelling" || state.Ended || state.Warnings != nil {
			t.Fatalf("got %+v (%v)", state, err)
		}
		_ = wantCode(t, p.DeleteBatch(t.Context(), made.ID), provider.CodeInvalidArgument)
		<-time.After(time.Minute)
		state = fetch(t, p, made.ID)
		if state.Status != "cancelled" || state.Done < 1 || state.Failed < 1 || state.Done+state.Failed != 10 {
			t.Errorf("got %+v", state)
		}
		wantEUR(t, "spent", p.UsageReport(t.Context()).Budget.Spent, *state.Cost)
		state, err = p.CancelBatch(t.Context(), made.ID)
		if err != nil || state.Status != "cancelled" || !slices.Equal(codes(state.Warnings), []provider.WarningCode{provider.WarnArgumentIgnored}) {
			t.Errorf("cancelled again: %+v (%v)", state, err)
		}
	})
}

// A submission whose caller has gone away leaves no batch behind.
func TestBatchWhoseCallerGoesAway(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		e := emulator.New(emulator.Options{BatchTime: time.Minute})
		e.Script(emulator.Fault{Path: "/batches", Method: "POST", Delay: 500 * time.Millisecond})
		p := connectInMemory(t, e, withKey(batchKey), withBudget(1))
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(250*time.Millisecond, cancel)
		start := time.Now()
		_, err := p.SubmitBatch(ctx, batchOf("hello"))
		_ = wantCode(t, err, provider.CodeCancelled)
		if took := time.Since(start); took > 1250*time.Millisecond {
			t.Errorf("it went on for %s", took)
		}
		if len(e.Calls("/batches/*/cancel")) != 1 || len(e.Calls("/files/*")) != 1 {
			t.Error("the batch goes on, or its file stays")
		}
		wantEUR(t, "spent", p.UsageReport(t.Context()).Budget.Spent, 0)
	})
}

func TestBatchFilesThatAreDeleted(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		e := emulator.New(emulator.Options{BatchTime: -1})
		p := connectInMemory(t, e, withKey(batchKey))
		made := submit(t, p, batchOf("hello", "world"))
		fetch(t, p, made.ID)
		for range 2 {
			if err := p.DeleteBatch(t.Context(), made.ID); err != nil {
				t.Fatal(err)
			}
		}
		_, err := p.FetchBatch(t.Context(), provider.BatchFetch{ID: made.ID})
		if got := wantCode(t, err, provider.CodeInvalidArgument); !strings.Contains(got.Message, "results of the batch") || !strings.Contains(got.Hint, "15 days") {
			t.Errorf("got %v", got)
		}
	})
}
