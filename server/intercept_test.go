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
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/server"
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
		ended <- srv.ServeStdio(t.Context(), in, out, maxWait)
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

// The id is the client's, to the byte, whoever answers.
func TestIDsOfAnswersAreUnchanged(t *testing.T) {
	ids := []string{"7", "0", "-1", "1.50", "1e400", "9007199254740993", "123456789012345678901234567890", `"7"`, `""`, `"<a&b>"`, `"\u00e9\/"`,
		`"\ud800"`, `"` + strings.Repeat("x", 100_000) + `"`}
	for method, params := range map[string]string{
		"prompts/get": `{"name":"choose-model","arguments":{}}`, "ping": `{}`, "tools/list": `{}`, "no/such": `{}`,
		"tools/call": `{"name":"chat","arguments":{"prompt":"hi"}}`, "resources/read": `{"uri":"ai-endpoints://catalog.md"}`,
	} {
		var input strings.Builder
		for _, id := range ids {
			fmt.Fprintf(&input, `{"jsonrpc":"2.0","id":%s,"method":%q,"params":%s}`+"\n", id, method, params)
		}
		answers := exchange(t, input.String())
		for _, id := range ids {
			if answers[id] == "" {
				t.Errorf("%s with id %.40s has no answer", method, id)
			}
		}
		if len(answers) != len(ids) {
			t.Errorf("%d answers to %d requests of %s", len(answers), len(ids), method)
		}
	}
}

// What clients write in their own way is read.
func TestOddMessagesAreReadOverStdio(t *testing.T) {
	chat := func(id, token string) string {
		return `{"jsonrpc":"2.0","id":` + id + `,"method":"tools/call","params":{"name":"chat","arguments":{"prompt":"hi"},"_meta":{"progressToken":` +
			token + `}}}` + "\n"
	}
	tests := map[string][]string{ // by message; the words of its answer
		"\ufeff" + `{"jsonrpc":"2.0","id":1,"method":"ping"}` + "\n":                                                       {`"result":{}`},
		"\r\n \n" + `{"jsonrpc":"2.0","id":1,"method":"ping"}` + "\r\n":                                                    {`"result":{}`},
		`{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"capabilities":[],"clientInfo":[]}}`:                      {`"serverInfo"`},
		`{"jsonrpc":"2.0","id":1,"method":"tools/list","params":[ ]}`:                                                      {"structured-extract"},
		`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"describe_image","arguments":{}}}`:                 {"-32602", "the nearest is describe-image"},
		`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"translate","arguments":{}}}`:                      {"-32602", "the tools are batch, chat, "},
		`{"jsonrpc":"2.0","id":1,"method":"tools/call"}`:                                                                   {"-32602", "the tools are batch, chat, "},
		`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":7}}`:                                               {"-32602", "the tools are batch, chat, "},
		`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"chat","arguments":{"prompt":"hi","seed":1e400}}}`: {`"seed`, "invalid_argument"},
		`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"chat","arguments":[]}}`:                           {"invalid_argument", "messages"},
		`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"chat","arguments":["hi"]}}`:                       {"invalid_argument", "object"},
		`[{"jsonrpc":"2.0","id":1,"method":"ping"}]`:                                                                       {"-32600", "batches"},
		`{"jsonrpc":"2.0","id":{"a":1},"method":"ping"}`:                                                                   {"-32600", "string or a number"},
		`{"jsonrpc":"2.0","id":null,"method":"ping"}`:                                                                      {"-32600", "string or a number"},
		chat("1", "9007199254740993"):                                                                                      {`"content"`},
	}
	for message, words := range tests {
		answers := exchange(t, message)
		answer := answers["1"] + answers["null"]
		for _, word := range words {
			if !strings.Contains(answer, word) {
				t.Errorf("%s\nwas answered with %v\nwithout %q", message, answers, word)
			}
		}
	}
	for _, token := range []string{"0", `""`, `"é"`, "9007199254740993", "1.50", "1e400"} {
		if progress := exchange(t, chat("1", token))[""]; !strings.Contains(progress, `"progressToken":`+token+`}`) &&
			!strings.Contains(progress, `"progressToken":`+token+`,`) {
			t.Errorf("the progress for token %s is %s", token, progress)
		}
	}
	// Neither a notification nor an answer to a request of ours, which there is none of, has an answer.
	for _, message := range []string{
		`{"jsonrpc":"2.0","method":"notifications/initialized"}`, `{"jsonrpc":"2.0","id":null,"method":"notifications/roots/list_changed"}`,
		`{"jsonrpc":"2.0","id":5,"result":{}}`, `{"jsonrpc":"2.0","id":5,"error":{"code":-1,"message":"x"}}`, "\ufeff", " ",
	} {
		if answers := exchange(t, message+"\n"); len(answers) > 0 {
			t.Errorf("%s was answered with %v", message, answers)
		}
	}
}

