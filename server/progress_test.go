package server_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/emulator"
)

// The clock of these tests is synctest's, so minutes cost nothing and every gap
// is exact.
const (
	minGap = 250 * time.Millisecond // between two notifications
	maxGap = 10 * time.Second       // without a notification
)

// spoken returns the text of notes, and fails unless progress rises strictly.
func spoken(t testing.TB, notes []note) string {
	t.Helper()
	var text strings.Builder
	for i, n := range notes {
		text.WriteString(n.message)
		if i > 0 && n.progress <= notes[i-1].progress {
			t.Errorf("progress %g comes after %g", n.progress, notes[i-1].progress)
		}
	}
	return text.String()
}

func TestProgressIsTheTextAsItComes(t *testing.T) {
	for _, delay := range []time.Duration{0, 10 * time.Millisecond, 100 * time.Millisecond, 400 * time.Millisecond, 4 * time.Second} {
		t.Run(delay.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := connect(t, setup{inMemory: true, upstream: emulator.Options{TokenDelay: delay}})
				start := time.Now()
				answer, err := r.tryCall(t.Context(), "chat",
					`{"prompt":"Tell me a long story.","model":"gpt-oss-120b","reasoning_effort":"low","temperature":1,"seed":7}`, "t")
				if err != nil {
					t.Fatal(err)
				}
				took := time.Since(start)
				synctest.Wait()
				notes := r.of("t")
				var got chatAnswer
				if answer.decode(&got); spoken(t, notes) != got.Content || got.Content == "" {
					t.Errorf("together the messages are %q, the content is %q", spoken(t, notes), got.Content)
				}
				for i, n := range notes[1:] {
					// The end is sent with the result, however soon that is.
					if gap := n.at.Sub(notes[i].at); gap < minGap && i+2 < len(notes) || gap > maxGap {
						t.Errorf("notifications %d and %d are %s apart", i, i+1, gap)
					}
				}
				if most := int(took/minGap) + 2; len(notes) > most {
					t.Errorf("%d notifications in %s", len(notes), took)
				}
				if first := notes[0].at.Sub(start); first > maxGap {
					t.Errorf("the first notification came after %s", first)
				}
			})
		})
	}
}

func TestASilentCallSendsHeartbeats(t *testing.T) {
	faults := map[string]emulator.Fault{
		"the service waits before it answers": {Delay: 95 * time.Second},
		"the model thinks":                    {RawEvents: repeat(thought, 96, piece("At last."), stopped, used, done), ChunkDelay: time.Second},
		"the stream stands still": {RawEvents: []string{piece("At "), piece("last."), stopped, used, done},
			ChunkDelay: 95 * time.Second},
	}
	for name, fault := range faults {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := connect(t, setup{inMemory: true, provider: provider.Options{Timeout: 10 * time.Minute}})
				r.Script(fault)
				last := time.Now()
				answer, err := r.tryCall(t.Context(), "chat", `{"prompt":"hi","model":"gpt-oss-20b"}`, "t")
				if err != nil || answer.isError {
					t.Fatal(err, answer.texts)
				}
				end := time.Now()
				synctest.Wait()
				notes := r.of("t")
				if len(notes) < 9 {
					t.Errorf("%d notifications in %s", len(notes), end.Sub(last))
				}
				for i, n := range notes {
					if gap := n.at.Sub(last); gap > maxGap {
						t.Errorf("notification %d comes after %s", i, gap)
					}
					last = n.at
				}
				if gap := end.Sub(last); gap > maxGap {
					t.Errorf("nothing in the last %s", gap)
				}
				var got chatAnswer
				if answer.decode(&got); spoken(t, notes) != got.Content {
					t.Errorf("together the messages are %q, the content is %q", spoken(t, notes), got.Content)
				}
			})
		})
	}
}

// repeat returns event n times, followed by the last events.
func repeat(event string, n int, last ...string) []string {
	events := make([]string, n, n+len(last))
	for i := range events {
		events[i] = event
	}
	return append(events, last...)
}

func TestAFailureEndsProgress(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := connect(t, setup{inMemory: true, provider: provider.Options{Timeout: time.Minute}})
		r.Script(emulator.Fault{RawEvents: []string{thought}, Hang: true, Times: -1})
		got, err := r.tryCall(t.Context(), "chat", `{"prompt":"hi"}`, "t")
		if err != nil || got.failure().Code != "upstream_timeout" {
			t.Fatal(err, got.texts)
		}
		synctest.Wait()
		before := len(r.of("t"))
		<-time.After(5 * time.Minute)
		synctest.Wait()
		if after := len(r.of("t")); before == 0 || after != before {
			t.Errorf("%d notifications before the result, %d after it", before, after-before)
		}
	})
}

func TestWithoutATokenThereIsNoProgress(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := connect(t, setup{inMemory: true, upstream: emulator.Options{TokenDelay: time.Second}})
		r.succeed("chat", `{"prompt":"hi"}`, nil)
		r.succeed("embed", `{"input":"hi"}`, nil)
		synctest.Wait()
		if r.count() != 0 {
			t.Errorf("got %v", r.notes)
		}
	})
}

func TestCallsAtTheSameTimeKeepTheirProgressApart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := connect(t, setup{inMemory: true, upstream: emulator.Options{TokenDelay: 100 * time.Millisecond}})
		const calls = 20
		contents := make([]string, calls)
		errs := make(chan error, calls)
		for i := range calls {
			go func() {
				token := fmt.Sprintf("t%d", i)
				answer, err := r.tryCall(t.Context(), "chat", fmt.Sprintf(`{"prompt":"call %d"}`, i), token)
				if err == nil {
					contents[i] = answer.texts[0]
				}
				errs <- err
			}()
		}
		for range calls {
			if err := <-errs; err != nil {
				t.Fatal(err)
			}
		}
		synctest.Wait()
		for i, content := range contents {
			if got := spoken(t, r.of(fmt.Sprintf("t%d", i))); got != content || !strings.Contains(got, fmt.Sprintf("call %d", i)) {
				t.Errorf("together the messages of call %d are %q, its content is %q", i, got, content)
			}
		}
	})
}
