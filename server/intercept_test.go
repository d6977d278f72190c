package server_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/emulator"
)

// eraMetas are the _meta of a request, by version of the protocol.
var eraMetas = map[string]string{
	"2025-11-25": `{}`,
	"2026-07-28": `{"io.modelcontextprotocol/protocolVersion":"2026-07-28",` +
		`"io.modelcontextprotocol/clientInfo":{"name":"test","version":"1"},"io.modelcontextprotocol/clientCapabilities":{}}`,
}

// getPrompt returns a request for a prompt, as one line.
func getPrompt(id, name, arguments, meta string) string {
	return fmt.Sprintf(`{"jsonrpc":"2.0","id":%s,"method":"prompts/get","params":{"name":%q,"arguments":%s,"_meta":%s}}`+"\n", id, name, arguments, meta)
}

// bytesOverStdio are the two ends of a server over stdio.
type bytesOverStdio struct {
	toServer   *io.PipeWriter
	fromServer *bufio.Reader
	ended      chan error
}

func startStdio(t *testing.T, s setup, upstream *emulator.Emulator) bytesOverStdio {
	t.Helper()
	srv := newServer(t, s, upstream)
	in, toServer := io.Pipe()
	fromServer, out := io.Pipe()
	ended := make(chan error, 1)
	go func() {
		ended <- srv.ServeStdio(t.Context(), in, out)
		out.Close()
	}()
	t.Cleanup(func() { toServer.Close() })
	return bytesOverStdio{toServer, bufio.NewReader(fromServer), ended}
}

// next returns the next answer with its id, or io.EOF.
func (b bytesOverStdio) next(t *testing.T) (id, line string, _ error) {
	t.Helper()
	line, err := b.fromServer.ReadString('\n')
	if err != nil {
		return "", "", err
	}
	var answer struct {
		ID json.RawMessage `json:"id"`
	}
	if err := json.Unmarshal([]byte(line), &answer); err != nil {
		t.Fatalf("%v in %q", err, line)
	}
	return string(answer.ID), strings.TrimSuffix(line, "\n"), nil
}

// exchange sends input to a new server over stdio, and returns its answers by id, as
// the server wrote it.
func exchange(t *testing.T, input string) map[string]string {
	t.Helper()
	server := startStdio(t, setup{}, emulator.New(emulator.Options{}))
	go func() {
		_, _ = io.WriteString(server.toServer, input)
		server.toServer.Close()
	}()
	answers := map[string]string{}
	for {
		id, line, err := server.next(t)
		if err != nil {
			break
		}
		answers[id] = line
	}
	if err := <-server.ended; err != nil {
		t.Error(err)
	}
	return answers
}

func TestBadArgumentsOfPrompts(t *testing.T) {
	tests := map[string]struct{ prompt, arguments, message string }{
		"none": {"choose-model", `{}`,
			`argument "task" is missing: give what the model is for, as in: summarise 40-page contracts`},
		"null": {"choose-model", `null`,
			`argument "task" is missing: give what the model is for, as in: summarise 40-page contracts`},
		"null for one": {"choose-model", `{"task":null}`,
			`argument "task" is blank: give what the model is for, as in: summarise 40-page contracts`},
		"unknown":  {"extract-data", `{"fields":"a","txt":"b"}`, `unknown argument "txt": the arguments are fields, text, image`},
		"a budget": {"choose-model", `{"task":"x","budget":-0.2}`, `argument "budget" is "-0.2": give a number of EUR per million input tokens, as in 0.2`},
		"a list":   {"choose-model", `{"task":"x","needs":["vision"]}`, `argument "needs" must be a string, not an object or a list`},
		"no object": {"choose-model", `["x"]`,
			`the arguments of a prompt must be an object, with a string for each argument`},
		"HTML": {"choose-model", `{"task":"x","budget":"<&>"}`, `argument "budget" is "<&>": give a number of EUR per million input tokens, as in 0.2`},
	}
	for version, meta := range eraMetas {
		t.Run(version, func(t *testing.T) {
			var input strings.Builder
			for name, test := range tests {
				input.WriteString(getPrompt(fmt.Sprintf("%q", name), test.prompt, test.arguments, meta))
			}
			answers := exchange(t, input.String())
			for name, test := range tests {
				message, _ := json.Marshal(test.message)
				want := fmt.Sprintf(`{"jsonrpc":"2.0","id":%q,"error":{"code":-32602,"message":%s}}`, name, unescaped(message))
				if got := answers[fmt.Sprintf("%q", name)]; got != want {
					t.Errorf("%s: got\n%s\nwant\n%s", name, got, want)
				}
			}
		})
	}
}

// unescaped undoes what json.Marshal escapes for HTML.
func unescaped(text []byte) string {
	return strings.NewReplacer(`\u003c`, "<", `\u003e`, ">", `\u0026`, "&").Replace(string(text))
}

// The id is the client's, to the byte.
func TestIDsOfAnswersAreUnchanged(t *testing.T) {
	ids := []string{"7", "0", "-1", "1.50", "123456789012345678901234567890", `"7"`, `""`, `"<a&b>"`, `"\u00e9\/"`, `"` + strings.Repeat("x", 100_000) + `"`}
	var input strings.Builder
	for _, id := range ids {
		input.WriteString(getPrompt(id, "choose-model", `{}`, `{}`))
	}
	answers := exchange(t, input.String())
	for _, id := range ids {
		if !strings.Contains(answers[id], `"code":-32602`) {
			t.Errorf("the request with id %.40s got %.200q", id, answers[id])
		}
	}
	if len(answers) != len(ids) {
		t.Errorf("%d answers to %d requests", len(answers), len(ids))
	}
}