// The code of a resource that does not exist depends on the version of the protocol.
func TestUnknownResourcesHaveTheirCode(t *testing.T) {
	for version, code := range map[string]string{"2025-11-25": "-32002", "2026-07-28": "-32602"} {
		read := func(id, uri string) string {
			return `{"jsonrpc":"2.0","id":` + id + `,"method":"resources/read","params":{"uri":"` + uri + `","_meta":` + eraMetas[version] + `}}` + "\n"
		}
		answers := exchange(t, read("1", "ai-endpoints://models/gpt-os-120b")+read("2", "ai-endpoints://prices")+
			read("3", "ui://another")+read("4", "ai-endpoints://models/gpt-oss-120b"))
		for id, words := range map[string][]string{
			"1": {code, "resource ai-endpoints://models/gpt-os-120b not found", "the nearest are gpt-oss-120b"},
			"2": {code, "ai-endpoints://catalog.md"}, "3": {code, "ui://another"}, "4": {`"result"`, "gpt-oss-120b"},
		} {
			for _, word := range words {
				if !strings.Contains(answers[id], word) {
					t.Errorf("%s: %q is not in %.300s", version, word, answers[id])
				}
			}
		}
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
		"1": "at most 0.5 EUR", "2": `Text:\n\ntrue\n`, "3": large, "4": "prompt 'no-such-prompt' not found", "null": "not valid JSON",
		"5": "Invalid JSON-RPC version", "6": "prompt '' not found", "7": `"code":-32602`, "8": "prompts/get", "9": "structured-extract", "10": `"code":-32602`,
	} {
		if !strings.Contains(answers[id], want) {
			t.Errorf("%s: %.300q lacks %.60q", id, answers[id], want)
		}
	}
	if len(answers) != 11 {
		t.Errorf("%d answers, want 11", len(answers))
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

// What mcp-go gets is what the client sent, but for what mcp-go cannot take.
func TestForwardedMessages(t *testing.T) {
	srv := newServer(t, setup{inMemory: true}, emulator.New(emulator.Options{}))
	for _, message := range []string{
		`{"id":1}`, `{"jsonrpc":"2.0","id":1,"method":"tools/list","params":[1]}`, `{"jsonrpc":"2.0","method":"notifications/initialized"}`,
		`{"jsonrpc":"1.0","id":1,"method":"tools/call","params":{"name":"chat","arguments":{"prompt":"hi"}}}`,
		`{"jsonrpc":"2.0","id":1,"method":"prompts/get","params":{"name":"choose-model","arguments":{"task":"x"}}}`,
		`{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"capabilities":{ },"clientInfo":{"name":"x","icons":[]}}}`,
		`{"jsonrpc":"2.0","id":"a b","method":"ping","params":{"list":[],"_meta":{"x":[]}}}`,
	} {
		forwarded(t, srv, message, message)
	}
	for message, want := range map[string]string{
		`{"jsonrpc":"2.0","id":1,"method":"x","METHOD":"ping","method":"tools/list"}`:                                                                `{"jsonrpc":"2.0","id":1,"method":"ping"}`,
		"\ufeff" + ` {"id":1,"method":"ping"} ` + "\r\n":                                                                                             `{"id":1,"method":"ping"}`,
		`{"jsonrpc":"2.0","id":1,"method":"ping","params":[ ]}`:                                                                                      `{"jsonrpc":"2.0","id":1,"method":"ping","params":{}}`,
		`{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"capabilities":[],"clientInfo":[]}}`:                                                `{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"capabilities":{},"clientInfo":{}}}`,
		`{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"capabilities":{"roots":[],"elicitation":{"form":[ ]}}}}`:                           `{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"capabilities":{"roots":{},"elicitation":{"form":{}}}}}`,
		`{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{"_meta":[]}}`:                                                                       `{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{"_meta":{}}}`,
		`{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{"_meta":{"io.modelcontextprotocol/clientCapabilities":[]}}}`:                        `{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{"_meta":{"io.modelcontextprotocol/clientCapabilities":{}}}}`,
		`{"jsonrpc":"2.0","id":1,"method":"completion/complete","params":{"context":{"arguments":[]}}}`:                                              `{"jsonrpc":"2.0","id":1,"method":"completion/complete","params":{"context":{"arguments":{}}}}`,
		`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"chat","_meta":{"progressToken":1e400,"x":1},"arguments":{"prompt":1e400}}}`: `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"chat","_meta":{"x":1}}}`,
		`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"NAME":"chat","Arguments":{"prompt":"a"},"arguments":{"prompt":"b"}}}`:              `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"NAME":"chat"}}`,
	} {
		forwarded(t, srv, message, want)
	}
}

func forwarded(t *testing.T, srv *server.Server, message, want string) {
	t.Helper()
	m, failure := server.ReadMessage([]byte(message))
	if failure != nil {
		t.Fatalf("%s: %s", message, failure.Line())
	}
	if answer := srv.Intercept(t.Context(), m); answer != nil {
		t.Errorf("%s was answered with %s", message, answer.Line())
	}
	if got := string(m.Forward()); got != want {
		t.Errorf("%s\nbecame %s\n  want %s", message, got, want)
	}
}

func FuzzMessage(f *testing.F) {
	for _, arguments := range []string{`{}`, `null`, `[]`, `{"task":"$1"}`, `{"task":1e9,"tag":true}`, `{"models":"a,b","question":{}}`} {
		f.Add([]byte(getPrompt("1", "choose-model", arguments, `{}`)))
		f.Add([]byte(getPrompt(`"é"`, "compare-models", arguments, `{}`)))
	}
	f.Add([]byte(`{"jsonrpc":"2.0","id":1e400,"method":"tools\/call","params":{"name":"chat","arguments":[],"_meta":{"progressToken":0}}}`))
	f.Add([]byte("\ufeff" + `{"jsonrpc":"2.0","id":9007199254740993,"method":"initialize","params":{"capabilities":{"roots":[]}}}`))
	srv := newServer(f, setup{inMemory: true}, emulator.New(emulator.Options{}))
	f.Fuzz(func(t *testing.T, raw []byte) {
		m, answer := server.ReadMessage(raw)
		if m != nil {
			answer = srv.Intercept(t.Context(), m)
		}
		switch {
		case m == nil && answer == nil:
			t.Errorf("neither message nor answer: %q", raw)
		case answer != nil && (!json.Valid(answer.Line()) || bytes.Count(answer.Line(), []byte("\n")) != 1):
			t.Errorf("the answer is %q", answer.Line())
		case m != nil && !json.Valid(m.Forward()):
			t.Errorf("the message became %q", m.Forward())
		}
	})
}
