package server_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/emulator"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/limit"
)

// Over stdio a request is read before it can be weighed, so few may wait.
func TestLargeCallsQueueForMemoryOverStdio(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := connect(t, setup{inMemory: true, memory: limit.NewMemory(1<<20, false), provider: provider.Options{Timeout: time.Hour}})
		s.Script(emulator.Fault{Path: "/chat/completions", Delay: 15 * time.Second, Times: 1})
		large := fmt.Sprintf(`{"prompt":%q}`, strings.Repeat("x", 60_000)) // weighs more than half a MiB is
		first := make(chan error, 1)
		go func() {
			_, err := s.tryCall(t.Context(), "chat", large, "")
			first <- err
		}()
		synctest.Wait()
		start := time.Now()
		s.succeed("chat", `{"prompt":"hi"}`, nil) // is small
		waiting := make(chan result, 1)
		go func() { waiting <- s.call("chat", large) }()
		synctest.Wait()
		second := make(chan result, 1)
		go func() { second <- s.call("chat", large) }()
		for _, got := range []result{<-waiting, <-second} {
			failure := got.failure()
			if failure.Code != "overloaded" || !failure.Retryable || failure.RetryAfterS != 5 {
				t.Errorf("a call that waits is answered with %+v", failure)
			}
		}
		if took := time.Since(start).Round(time.Second); took != 10*time.Second {
			t.Errorf("it took %s", took)
		}
		if err := <-first; err != nil {
			t.Error(err)
		}
		s.succeed("chat", large, nil)
	})
}

func TestVectorsQueueForMemory(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		memory := limit.NewMemory(64<<10, false)
		s := connect(t, setup{inMemory: true, memory: memory, provider: provider.Options{Memory: memory, Timeout: time.Hour}})
		const embed = `{"input":["a","b"],"model":"Qwen3-Embedding-8B","dimensions":1024}`
		s.Script(emulator.Fault{Path: "/embeddings", Delay: 15 * time.Second})
		first := make(chan result, 1)
		go func() { first <- s.call("embed", embed) }()
		synctest.Wait()
		if got := s.call("embed", embed).failure(); got.Code != "overloaded" {
			t.Errorf("beside another the call is answered with %+v", got)
		}
		if got := <-first; got.isError {
			t.Errorf("the first failed: %v", got.texts)
		}
		s.succeed("embed", embed, nil)
		synctest.Wait()
		if held := memory.Work.Held(); held != 0 {
			t.Errorf("%d bytes are held afterwards", held)
		}
	})
}

func TestAMessageThatIsTooLong(t *testing.T) {
	answers := exchange(t, `{"jsonrpc":"2.0","id":1,"method":"ping","params":{"a":"`+strings.Repeat("x", 64<<20)+`"}}`+"\n"+
		`{"jsonrpc":"2.0","id":2,"method":"ping"}`+"\n")
	if !strings.Contains(answers["null"], "over 64 MiB") || !strings.Contains(answers["2"], `"result":{}`) || len(answers) != 2 {
		t.Errorf("the answers are %v", answers)
	}
}

func TestMessagesOfManyValues(t *testing.T) {
	many := strings.Repeat("1,", 10_000) + "1"
	for message, words := range map[string]string{
		`{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{"_meta":{"a":[` + many + `]}}}`:                                                     "more than 10000 JSON values",
		`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"chat","_meta":{"a":[` + many + `]}}}`:                                       "more than 10000 JSON values",
		`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"embed","arguments":{"input":[` + many + `]}}}`:                              "of type number",
		`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"chat","arguments":{"messages":"[` + strings.Repeat(many+",", 13) + `1]"}}}`: "text with more than 125000 JSON values",
		`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"chat","arguments":{"messages":[` + strings.Repeat(many+",", 13) + `1]}}}`:   "more than 125000 JSON values",
		`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"chat","arguments":{"prompt":"` + many + `"}}}`:                              `"content":`,
	} {
		if answers := exchange(t, message); !strings.Contains(answers["1"], words) {
			t.Errorf("%.120s… was answered with %.300v", message, answers)
		}
	}
}