// Prompts that are in order, and all other messages, are mcp-go's to answer.
func TestOtherMessagesReachMCPGo(t *testing.T) {
	large := strings.Repeat("x", 300_000)
	answers := exchange(t, getPrompt("1", "choose-model", `{"task":"x","budget":0.5,"tag":null}`, `{}`)+
		getPrompt("2", "extract-data", `{"fields":"name","text":true}`, eraMetas["2026-07-28"])+
		getPrompt("3", "extract-data", `{"fields":"name","text":"`+large+`"}`, `{}`)+
		getPrompt("4", "no-such-prompt", `{}`, `{}`)+
		`not JSON "prompts/get"`+"\n\n"+
		`{"jsonrpc":"1.0","id":5,"method":"prompts/get","params":{"name":"choose-model"}}`+"\n"+
		`{"jsonrpc":"2.0","method":"prompts/get","params":{"name":"choose-model"}}`+"\n"+
		`{"jsonrpc":"2.0","id":6,"method":"prompts/get"}`+"\n"+
		`{"jsonrpc":"2.0","id":7,"method":"prompts\/get","params":{"name":"choose-model"}}`+"\r\n"+
		`{"jsonrpc":"2.0","id":8,"method":"tools/call","params":{"name":"prompts/get"}}`+"\n"+
		`{"jsonrpc":"2.0","id":9,"method":"tools/list"}`+"\n"+
		`{"jsonrpc":"2.0","id":10,"method":"prompts/get","params":{"name":"choose-model"}}`) // the last line has no end
	for id, want := range map[string]string{
		"1": "at most 0.5 EUR", "2": `Text:\n\ntrue\n`, "3": large, "4": "prompt 'no-such-prompt' not found", "null": "Parse error",
		"5": "Invalid JSON-RPC version", "6": "prompt '' not found", "7": `"code":-32602`, "8": "prompts/get", "9": "structured-extract",
	} {
		if !strings.Contains(answers[id], want) {
			t.Errorf("%s: %.300q lacks %.60q", id, answers[id], want)
		}
	}
	if len(answers) != 10 {
		t.Errorf("%d answers, want 10", len(answers))
	}
}

// A prompt may wait for the catalogue, which must not hold up the messages after it.
func TestAPromptThatWaitsHoldsUpNothing(t *testing.T) {
	upstream := emulator.New(emulator.Options{})
	upstream.Script(emulator.Fault{Path: "/models_v2", Hang: true, Times: -1})
	server := startStdio(t, setup{}, upstream)
	if _, err := io.WriteString(server.toServer, getPrompt("1", "choose-model", `{"task":"x","tag":"lama"}`, `{}`)+
		`{"jsonrpc":"2.0","id":2,"method":"tools/list"}`+"\n"); err != nil {
		t.Fatal(err)
	}
	if id, line, err := server.next(t); id != "2" {
		t.Errorf("first came %q, %v", line, err)
	}
	server.toServer.Close() // ends the wait
	if id, line, err := server.next(t); id != "1" || !strings.Contains(line, "no model has the tag") {
		t.Errorf("then came %q, %v", line, err)
	}
	if err := <-server.ended; err != nil {
		t.Error(err)
	}
}

func TestInterceptLeavesACallAlone(t *testing.T) {
	srv := newServer(t, setup{inMemory: true}, emulator.New(emulator.Options{}))
	for _, message := range []string{
		``, `null`, `[]`, `{"id":1}`, `"prompts/get"`,
		`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"chat","arguments":{"prompt":"hi"}}}`,
		`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"method":"prompts/get","name":"choose-model"}}`,
		`{"jsonrpc":"2.0","id":1,"method":"prompts/get","params":{"name":"choose-model","arguments":{"task":"x"}}}`,
		`{"jsonrpc":"2.0","id":null,"method":"prompts/get","params":{"name":"choose-model"}}`,
		`{"jsonrpc":"2.0","id":1,"method":"prompts/get","params":[]}`,
	} {
		forward, answer := srv.Intercept(t.Context(), []byte(message))
		if answer != nil || !bytes.Equal(forward, []byte(message)) {
			t.Errorf("%s became %s, %+v", message, forward, answer)
		}
	}
}

func FuzzIntercept(f *testing.F) {
	for _, arguments := range []string{`{}`, `null`, `[]`, `{"task":"$1"}`, `{"task":1e9,"tag":true}`, `{"models":"a,b","question":{}}`} {
		f.Add([]byte(getPrompt("1", "choose-model", arguments, `{}`)))
		f.Add([]byte(getPrompt(`"é"`, "compare-models", arguments, `{}`)))
	}
	f.Add([]byte(`{"method":"prompts\/get"`))
	srv := newServer(f, setup{inMemory: true}, emulator.New(emulator.Options{}))
	f.Fuzz(func(t *testing.T, message []byte) {
		forward, answer := srv.Intercept(t.Context(), message)
		switch {
		case (forward == nil) == (answer == nil) && len(message) > 0:
			t.Errorf("both or neither: %q, %+v", forward, answer)
		case answer != nil && (!json.Valid(answer.Line()) || bytes.Count(answer.Line(), []byte("\n")) != 1):
			t.Errorf("the answer is %q", answer.Line())
		case json.Valid(message) && !json.Valid(forward) && answer == nil:
			t.Errorf("the message became %q", forward)
		}
	})
}
