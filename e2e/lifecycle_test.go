package e2e

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/emulator"
)

// exitWithin is how long the process may take to end when asked to.
const exitWithin = 2 * time.Second

// process is the binary over stdio, without a client library: tests see every byte
// that it writes.
type process struct {
	testing.TB
	cmd    *exec.Cmd
	stdin  io.WriteCloser
	lines  *bufio.Scanner
	stderr bytes.Buffer
}

func startProcess(t testing.TB, arguments ...string) *process {
	t.Helper()
	p := &process{TB: t, cmd: exec.Command(binary, arguments...)}
	p.cmd.Stderr = &p.stderr
	var err error
	if p.stdin, err = p.cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	stdout, err := p.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	p.lines = bufio.NewScanner(stdout)
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.cmd.Process.Kill() })
	p.send(`{"jsonrpc":"2.0","id":1,"method":"initialize","params":{` +
		`"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"test","version":"1"}}}`)
	if first := p.message(); first.ID != 1 || !strings.Contains(string(first.Result), "ai-endpoints-mcp") {
		t.Fatalf("initialize was answered by %+v", first)
	}
	p.send(`{"jsonrpc":"2.0","method":"notifications/initialized"}`)
	return p
}

// message is a JSON-RPC message.
type message struct {
	JSONRPC string          `json:"jsonrpc"`
	ID      int             `json:"id"`
	Method  string          `json:"method"`
	Result  json.RawMessage `json:"result"`
	Error   json.RawMessage `json:"error"`
}

func (p *process) send(line string) {
	p.Helper()
	if _, err := io.WriteString(p.stdin, line+"\n"); err != nil {
		p.Fatal(err)
	}
}

func (p *process) call(id int, tool, arguments string) {
	p.Helper()
	p.send(fmt.Sprintf(
		`{"jsonrpc":"2.0","id":%d,"method":"tools/call","params":{"name":%q,"arguments":%s,"_meta":{"progressToken":"t%d"}}}`,
		id, tool, arguments, id))
}

// message reads the next line of stdout, which must be a JSON-RPC message.
func (p *process) message() message {
	p.Helper()
	if !p.lines.Scan() {
		p.Fatalf("stdout ended: %v; stderr: %s", p.lines.Err(), &p.stderr)
	}
	return p.parse(p.lines.Bytes())
}

func (p *process) parse(line []byte) message {
	p.Helper()
	var m message
	if err := json.Unmarshal(line, &m); err != nil || m.JSONRPC != "2.0" {
		p.Fatalf("stdout carries something other than JSON-RPC: %q", line)
	}
	return m
}

// exit waits for the end, which must come promptly and with code 0.
func (p *process) exit() {
	p.Helper()
	start := time.Now()
	late := time.AfterFunc(maxWait, func() { _ = p.cmd.Process.Kill() })
	defer late.Stop()
	for p.lines.Scan() {
		p.parse(p.lines.Bytes())
	}
	if err := p.cmd.Wait(); err != nil {
		p.Errorf("%v; stderr: %s", err, &p.stderr)
	}
	if took := time.Since(start); took > exitWithin {
		p.Errorf("the process took %s to end", took)
	}
}

func TestTheProcessEndsPromptlyWhateverItDoes(t *testing.T) {
	endings := map[string]func(p *process) error{
		"SIGTERM":      func(p *process) error { return p.cmd.Process.Signal(syscall.SIGTERM) },
		"SIGINT":       func(p *process) error { return p.cmd.Process.Signal(syscall.SIGINT) },
		"end of input": func(p *process) error { return p.stdin.Close() },
	}
	works := map[string]struct {
		fault   emulator.Fault
		busy    bool // the end comes during a request to a model
		waiting bool // the end comes during a request for the catalogue
	}{
		"idle":                           {},
		"a call hangs before the answer": {busy: true, fault: emulator.Fault{Delay: time.Hour}},
		"a call hangs amid the answer":   {busy: true, fault: emulator.Fault{RawEvents: []string{contentEvent("Once")}, Hang: true}},
		"the catalogue hangs":            {waiting: true, fault: emulator.Fault{Path: "/models_v2", Hang: true}},
	}
	for how, end := range endings {
		for what, work := range works {
			t.Run(how+", "+what, func(t *testing.T) {
				t.Parallel()
				u := newUpstream(t, emulator.Options{})
				u.Script(work.fault)
				p := startProcess(t, append([]string{"stdio", "--drain-timeout", "300ms"}, u.flags...)...)
				if work.busy || work.waiting {
					p.call(2, "chat", `{"prompt":"hi"}`)
				}
				if work.busy {
					await(t, u.started)
				}
				if work.waiting {
					await(t, u.catalogRead)
				}
				if err := end(p); err != nil {
					t.Fatal(err)
				}
				p.exit()
			})
		}
	}
}

