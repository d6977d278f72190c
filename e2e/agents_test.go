package e2e

import (
	"context"
	"encoding/json"
	"os/exec"
	"slices"
	"sync"
	"testing"

	"github.com/mark3labs/mcp-go/client"
	"github.com/mark3labs/mcp-go/mcp"
	sdkjsonrpc "github.com/modelcontextprotocol/go-sdk/jsonrpc"
	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/tools"
)

// agent is an MCP client that this project did not write, with the binary as its
// server.
type agent interface {
	instructions() string
	tools(ctx context.Context) ([]string, error)
	// call calls a tool; progress is reported under token, unless it is "".
	call(ctx context.Context, tool string, arguments map[string]any, token string) (toolResult, error)
	// progress returns the progress messages read so far for a token.
	progress(token string) []string
	close() error
}

// toolResult is a tool's result.
type toolResult struct {
	isError    bool
	texts      []string
	structured map[string]any
}

// agents are the clients over stdio, by name.
var agents = map[string]func(t testing.TB, arguments ...string) agent{
	"mcp-go":             func(t testing.TB, arguments ...string) agent { return startMCPGo(t, arguments) },
	"mcp-go, 2025-06-18": func(t testing.TB, arguments ...string) agent { return startMCPGo(t, arguments, "2025-06-18") },
	"go-sdk":             startGoSDK,
}

// checkTools expects a to list every tool.
func checkTools(t *testing.T, a agent) {
	t.Helper()
	var want []string
	for _, tool := range tools.All(&provider.Provider{}) {
		want = append(want, tool.Name)
	}
	got, err := a.tools(testContext(t))
	if slices.Sort(got); err != nil || !slices.Equal(got, slices.Sorted(slices.Values(want))) {
		t.Errorf("the tools are %v, %v; want %v", got, err, want)
	}
}

// eachAgent runs a test with every client.
func eachAgent(t *testing.T, test func(t *testing.T, start func(arguments ...string) agent)) {
	for name, start := range agents {
		t.Run(name, func(t *testing.T) {
			test(t, func(arguments ...string) agent { return start(t, append([]string{"stdio"}, arguments...)...) })
		})
	}
}

// progressLog keeps progress messages by token, in the order they were read.
type progressLog struct {
	mu       sync.Mutex
	messages map[string][]string
	received chan struct{} // for each message
}

func newProgressLog() *progressLog {
	return &progressLog{messages: map[string][]string{}, received: make(chan struct{}, 10_000)}
}

func (l *progressLog) add(params []byte) {
	var p struct {
		ProgressToken string `json:"progressToken"`
		Message       string `json:"message"`
	}
	if err := json.Unmarshal(params, &p); err != nil {
		panic(err) // not a progress notification at all
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.messages[p.ProgressToken] = append(l.messages[p.ProgressToken], p.Message)
	l.received <- struct{}{}
}

func (l *progressLog) progress(token string) []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.messages[token]
}

// mcpGo is the client of mark3labs/mcp-go, over its stdio transport.
type mcpGo struct {
	*progressLog
	client      *client.Client
	initialized *mcp.InitializeResult
}

func startMCPGo(t testing.TB, arguments []string, version ...string) agent {
	t.Helper()
	c, err := client.NewStdioMCPClient(binary, nil, arguments...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	a := &mcpGo{progressLog: newProgressLog(), client: c}
	c.OnNotification(func(n mcp.JSONRPCNotification) {
		if n.Method == string(mcp.MethodNotificationProgress) {
			params, _ := json.Marshal(n.Params)
			a.add(params)
		}
	})
	if err := c.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	var request mcp.InitializeRequest
	request.Params.ClientInfo = mcp.Implementation{Name: "test", Version: "1"}
	if len(version) > 0 {
		request.Params.ProtocolVersion = version[0]
	}
	if a.initialized, err = c.Initialize(testContext(t), request); err != nil {
		t.Fatal(err)
	}
	return a
}

func (a *mcpGo) instructions() string { return a.initialized.Instructions }

func (a *mcpGo) close() error { return a.client.Close() }

func (a *mcpGo) tools(ctx context.Context) (names []string, err error) {
	list, err := a.client.ListTools(ctx, mcp.ListToolsRequest{})
	if err != nil {
		return nil, err
	}
	for _, tool := range list.Tools {
		names = append(names, tool.Name)
	}
	return names, nil
}

func (a *mcpGo) call(ctx context.Context, tool string, arguments map[string]any, token string) (toolResult, error) {
	var request mcp.CallToolRequest
	request.Params.Name, request.Params.Arguments = tool, arguments
	if token != "" {
		request.Params.Meta = &mcp.Meta{ProgressToken: token}
	}
	result, err := a.client.CallTool(ctx, request)
	if err != nil {
		return toolResult{}, err
	}
	got := toolResult{isError: result.IsError}
	for _, block := range result.Content {
		if text, ok := block.(mcp.TextContent); ok {
			got.texts = append(got.texts, text.Text)
		}
	}
	got.structured, _ = result.StructuredContent.(map[string]any)
	return got, nil
}

// goSDK is the official client, over its command transport.
type goSDK struct {
	*progressLog
	session *sdk.ClientSession
}

func startGoSDK(t testing.TB, arguments ...string) agent {
	t.Helper()
	a := &goSDK{progressLog: newProgressLog()}
	command := &sdk.CommandTransport{Command: exec.Command(binary, arguments...)}
	c := sdk.NewClient(&sdk.Implementation{Name: "test", Version: "1"}, nil)
	session, err := c.Connect(testContext(t), &recordingTransport{command, a.progressLog}, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = session.Close() })
	a.session = session
	return a
}

func (a *goSDK) instructions() string { return a.session.InitializeResult().Instructions }

func (a *goSDK) close() error { return a.session.Close() }

func (a *goSDK) tools(ctx context.Context) (names []string, err error) {
	list, err := a.session.ListTools(ctx, nil)
	if err != nil {
		return nil, err
	}
	for _, tool := range list.Tools {
		names = append(names, tool.Name)
	}
	return names, nil
}

func (a *goSDK) call(ctx context.Context, tool string, arguments map[string]any, token string) (toolResult, error) {
	params := &sdk.CallToolParams{Name: tool, Arguments: arguments}
	if token != "" {
		params.SetProgressToken(token)
	}
	result, err := a.session.CallTool(ctx, params)
	if err != nil {
		return toolResult{}, err
	}
	got := toolResult{isError: result.IsError}
	for _, block := range result.Content {
		if text, ok := block.(*sdk.TextContent); ok {
			got.texts = append(got.texts, text.Text)
		}
	}
	got.structured, _ = result.StructuredContent.(map[string]any)
	return got, nil
}

// recordingTransport records progress as it is read, because the client runs its
// handler in a goroutine of its own, in any order.
type recordingTransport struct {
	sdk.Transport
	log *progressLog
}

func (t *recordingTransport) Connect(ctx context.Context) (sdk.Connection, error) {
	connection, err := t.Transport.Connect(ctx)
	return recordingConnection{connection, t.log}, err
}

type recordingConnection struct {
	sdk.Connection
	log *progressLog
}

func (c recordingConnection) Read(ctx context.Context) (sdkjsonrpc.Message, error) {
	message, err := c.Connection.Read(ctx)
	if request, ok := message.(*sdkjsonrpc.Request); ok && request.Method == "notifications/progress" {
		c.log.add(request.Params)
	}
	return message, err
}
