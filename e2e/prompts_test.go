package e2e

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/mark3labs/mcp-go/mcp"
	sdkjsonrpc "github.com/modelcontextprotocol/go-sdk/jsonrpc"
	sdk "github.com/modelcontextprotocol/go-sdk/mcp"
)

// getPrompt returns the text of a prompt's first message, "" if that is no text.
func getPrompt(ctx context.Context, a agent, name string, arguments map[string]string) (string, error) {
	switch a := a.(type) {
	case *mcpGo:
		var request mcp.GetPromptRequest
		request.Params.Name, request.Params.Arguments = name, arguments
		result, err := a.client.GetPrompt(ctx, request)
		if err != nil || len(result.Messages) == 0 {
			return "", err
		}
		text, _ := result.Messages[0].Content.(mcp.TextContent)
		return text.Text, nil
	case *goSDK:
		result, err := a.session.GetPrompt(ctx, &sdk.GetPromptParams{Name: name, Arguments: arguments})
		if err != nil || len(result.Messages) == 0 {
			return "", err
		}
		if text, ok := result.Messages[0].Content.(*sdk.TextContent); ok {
			return text.Text, nil
		}
		return "", nil
	}
	panic("no such agent")
}

// Values are a person's, or a host's placeholders of a command.
func TestEveryPromptBeginsWithAText(t *testing.T) {
	prompts := []struct {
		name      string
		arguments map[string]string
	}{
		{"choose-model", map[string]string{"task": "summarise mails", "tag": "llama"}},
		{"choose-model", map[string]string{"task": "$1", "needs": "$2", "budget": "$3", "tag": "$4"}},
		{"compare-models", map[string]string{"question": "Why?", "models": "gpt-oss-120b, gpt-oss-20b"}},
		{"compare-models", map[string]string{"question": "$1", "models": "$2"}},
		{"extract-data", map[string]string{"fields": "name, age", "text": "Ada is 36."}},
		{"extract-data", map[string]string{"fields": "$1", "text": "$2", "image": "$3"}},
	}
	eachAgent(t, func(t *testing.T, start func(...string) agent) {
		a := start("--sandbox")
		for _, p := range prompts {
			text, err := getPrompt(testContext(t), a, p.name, p.arguments)
			if err != nil || text == "" {
				t.Errorf("%s: %q, %v", p.name, text, err)
			}
			for argument, value := range p.arguments {
				if strings.HasPrefix(value, "$") && !strings.Contains(text, value) {
					t.Errorf("%s: %s of %s is not in %q", p.name, value, argument, text)
				}
			}
		}
	})
}

func TestBadArgumentsOfAPromptHaveTheirCode(t *testing.T) {
	const want = `argument "task" is missing: give what the model is for, as in: summarise 40-page contracts`
	check := func(t *testing.T, a agent) {
		t.Helper()
		_, err := getPrompt(testContext(t), a, "choose-model", nil)
		wire, fromSDK := errors.AsType[*sdkjsonrpc.Error](err)
		switch {
		case err == nil:
			t.Error("it has no error")
		case fromSDK && (wire.Code != -32602 || wire.Message != want):
			t.Errorf("code %d, %q", wire.Code, wire.Message)
		case !fromSDK && (!errors.Is(err, mcp.ErrInvalidParams) || err.Error() != "invalid params: "+want):
			t.Errorf("got %v", err)
		}
	}
	eachAgent(t, func(t *testing.T, start func(...string) agent) { check(t, start("--sandbox")) })
	p := startHTTP(t, "--sandbox")
	for name, start := range httpAgents {
		t.Run("HTTP, "+name, func(t *testing.T) { check(t, start(t, p.url+"/mcp", teamToken)) })
	}
	t.Run("bytes", func(t *testing.T) {
		p := startProcess(t, "stdio", "--sandbox")
		p.send(`{"jsonrpc":"2.0","id":2,"method":"prompts/get","params":{"name":"choose-model"}}`)
		if got, wire := p.message(), fmt.Sprintf(`{"code":-32602,"message":%q}`, want); got.ID != 2 || string(got.Error) != wire {
			t.Errorf("got %d %s, want %s", got.ID, got.Error, wire)
		}
	})
}