func TestACallInThisProcessCanBeInterrupted(t *testing.T) {
	u := newUpstream(t, emulator.Options{})
	u.Script(emulator.Fault{Hang: true})
	call := exec.Command(binary, append([]string{"call", "chat", "prompt=hi"}, u.flags...)...)
	var stderr bytes.Buffer
	call.Stderr = &stderr
	if err := call.Start(); err != nil {
		t.Fatal(err)
	}
	late := time.AfterFunc(maxWait, func() { _ = call.Process.Kill() })
	defer late.Stop()
	await(t, u.started)
	if err := call.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	_ = call.Wait()
	if code := call.ProcessState.ExitCode(); code != 130 || !strings.Contains(stderr.String(), "cancelled") {
		t.Errorf("exit code %d, stderr %q", code, &stderr)
	}
}

// An answer without content is not a success to a script.
func TestAnEmptyAnswerIsAFailure(t *testing.T) {
	u := newUpstream(t, emulator.Options{})
	u.Script(emulator.Fault{Path: "/chat/completions", RawEvents: []string{"[DONE]"}, Times: -1})
	call := exec.CommandContext(testContext(t), binary, append([]string{"call", "chat", "prompt=hi"}, u.flags...)...)
	var stdout, stderr bytes.Buffer
	call.Stdout, call.Stderr = &stdout, &stderr
	_ = call.Run()
	if code := call.ProcessState.ExitCode(); code != 1 || stdout.Len() > 0 || !strings.Contains(stderr.String(), "empty_response") {
		t.Errorf("exit code %d, stdout %q, stderr %q", code, &stdout, &stderr)
	}
}

// A client that does not read must not keep the process alive.
func TestTheProcessEndsThoughNobodyReads(t *testing.T) {
	p := startProcess(t, "stdio", "--sandbox")
	for id := range 400 { // more than a pipe holds
		p.call(id+2, "chat", `{"prompt":"`+strings.Repeat("a long prompt ", 40)+`"}`)
	}
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	late := time.AfterFunc(maxWait, func() { _ = p.cmd.Process.Kill() })
	defer late.Stop()
	state, err := p.cmd.Process.Wait() // cmd.Wait would read
	if err != nil || !state.Success() {
		t.Errorf("the process ended with %v, %v", state, err)
	}
}

func TestStdoutCarriesNothingButMessages(t *testing.T) {
	u := newUpstream(t, emulator.Options{})
	u.Script(emulator.Fault{Status: 500, Body: "no"}, emulator.Fault{Path: "/models_v2", Status: 500})
	p := startProcess(t, append([]string{"--log-level", "debug"}, u.flags...)...)
	p.send(`{"jsonrpc":"2.0","id":2,"method":"tools/list"}`)
	p.send(`this is not JSON`)
	p.send(`{"jsonrpc":"2.0","id":3,"method":"no/such/method"}`)
	p.call(4, "chat", `{"prompt":"hi","model":"gpt-oss-20b"}`)
	p.call(5, "chat", `{"prompt":"hi","temperature":9}`)
	p.call(6, "embed", `{"input":"hi"}`)
	p.call(7, "chat", `["not an object"]`)
	answered := map[int]bool{}
	for len(answered) < 6 {
		if m := p.message(); m.ID > 1 {
			answered[m.ID] = true
		}
	}
	if err := p.stdin.Close(); err != nil {
		t.Fatal(err)
	}
	p.exit()
	if p.stderr.Len() == 0 {
		t.Error("nothing was logged at level debug, so nothing was tested")
	}
}
