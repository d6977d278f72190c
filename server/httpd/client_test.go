package httpd_test

import (
	"context"
	"encoding/json"
	"strings"
	"sync"
	"testing"

	"github.com/mark3labs/mcp-go/client"
	"github.com/mark3labs/mcp-go/client/transport"
	"github.com/mark3labs/mcp-go/mcp"
)

// caller is a client of mcp-go that records progress notifications by token.
type caller struct {
	testing.TB
	client *client.Client

	mu    sync.Mutex
	notes map[string][]note
}

// note is a progress notification.
type note struct {
	progress float64
	message  string
}

// connect returns a client with this version of the protocol.
func (e *endpoint) connect(t testing.TB, version string) *caller {
	t.Helper()
	over, err := transport.NewStreamableHTTP(e.url, transport.WithHTTPBasicClient(e.web))
	if err != nil {
		t.Fatal(err)
	}
	c := &caller{TB: t, client: client.NewClient(over, client.WithProtocolVersion(version)), notes: map[string][]note{}}
	t.Cleanup(func() { _ = c.client.Close() })
	c.client.OnNotification(c.note)
	if err := c.client.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	var hello mcp.InitializeRequest
	hello.Params.ClientInfo = mcp.Implementation{Name: "test", Version: "1"}
	hello.Params.ProtocolVersion = version
	answer, err := c.client.Initialize(t.Context(), hello)
	if err != nil {
		t.Fatal(err)
	}
	if answer.ProtocolVersion != version {
		t.Fatalf("the server speaks %s, not %s", answer.ProtocolVersion, version)
	}
	return c
}

// call calls a tool with a progress token, and returns the first text of its
// result.
func (c *caller) call(ctx context.Context, tool, arguments, token string) (text string, isError bool, err error) {
	var request mcp.CallToolRequest
	request.Params.Name = tool
	request.Params.Arguments = json.RawMessage(arguments)
	request.Params.Meta = &mcp.Meta{ProgressToken: token}
	answer, err := c.client.CallTool(ctx, request)
	if err != nil {
		return "", false, err
	}
	if len(answer.Content) > 0 {
		block, _ := answer.Content[0].(mcp.TextContent)
		text = block.Text
	}
	if strings.TrimSpace(text) == "" || answer.StructuredContent == nil {
		c.Errorf("%s %s is answered by %+v", tool, arguments, answer)
	}
	return text, answer.IsError, nil
}

func (c *caller) note(notification mcp.JSONRPCNotification) {
	if notification.Method != string(mcp.MethodNotificationProgress) {
		return
	}
	fields := notification.Params.AdditionalFields
	token, _ := fields["progressToken"].(string)
	progress, _ := fields["progress"].(float64)
	message, _ := fields["message"].(string)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.notes[token] = append(c.notes[token], note{progress, message})
}

// spoken returns the text of the progress for a token, and fails unless progress
// rises strictly.
func (c *caller) spoken(token string) string {
	c.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	var text strings.Builder
	notes := c.notes[token]
	for i, n := range notes {
		text.WriteString(n.message)
		if i > 0 && n.progress <= notes[i-1].progress {
			c.Errorf("progress %g comes after %g", n.progress, notes[i-1].progress)
		}
	}
	return text.String()
}

// checkProgress makes a call whose whole text must arrive before its result.
func (c *caller) checkProgress(token string) {
	c.Helper()
	text, _, err := c.call(c.Context(), "chat", `{"prompt":"call `+token+`","model":"Meta-Llama-3_3-70B-Instruct"}`, token)
	if err != nil {
		c.Error(err)
		return
	}
	if spoken := c.spoken(token); spoken != text {
		c.Errorf("before the result of %s came %q, the content is %q", token, spoken, text)
	}
}
