package e2e

import (
	"bytes"
	"encoding/base64"
	"image"
	"image/png"
	"net/http"
	"strings"
	"testing"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/emulator"
)

// Clients see the effect of the flags of http.
func TestFlagsOfHTTPAreInForce(t *testing.T) {
	u := newUpstream(t, emulator.Options{})
	p := startHTTP(t, append(u.flags, "--path", "/other", "--allow-host", "mcp.example", "--allow-origin", "https://chat.example",
		"--token-rate", "2", "--max-concurrent", "1")...)
	if status, _ := p.status(http.MethodPost, "/mcp", teamToken, ping); status != http.StatusNotFound {
		t.Errorf("the default path is answered by %d", status)
	}
	for _, test := range []struct {
		host, origin string
		status       int
	}{
		{"mcp.example", "https://chat.example", http.StatusUnauthorized},
		{"other.example", "", http.StatusForbidden},
		{"mcp.example", "https://other.example", http.StatusForbidden},
	} {
		r, err := http.NewRequestWithContext(testContext(t), http.MethodPost, p.url+"/other", strings.NewReader(ping))
		if err != nil {
			t.Fatal(err)
		}
		if r.Host = test.host; test.origin != "" {
			r.Header.Set("Origin", test.origin)
		}
		answer, err := freshClient().Do(r)
		if err != nil {
			t.Fatal(err)
		}
		if answer.Body.Close(); answer.StatusCode != test.status {
			t.Errorf("host %s, origin %s: %s", test.host, test.origin, answer.Status)
		}
	}
	u.Script(emulator.Fault{Hang: true})
	go func() { p.status(http.MethodPost, "/other", teamToken, sayHi) }()
	await(t, u.started)
	status, body := p.status(http.MethodPost, "/other", teamToken, ping)
	if status != http.StatusTooManyRequests || !strings.Contains(body, "busy") {
		t.Errorf("beside a call, another is answered by %d %s", status, body)
	}
	status, body = p.status(http.MethodPost, "/other", teamToken, ping)
	if status != http.StatusTooManyRequests || !strings.Contains(body, "with this token") {
		t.Errorf("the third of a minute is answered by %d %s", status, body)
	}
}

// The connection stays open, so that only the program's own timeout can end it.
func TestTheIdleTimeoutCutsAnAnswerThatStalls(t *testing.T) {
	u := newUpstream(t, emulator.Options{})
	u.Script(emulator.Fault{
		Path: "/chat/completions", Hang: true, RawEvents: []string{contentEvent("so far")},
	})
	p := startProcess(t, append([]string{"stdio", "--idle-timeout", "100ms", "--timeout", "10s"}, u.flags...)...)
	p.call(2, "chat", `{"prompt":"hi"}`)
	for {
		answer := p.message()
		if answer.ID != 2 {
			continue
		}
		for _, word := range []string{`"content":"so far"`, "stream_interrupted", "nothing more came for 100ms"} {
			if !strings.Contains(string(answer.Result), word) {
				t.Errorf("the answer lacks %s: %s", word, answer.Result)
			}
		}
		return
	}
}

func TestRequestsInFlightAreCapped(t *testing.T) {
	const waiting = 10
	u := newUpstream(t, emulator.Options{})
	u.Script(emulator.Fault{Path: "/chat/completions", Hang: true})
	p := startProcess(t, append([]string{"stdio", "--max-in-flight", "1"}, u.flags...)...)
	p.call(2, "chat", `{"prompt":"hi"}`)
	await(t, u.started)
	for i := range waiting {
		p.call(10+i, "embed", `{"input":"hi"}`)
	}
	p.call(3, "resolve-virtual-model", `{"query":"llama@latest"}`)
	for p.message().ID != 3 { // it sends no request, so it overtakes
		continue
	}
	if sent := len(u.Calls("/embeddings")); sent != 0 {
		t.Errorf("beside the only request allowed, %d were sent", sent)
	}
	p.send(`{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":2}}`)
	for answered := 0; answered < waiting; {
		if p.message().ID >= 10 {
			answered++
		}
	}
	if sent := len(u.Calls("/embeddings")); sent != waiting {
		t.Errorf("after that request %d were sent", sent)
	}
}

// An image that takes more memory than the program may use is refused before it is
// decoded.
func TestTheMemoryLimitIsInForce(t *testing.T) {
	var picture bytes.Buffer
	if err := png.Encode(&picture, image.NewNRGBA(image.Rect(0, 0, 3000, 3000))); err != nil {
		t.Fatal(err)
	}
	arguments := map[string]any{"image": base64.StdEncoding.EncodeToString(picture.Bytes())}
	for name, start := range agents {
		for limit, allowed := range map[string]bool{"32MiB": false, "512MiB": true} {
			a := start(t, "stdio", "--sandbox", "--memory-limit", limit)
			got, err := a.call(testContext(t), "describe-image", arguments, "")
			if err != nil {
				t.Fatal(err)
			}
			if refused := got.isError && strings.Contains(got.texts[0], "MB of memory"); refused == allowed || got.isError == allowed {
				t.Errorf("%s, %s: %s", name, limit, got.texts)
			}
		}
	}
}
