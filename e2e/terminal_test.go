//go:build unix

package e2e

import (
	"context"
	"errors"
	"io"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/creack/pty"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/emulator"
)

// terminal is a pseudo-terminal that the program runs on.
type terminal struct {
	t    *testing.T
	cmd  *exec.Cmd
	file *os.File
	done chan struct{} // closed after the last output

	mu     sync.Mutex
	shown  strings.Builder
	change chan struct{} // closed with the next output
}

// onTerminal starts the program on a terminal of 80 columns. A stream that change sets
// stays as it is.
func onTerminal(t *testing.T, e *emulator.Emulator, change func(*exec.Cmd), args ...string) *terminal {
	t.Helper()
	upstream := httptest.NewServer(e)
	t.Cleanup(upstream.Close)
	args = append(args, "--base-url", upstream.URL+"/v1", "--catalog-url", upstream.URL+"/rest/v1/models_v2", "--rate-limit", "off")
	ctx, cancel := context.WithTimeout(t.Context(), 4*maxWait)
	t.Cleanup(cancel)
	term := &terminal{t: t, cmd: exec.CommandContext(ctx, binary, args...), done: make(chan struct{}), change: make(chan struct{})}
	term.cmd.Env = append(os.Environ(), "XDG_CACHE_HOME="+t.TempDir())
	if change != nil {
		change(term.cmd)
	}
	var err error
	term.file, err = pty.StartWithAttrs(term.cmd, &pty.Winsize{Rows: 40, Cols: 80}, &syscall.SysProcAttr{Setsid: true, Setctty: true, Ctty: 0})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { term.file.Close(); <-term.done })
	go term.read()
	return term
}

func (term *terminal) read() {
	defer close(term.done)
	buffer := make([]byte, 4096)
	for {
		n, err := term.file.Read(buffer)
		term.mu.Lock()
		term.shown.Write(buffer[:n])
		close(term.change)
		term.change = make(chan struct{})
		term.mu.Unlock()
		if err != nil {
			return
		}
	}
}

func (term *terminal) text() string {
	term.mu.Lock()
	defer term.mu.Unlock()
	return term.shown.String()
}

// waitFor waits until the terminal shows a text.
func (term *terminal) waitFor(text string) {
	term.t.Helper()
	timeout := time.After(2 * maxWait)
	for {
		term.mu.Lock()
		found, change := strings.Contains(term.shown.String(), text), term.change
		term.mu.Unlock()
		if found {
			return
		}
		select {
		case <-change:
		case <-timeout:
			term.t.Fatalf("the terminal does not show %q, but:\n%s", text, term.text())
		}
	}
}

func (term *terminal) typed(keys string) {
	if _, err := io.WriteString(term.file, keys); err != nil {
		term.t.Error(err)
	}
}

// ends waits for the end of the program, and returns what the terminal shows then.
func (term *terminal) ends(code int) string {
	term.t.Helper()
	err := term.cmd.Wait()
	if failed, ok := errors.AsType[*exec.ExitError](err); err != nil && !ok {
		term.t.Fatal(failed, err)
	}
	<-term.done
	if got := term.cmd.ProcessState.ExitCode(); got != code {
		term.t.Errorf("exit code %d, want %d; the terminal shows:\n%s", got, code, term.text())
	}
	return term.text()
}

// lines returns what is left of each line when later text has overwritten it.
func lines(shown string) []string {
	var all []string
	for line := range strings.SplitSeq(strings.ReplaceAll(shown, "\r\n", "\n"), "\n") {
		var cells []rune
		for _, part := range strings.Split(line, "\r") {
			runes := []rune(part)
			cells = append(runes, cells[min(len(runes), len(cells)):]...)
		}
		all = append(all, strings.TrimRight(string(cells), " "))
	}
	return all
}

func answers(events ...string) emulator.Fault { return emulator.Fault{RawEvents: events} }

func says(text string) string { return `{"choices":[{"delta":{"content":` + text + `}}]}` }

const (
	stops = `{"choices":[{"delta":{},"finish_reason":"stop"}]}`
	done  = "[DONE]"
)

const ctrlC, ctrlD = "\x03", "\x04"

// The text comes as the model writes it, and stays when the call is interrupted.
func TestInterruptedOnATerminal(t *testing.T) {
	e := emulator.New(emulator.Options{})
	half := answers(says(`"Half an "`), says(`"answer"`))
	half.Hang = true
	e.Script(half)
	term := onTerminal(t, e, nil, "call", "chat", "prompt=hi", "model=gpt-oss-20b")
	term.waitFor("Half an answer")
	term.typed(ctrlC)
	shown := lines(term.ends(130))
	if shown[0] != "Half an answer^C" && shown[0] != "Half an answer" {
		t.Errorf("the first line is %q", shown[0])
	}
	if !strings.Contains(strings.Join(shown[1:], "\n"), "cancelled") {
		t.Errorf("nothing says that the call was cancelled: %q", shown)
	}
}

