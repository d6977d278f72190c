package e2e

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/option"
)

// emulatorProcess is the binary that serves the emulator.
type emulatorProcess struct {
	testing.TB
	cmd                 *exec.Cmd
	baseURL, catalogURL string
	stderr              bytes.Buffer
	ended               bool
}

// startEmulator starts the binary and reads the URLs, which it prints when it serves.
func startEmulator(t testing.TB, arguments ...string) *emulatorProcess {
	t.Helper()
	p := &emulatorProcess{TB: t, cmd: exec.Command(binary, append([]string{"emulator", "--listen", "127.0.0.1:0"}, arguments...)...)}
	p.cmd.Stderr = &p.stderr
	stdout, err := p.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	late := time.AfterFunc(maxWait, func() { _ = p.cmd.Process.Kill() })
	t.Cleanup(func() {
		if !p.ended {
			_ = p.cmd.Process.Kill()
			_ = p.cmd.Wait()
		}
	})
	lines := bufio.NewScanner(stdout)
	for _, url := range []struct {
		label string
		into  *string
	}{{"base-url ", &p.baseURL}, {"catalog-url ", &p.catalogURL}} {
		lines.Scan()
		text, ok := strings.CutPrefix(lines.Text(), url.label)
		if *url.into = text; !ok || !strings.HasPrefix(text, "http://127.0.0.1:") {
			t.Fatalf("the line is %q, not %sURL", lines.Text(), url.label)
		}
	}
	late.Stop()
	return p
}

// stop asks the process to end, and returns its exit code and what it logged.
func (p *emulatorProcess) stop(s syscall.Signal) (code int, log string) {
	p.Helper()
	if err := p.cmd.Process.Signal(s); err != nil {
		p.Fatal(err)
	}
	late := time.AfterFunc(maxWait, func() { _ = p.cmd.Process.Kill() })
	_ = p.cmd.Wait()
	p.ended = true
	if !late.Stop() {
		p.Errorf("it did not end within %s", maxWait)
	}
	return p.cmd.ProcessState.ExitCode(), p.stderr.String()
}

// client returns a client of others that does not retry.
func (p *emulatorProcess) client(options ...option.RequestOption) openai.Client {
	return openai.NewClient(append([]option.RequestOption{
		option.WithBaseURL(p.baseURL), option.WithAPIKey("any"), option.WithMaxRetries(0), option.WithHTTPClient(freshClient()),
	}, options...)...)
}

func question(text string) openai.ChatCompletionNewParams {
	return openai.ChatCompletionNewParams{
		Model: "gpt-oss-120b", Messages: []openai.ChatCompletionMessageParamUnion{openai.UserMessage(text)},
		Tools: []openai.ChatCompletionToolUnionParam{openai.ChatCompletionFunctionTool(openai.FunctionDefinitionParam{
			Name: "get_weather", Parameters: openai.FunctionParameters{
				"type": "object", "required": []string{"city"}, "properties": map[string]any{"city": map[string]any{"type": "string"}},
			},
		})},
	}
}

// The client of OpenAI runs an agent loop on it, streamed or not.
func TestAnAgentLoopOnTheEmulator(t *testing.T) {
	p := startEmulator(t)
	client := p.client()
	ask := question("get weather, city: Paris")
	first, err := client.Chat.Completions.New(testContext(t), ask)
	if err != nil || len(first.Choices[0].Message.ToolCalls) != 1 {
		t.Fatalf("%+v, %v", first, err)
	}
	call := first.Choices[0].Message.ToolCalls[0]
	if call.Function.Name != "get_weather" || call.Function.Arguments != `{"city":"Paris"}` || first.Choices[0].FinishReason != "tool_calls" {
		t.Errorf("the call is %+v", call)
	}
	ask.Messages = append(ask.Messages, first.Choices[0].Message.ToParam(), openai.ToolMessage("It rains.", call.ID))
	stream := client.Chat.Completions.NewStreaming(testContext(t), ask)
	var whole openai.ChatCompletionAccumulator
	for stream.Next() {
		whole.AddChunk(stream.Current())
	}
	if err := stream.Err(); err != nil || !strings.Contains(whole.Choices[0].Message.Content, `get_weather: "It rains."`) {
		t.Errorf("%+v, %v", whole.Choices, err)
	}
	if code, log := p.stop(syscall.SIGTERM); code != 0 || !strings.Contains(log, "no model answers") {
		t.Errorf("exit code %d, log %s", code, log)
	}
}

// A retry succeeds after a scripted fault, and without one the client sees the service's
// error.
func TestFaultsOfTheEmulator(t *testing.T) {
	p := startEmulator(t)
	ask := question("hi [[fault: 503 times=1]]")
	client := p.client(option.WithMaxRetries(1))
	if _, err := client.Chat.Completions.New(testContext(t), ask); err != nil {
		t.Error(err)
	}
	client = p.client(option.WithHeader("X-Emulator-Fault", "429 retry-after=1"))
	_, err := client.Chat.Completions.New(testContext(t), question("hi"))
	failed, ok := errors.AsType[*openai.Error](err)
	if !ok || failed.StatusCode != http.StatusTooManyRequests || failed.Response.Header.Get("Retry-After") != "1" {
		t.Errorf("the error is %v", err)
	}
	client = p.client(option.WithHeader("X-Emulator-Fault", "explode"))
	_, err = client.Chat.Completions.New(testContext(t), question("hi"))
	if failed, ok = errors.AsType[*openai.Error](err); !ok || failed.StatusCode != http.StatusBadRequest ||
		!strings.Contains(failed.Message, "the words are status=N") {
		t.Errorf("the error is %v", err)
	}
}

