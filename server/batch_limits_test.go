package server_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/emulator"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/limit"
)

// A batch queues for the rate limit for as long as its deadline allows, whatever
// --max-wait, and lets other calls between its items.
func TestBatchQueuesForTheRateLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := connect(t, setup{
			inMemory: true, upstream: emulator.Options{RateLimit: true, PerMinute: 20},
			provider: provider.Options{RateLimit: 20, Timeout: time.Hour, MaxWait: 2 * time.Minute},
		})
		start := time.Now()
		ended := make(chan batchAnswer)
		go func() {
			var got batchAnswer
			r.succeed("batch", about+numbered(t, 200)+`}`, &got)
			ended <- got
		}()
		<-time.After(90 * time.Second)
		asked := time.Now()
		r.succeed("chat", `{"model":"gpt-oss-20b","prompt":"between"}`, nil)
		if waited := time.Since(asked); waited > 61*time.Second {
			t.Errorf("another call waited %s", waited)
		}
		got := <-ended
		if got.Done != 200 || got.Status != "completed" || len(got.codes()) != 1 || got.codes()[0] != "rate_limit_wait" {
			t.Errorf("%d are done, with %+v", got.Done, got.Warnings)
		}
		if requests := len(r.posts()); requests != 201 {
			t.Errorf("%d requests were sent", requests)
		}
		if took := time.Since(start); took < 9*time.Minute || took > 12*time.Minute {
			t.Errorf("it took %s", took)
		}
	})
}

// What the service itself refuses for now is asked again.
func TestBatchWaitsForTheServicesLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := connect(t, setup{
			inMemory: true, upstream: emulator.Options{RateLimit: true, PerMinute: 5},
			provider: provider.Options{Timeout: time.Hour, MaxInFlight: 2},
		})
		var got batchAnswer
		if r.succeed("batch", about+numbered(t, 12)+`}`, &got); got.Done != 12 {
			t.Errorf("got %+v", got)
		}
	})
}

func TestBatchAtItsDeadline(t *testing.T) {
	for _, test := range []struct {
		name     string
		provider provider.Options
		fault    emulator.Fault
		items    int
		done     int
		outcomes string
		requests int
		took     time.Duration
	}{
		{
			name: "the rate limit lets no more through", provider: provider.Options{RateLimit: 3, Timeout: 150 * time.Second},
			items: 100, done: 9, outcomes: "ok rate_limited", requests: 9, took: 121 * time.Second,
		},
		{
			name: "an answer does not end", provider: provider.Options{Timeout: time.Minute, MaxInFlight: 1},
			fault: emulator.Fault{RawEvents: []string{piece("Half an")}, Hang: true}, items: 5,
			done: 2, outcomes: "ok upstream_timeout", requests: 3, took: time.Minute,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := connect(t, setup{inMemory: true, provider: test.provider})
				if test.fault.Hang {
					r.Script(emulator.Fault{}, emulator.Fault{}, test.fault)
				}
				start := time.Now()
				var got batchAnswer
				answer := r.succeed("batch", about+numbered(t, test.items)+`}`, &got)
				// Items that begin at the same moment may be asked in any order.
				inOrder := got.outcomes() == test.outcomes
				if got.Status != "partial" || got.Total != test.items || got.Done != test.done || got.Failed != test.items-test.done || !inOrder && test.fault.Hang {
					t.Errorf("got %s, %d done, %d failed, %s", got.Status, got.Done, got.Failed, got.outcomes())
				}
				if took := time.Since(start); took > test.took || len(r.posts()) != test.requests {
					t.Errorf("it took %s and %d requests", took, len(r.posts()))
				}
				if !strings.Contains(strings.Join(got.codes(), " "), "deadline") || !strings.Contains(answer.texts[1], "not all were asked") {
					t.Errorf("warnings %v, texts %q", got.Warnings, answer.texts)
				}
				if test.fault.Hang && got.Results[2].Content != "Half an" {
					t.Errorf("the cut one is %+v", got.Results[2])
				}
				if want := fmt.Sprintf("[%d]", test.items-1); inOrder && strings.Count(answer.texts[0], "not asked") != 1 || !strings.Contains(answer.texts[0], " to "+want+" failed: ") {
					t.Errorf("the text is %s", answer.texts[0])
				}
			})
		})
	}
}

