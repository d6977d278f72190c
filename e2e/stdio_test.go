package e2e

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/emulator"
)

func TestAnAgentListsTheTools(t *testing.T) {
	eachAgent(t, func(t *testing.T, start func(...string) agent) {
		a := start("--sandbox")
		if !strings.Contains(a.instructions(), "chat:") {
			t.Errorf("the instructions are %q", a.instructions())
		}
		names, err := a.tools(testContext(t))
		if err != nil || !slices.Contains(names, "chat") || !slices.Contains(names, "embed") {
			t.Errorf("the tools are %v, %v", names, err)
		}
		only, err := start("--sandbox", "--tools", "embed").tools(testContext(t))
		if err != nil || !slices.Equal(only, []string{"embed"}) {
			t.Errorf("with --tools embed they are %v, %v", only, err)
		}
		core, err := start("--sandbox", "--tools", "core").tools(testContext(t))
		if err != nil || len(core) != 5 || slices.Contains(core, "list-models") {
			t.Errorf("with --tools core they are %v, %v", core, err)
		}
		if err := a.close(); err != nil {
			t.Errorf("at the end of its input the process did not exit with 0: %v", err)
		}
	})
}

func TestAnAgentCallsTheTools(t *testing.T) {
	eachAgent(t, func(t *testing.T, start func(...string) agent) {
		a := start("--sandbox")
		got, err := a.call(testContext(t), "chat", map[string]any{"prompt": "Why is the sky blue?", "model": "gpt-oss-20b"}, "")
		if err != nil || got.isError || !strings.Contains(got.texts[0], "Why is the sky blue?") || got.structured["content"] != got.texts[0] {
			t.Errorf("chat: %+v, %v", got, err)
		}
		got, err = a.call(testContext(t), "embed", map[string]any{"input": []string{"the cat", "the stock market"}, "query": "cats"}, "")
		ranking, _ := got.structured["ranking"].([]any)
		if err != nil || got.isError || len(ranking) != 2 || ranking[0].(map[string]any)["text"] != "the cat" {
			t.Errorf("embed: %+v, %v", got, err)
		}
	})
}

// A mistake is a result, which a model sees and can correct. Only an unknown tool is
// a protocol error.
func TestAMistakeIsAResult(t *testing.T) {
	eachAgent(t, func(t *testing.T, start func(...string) agent) {
		a := start("--sandbox")
		got, err := a.call(testContext(t), "chat", map[string]any{"prompt": "hi", "model": "gpt-oss-12b"}, "")
		failure, _ := got.structured["error"].(map[string]any)
		if err != nil || !got.isError || failure["code"] != "unknown_model" || !strings.Contains(got.texts[0], "gpt-oss-120b") {
			t.Errorf("%+v, %v", got, err)
		}
		if got, err = a.call(testContext(t), "translate", map[string]any{}, ""); err == nil {
			t.Errorf("a tool that does not exist answered %+v", got)
		}
	})
}

func TestProgressComesBeforeTheResult(t *testing.T) {
	eachAgent(t, func(t *testing.T, start func(...string) agent) {
		u := newUpstream(t, emulator.Options{TokenDelay: 120 * time.Millisecond})
		a := start(u.flags...)
		got, err := a.call(testContext(t), "chat", map[string]any{"prompt": "Tell me a story.", "model": "Meta-Llama-3_3-70B-Instruct"}, "story")
		if err != nil || got.isError {
			t.Fatal(got, err)
		}
		messages := a.progress("story")
		if strings.Join(messages, "") != got.texts[0] || len(messages) < 3 {
			t.Errorf("before the result came %q, the content is %q", messages, got.texts[0])
		}
	})
}

// Each of these calls ends right after its last notification, the one that is easily
// lost or sent after the result.
func TestNoProgressIsLostInManyCalls(t *testing.T) {
	const calls, callers = 200, 8
	eachAgent(t, func(t *testing.T, start func(...string) agent) {
		a := start("--sandbox", "--log-level", "warn")
		contents := make([]string, calls)
		var group sync.WaitGroup
		for caller := range callers {
			group.Go(func() {
				for i := caller; i < calls; i += callers {
					token := fmt.Sprint(i)
					got, err := a.call(testContext(t), "chat", map[string]any{"prompt": "call " + token, "model": "Meta-Llama-3_3-70B-Instruct"}, token)
					if err != nil || strings.Join(a.progress(token), "") != got.texts[0] {
						t.Errorf("before result %d came %q; it is %+v, %v", i, a.progress(token), got, err)
						return
					}
					contents[i] = got.texts[0]
				}
			})
		}
		group.Wait()
		if err := a.close(); err != nil {
			t.Error(err)
		}
		for i, content := range contents {
			if progress := strings.Join(a.progress(fmt.Sprint(i)), ""); progress != content {
				t.Errorf("in the end %q was received for call %d, its content is %q", progress, i, content)
			}
		}
	})
}

func TestAnAgentMakesManyCallsAtOnce(t *testing.T) {
	eachAgent(t, func(t *testing.T, start func(...string) agent) {
		a := start("--sandbox")
		var group sync.WaitGroup
		for i := range 50 {
			group.Go(func() {
				prompt := fmt.Sprintf("this is call %d of many", i)
				got, err := a.call(testContext(t), "chat", map[string]any{"prompt": prompt, "model": "gpt-oss-20b"}, "")
				if err != nil || got.isError || !strings.Contains(got.texts[0], `"`+prompt+`"`) {
					t.Errorf("call %d: %+v, %v", i, got, err)
				}
			})
		}
		group.Wait()
	})
}

func TestAnAgentCancelsACall(t *testing.T) {
	eachAgent(t, func(t *testing.T, start func(...string) agent) {
		u := newUpstream(t, emulator.Options{})
		a := start(u.flags...)
		u.Script(emulator.Fault{Path: "/chat/completions", RawEvents: []string{contentEvent("Once")}, Hang: true})
		ctx, cancel := context.WithCancel(t.Context())
		answered := make(chan error, 1)
		go func() {
			_, err := a.call(ctx, "chat", map[string]any{"prompt": "hi"}, "")
			answered <- err
		}()
		await(t, u.started)
		cancel()
		await(t, u.ended)
		if got := u.Cancelled(); got != 1 {
			t.Errorf("%d requests were cancelled upstream", got)
		}
		if err := <-answered; !errors.Is(err, context.Canceled) {
			t.Errorf("the call returned %v", err)
		}
		if got, err := a.call(testContext(t), "embed", map[string]any{"input": "hi"}, ""); err != nil || got.isError {
			t.Errorf("the next call: %+v, %v", got, err)
		}
	})
}

// Listing tools works with no key and no network.
func TestNothingIsContactedBeforeACall(t *testing.T) {
	eachAgent(t, func(t *testing.T, start func(...string) agent) {
		u := newUpstream(t, emulator.Options{})
		a := start(u.flags...)
		if _, err := a.tools(testContext(t)); err != nil {
			t.Fatal(err)
		}
		if err := a.close(); err != nil {
			t.Error(err)
		}
		for _, request := range u.Requests() {
			t.Errorf("%s %s was requested", request.Method, request.Path)
		}
	})
}