// A stop ends answers that are being sent, too.
func TestTheEmulatorStopsAtOnce(t *testing.T) {
	for _, s := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM} {
		p := startEmulator(t, "--token-delay", "1h")
		client := p.client()
		stream := client.Chat.Completions.NewStreaming(testContext(t), question("hi"))
		if !stream.Next() {
			t.Fatal(stream.Err())
		}
		if code, _ := p.stop(s); code != 0 {
			t.Errorf("%v: exit code %d", s, code)
		}
		if stream.Next() || stream.Err() == nil {
			t.Errorf("%v: the stream ends with %v", s, stream.Err())
		}
	}
}

// The other commands work on it as on the service.
func TestTheCommandsOnTheEmulator(t *testing.T) {
	p := startEmulator(t)
	flags := []string{"--base-url", p.baseURL, "--catalog-url", p.catalogURL, "--cache-dir", t.TempDir(), "--max-wait", "0s"}
	run := func(arguments ...string) (string, error) {
		out, err := exec.CommandContext(testContext(t), binary, append(arguments, flags...)...).CombinedOutput()
		return string(out), err
	}
	for name, want := range map[string]string{
		"call chat prompt=hello":        `says: "hello"`,
		"call embed input=hello --json": `"count": 1`,
		"models":                        "gpt-oss-120b",
		"call chat prompt=[[fault:500]] --rate-limit=off": "upstream_unavailable",
	} {
		got, err := run(strings.Fields(name)...)
		if failed := err != nil; !strings.Contains(got, want) || failed != strings.Contains(name, "500") {
			t.Errorf("%s: %s, %v", name, got, err)
		}
	}
}

func TestTheRateLimitOfTheEmulator(t *testing.T) {
	for limit, want := range map[string]int{"2": 2, "auto": 400, "off": 0} {
		p := startEmulator(t, "--rate-limit", limit)
		var answer *http.Response
		client := p.client(option.WithResponseInto(&answer))
		for i := range 3 {
			_, err := client.Chat.Completions.New(testContext(t), question("hi"))
			if refused := err != nil; refused != (want == 2 && i == 2) {
				t.Errorf("limit %s, request %d: %v", limit, i, err)
			}
		}
		header := answer.Header.Get("x-ratelimit-limit-minute")
		if number, err := json.Number(header).Int64(); want == 0 && header != "" || want > 0 && (err != nil || int(number) != want) {
			t.Errorf("limit %s: the header says %q", limit, header)
		}
	}
}

func TestTheDelaysOfTheEmulator(t *testing.T) {
	const delay = 150 * time.Millisecond
	for flag, stream := range map[string]bool{"--latency": false, "--token-delay": true} {
		p := startEmulator(t, flag, delay.String())
		client := p.client()
		began := time.Now()
		if !stream {
			if _, err := client.Chat.Completions.New(testContext(t), question("hi")); err != nil {
				t.Error(err)
			}
		} else {
			events := client.Chat.Completions.NewStreaming(testContext(t), question("get weather"))
			for i := 0; i < 3 && events.Next(); i++ {
				continue
			}
			_ = events.Close()
		}
		if took := time.Since(began); took < delay {
			t.Errorf("%s: it took %v", flag, took)
		}
	}
}

// An address that others reach is served, with a warning; one in use is an error.
func TestTheAddressOfTheEmulator(t *testing.T) {
	p := startEmulator(t, "--listen", "0.0.0.0:0", "--log-format", "json")
	answer, err := freshClient().Get(strings.TrimSuffix(p.baseURL, "/v1"))
	if err != nil {
		t.Fatal(err)
	}
	_ = answer.Body.Close()
	if code, log := p.stop(syscall.SIGTERM); code != 0 || !strings.Contains(log, `"level":"WARN","msg":"everyone who reaches this address`) {
		t.Errorf("exit code %d, log %s", code, log)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	command := exec.CommandContext(testContext(t), binary, "emulator", "--listen", listener.Addr().String())
	var stdout, stderr bytes.Buffer
	command.Stdout, command.Stderr = &stdout, &stderr
	_ = command.Run()
	if code := command.ProcessState.ExitCode(); code != 1 || stdout.Len() > 0 || !strings.Contains(stderr.String(), "in use") {
		t.Errorf("exit code %d: %s%s", code, stdout.String(), stderr.String())
	}
}

// The sandbox never obeys a prompt.
func TestTheSandboxObeysNoFault(t *testing.T) {
	a := startMCPGo(t, []string{"stdio", "--sandbox"})
	got, err := a.call(testContext(t), "chat", map[string]any{"prompt": "[[fault: 500]]"}, "")
	if err != nil || got.isError || !strings.Contains(got.texts[0], "[[fault: 500]]") {
		t.Errorf("%+v, %v", got, err)
	}
}