func TestBatchOfWhichTheDeadlineLeavesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := connect(t, setup{inMemory: true, provider: provider.Options{Timeout: time.Minute}})
		r.Script(emulator.Fault{Hang: true, Times: -1})
		if got := r.call("batch", about+numbered(t, 30)+`}`).failure(); got.Code != "upstream_timeout" || !got.Retryable {
			t.Errorf("got %+v", got)
		}
	})
}

// A client that gives up gets no answer, and what runs is ended.
func TestBatchThatIsCancelled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := connect(t, setup{inMemory: true})
		r.Script(emulator.Fault{}, emulator.Fault{}, emulator.Fault{Hang: true, Times: -1})
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() {
			_, err := r.tryCall(ctx, "batch", about+numbered(t, 100)+`}`, "")
			ended <- err
		}()
		synctest.Wait()
		cancel()
		if err := <-ended; err == nil {
			t.Error("the call was answered")
		}
		<-time.After(time.Second)
		if requests := len(r.posts()); requests > 18 || r.Cancelled() == 0 {
			t.Errorf("%d requests, of which %d were ended", requests, r.Cancelled())
		}
		r.Script()
	})
}

// Items that the budget refuses wait for those that have reserved more than they cost;
// once it is used up, no more are sent.
func TestBatchAndTheBudget(t *testing.T) {
	for _, test := range []struct {
		name      string
		maxCost   float64
		arguments string
		done      int // at least
		all       bool
	}{
		{"fits one after another", 0.01, `"max_tokens":10000,`, 30, true},
		{"fits one after another, without max_tokens", 0.004, ``, 30, true},
		{"is used up half way", 0.0006, `"max_tokens":600,`, 3, false},
		{"is used up half way, without max_tokens", 0.0002, ``, 3, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := connect(t, setup{inMemory: true, provider: provider.Options{MaxCost: test.maxCost}})
				var got batchAnswer
				r.succeed("batch", `{"model":"gpt-oss-120b",`+test.arguments+`"prompt":"About {{input}}.","inputs":`+numbered(t, 30)+`}`, &got)
				if got.Done < test.done || got.Cost == nil || got.Cost.Amount > test.maxCost {
					t.Errorf("%d are done, for %+v", got.Done, got.Cost)
				}
				if test.all {
					return
				}
				// Without max_tokens, the last one may be cut at what the budget pays for.
				if got.Done > 29 || got.Status != "partial" || !strings.HasSuffix(got.outcomes(), " budget_exceeded") || len(r.posts()) > got.Done+1 {
					t.Errorf("got %s, %d done of %d requests, %s", got.Status, got.Done, len(r.posts()), got.outcomes())
				}
			})
		})
	}
}

func TestBatchHoldsMemoryForItsPrompts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		memory := limit.NewMemory(4<<20, false)
		r := connect(t, setup{inMemory: true, memory: memory, provider: provider.Options{Memory: memory, Timeout: time.Hour}})
		large := `{"model":"gpt-oss-20b","prompt":"` + strings.Repeat("{{input}}", 200) + `","inputs":["` + strings.Repeat("word ", 400) + `"]}`
		r.Script(emulator.Fault{Delay: 15 * time.Second})
		first := make(chan result, 1)
		go func() { first <- r.call("batch", large) }()
		synctest.Wait()
		if held := memory.Work.Held(); held < 1_200_000 {
			t.Errorf("%d bytes are held", held)
		}
		if got := r.call("batch", large).failure(); got.Code != "overloaded" {
			t.Errorf("beside another the call is answered with %+v", got)
		}
		<-first
		if held := memory.Work.Held(); held != 0 {
			t.Errorf("%d bytes are held at the end", held)
		}
	})
}

// Many large answers are more than a call may hold: what came before is kept.
func TestBatchBoundsItsAnswers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		memory := limit.NewMemory(8<<20, false)
		r := connect(t, setup{inMemory: true, memory: memory, provider: provider.Options{Memory: memory, Timeout: time.Hour, MaxInFlight: 1}})
		r.Script(emulator.Fault{RawEvents: []string{piece(strings.Repeat("long ", 180_000)), stopped, used, done}, Times: -1})
		var got batchAnswer
		r.succeed("batch", about+numbered(t, 40)+`}`, &got)
		if got.Done != 4 || got.Status != "partial" || got.outcomes() != "ok overloaded" || len(r.posts()) != 5 {
			t.Errorf("%d are done of %d requests, %s, %s", got.Done, len(r.posts()), got.Status, got.outcomes())
		}
		if held := memory.Work.Held(); held != 0 {
			t.Errorf("%d bytes are held at the end", held)
		}
	})
}