// A pipe keeps the text so far as well.
func TestInterruptedInAPipe(t *testing.T) {
	for _, test := range []struct{ name, flag, stdout, terminal string }{
		{"text", "--tools=all", "Half an answer\n", ""},
		{"json", "--json", `"code": "cancelled"`, "Half an answer"},
	} {
		t.Run(test.name, func(t *testing.T) {
			e := emulator.New(emulator.Options{})
			half := answers(says(`"Half an answer"`))
			half.Hang = true
			e.Script(half)
			var stdout strings.Builder
			term := onTerminal(t, e, func(cmd *exec.Cmd) { cmd.Stdout = &stdout }, "call", "chat", "prompt=hi", "model=gpt-oss-20b", test.flag)
			term.waitFor("receiving the answer")
			term.typed(ctrlC)
			shown := term.ends(130)
			if !strings.Contains(stdout.String(), test.stdout) || !strings.Contains(shown, test.terminal) {
				t.Errorf("the pipe got %q, the terminal %q", stdout.String(), shown)
			}
		})
	}
}

// What would command the terminal is not printed, also where it comes in pieces.
func TestNothingCommandsATerminal(t *testing.T) {
	e := emulator.New(emulator.Options{})
	e.Script(answers(says(`"\u001b"`), says(`"]0;title\u0007 \u009b31mred\r\nnext"`), stops, done))
	shown := onTerminal(t, e, nil, "call", "chat", "prompt=hi", "model=gpt-oss-20b").ends(0)
	if strings.ContainsAny(shown, "\x1b\x07\u009b") || !strings.Contains(shown, "red\r\nnext\r\n") {
		t.Errorf("the terminal got %q", shown)
	}
}

// A person sees what a call waits for, and nothing of it is left.
func TestWaitsAreShown(t *testing.T) {
	e := emulator.New(emulator.Options{})
	e.Script(emulator.Fault{Status: 503, Header: map[string]string{"Retry-After": "2"}})
	term := onTerminal(t, e, nil, "call", "chat", "prompt=hi", "model=gpt-oss-20b")
	term.waitFor("upstream_unavailable: retrying in 2s")
	if shown := lines(term.ends(0)); len(shown) != 2 || !strings.HasPrefix(shown[0], "[emulator]") {
		t.Errorf("what is left is %q", shown)
	}
}

// Progress is for a person: a pipe gets the answer and nothing else.
func TestProgressOfBatches(t *testing.T) {
	args := []string{"call", "embed", "query=a"}
	for range 60 {
		args = append(args, "input=a")
	}
	term := onTerminal(t, emulator.New(emulator.Options{}), nil, args...)
	shown := term.ends(0)
	if !strings.Contains(shown, "/61") {
		t.Errorf("no progress is shown: %q", shown)
	}
	for _, line := range lines(shown) {
		if strings.Contains(line, "/61") {
			t.Errorf("progress is left: %q", line)
		}
	}
	var stdout, stderr strings.Builder
	onTerminal(t, emulator.New(emulator.Options{}), func(cmd *exec.Cmd) { cmd.Stdout, cmd.Stderr = &stdout, &stderr }, args...).ends(0)
	if stderr.Len() > 0 || strings.Contains(stdout.String(), "\r") {
		t.Errorf("stderr is %q, stdout %q", stderr.String(), stdout.String())
	}
}

func TestTypedInput(t *testing.T) {
	e := emulator.New(emulator.Options{})
	term := onTerminal(t, e, nil, "call", "chat", "prompt=-", "model=gpt-oss-20b")
	term.waitFor("Type the prompt, then Ctrl-D")
	term.typed("Why?\n" + ctrlD)
	if shown := term.ends(0); !strings.Contains(shown, `says: "Why?"`) {
		t.Errorf("the terminal shows %q", shown)
	}
	term = onTerminal(t, e, nil, "call", "chat", "prompt=-")
	term.waitFor("Type the prompt")
	term.typed(ctrlC)
	term.ends(130)
	// Without an argument nothing is waited for.
	onTerminal(t, e, nil, "call", "chat").ends(1)
}

// 80 columns have room for what one picks a model by.
func TestModelsOnATerminal(t *testing.T) {
	shown := lines(onTerminal(t, emulator.New(emulator.Options{}), nil, "models").ends(0))
	for _, line := range shown[:len(shown)-2] { // but for the summary
		if len(line) > 80 {
			t.Errorf("%d columns: %s", len(line), line)
		}
	}
	all := strings.Join(shown, "\n")
	for _, want := range []string{"MODEL", " IN ", " OUT ", " CTX ", " ABILITIES", "262k  vision tools reason json", "0.04  0.15"} {
		if !strings.Contains(all, want) {
			t.Errorf("%q is missing:\n%s", want, all)
		}
	}
	wide := onTerminal(t, emulator.New(emulator.Options{}), nil, "models", "--wide").ends(0)
	for _, want := range []string{" CONTEXT ", " SIZE ", " PUBLISHED ", " CATEGORY", "262144", "2026-05-15"} {
		if !strings.Contains(wide, want) {
			t.Errorf("--wide lacks %q:\n%s", want, wide)
		}
	}
}
