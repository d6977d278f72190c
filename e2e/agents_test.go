package e2e

import (
	"context"
	"encoding/json"
	"os/exec"
	"sync"
	"testing"

	"github.com/mark3labs/mcp-go/client"
	"github.com/mark3labs/mcp-go/mcp"
	sdkjsonrpc "github.com/modelcontextprotocol/go-sdk/jsonrpc"
	sdk "github.com/modelcontextprotocol/go-sdk/mcp"
)

// agent is an MCP client that this project did not write, with the binary as its
// server.
type agent interface {
	instructions() string
	tools(ctx context.Context) ([]string, error)
	// call calls a tool; progress is reported under token, unless it is "".
	call(ctx context.Context, tool string, arguments map[string]any, token string) (answer, error)
	// heard gives the progress that has been read so far for a token.
	heard(token string) []string
	close() error
}

// answer is a tool's result.
type answer struct {
	isError    bool
	texts      []string
	structured map[string]any
}

// agents are the clients, by name.
var agents = map[string]func(t testing.TB, arguments ...string) agent{
	"mcp-go":             func(t testing.TB, arguments ...string) agent { return startMCPGo(t, arguments) },
	"mcp-go, 2025-06-18": func(t testing.TB, arguments ...string) agent { return startMCPGo(t, arguments, "2025-06-18") },
	"go-sdk":             startGoSDK,
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
	heardOne chan struct{} // for each message
}

func newProgressLog() *progressLog {
	return &progressLog{messages: map[string][]string{}, heardOne: make(chan struct{}, 10_000)}
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
	l.heardOne <- struct{}{}
}

func (l *progressLog) heard(token string) []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.messages[token]
}

// mcpGo is the client of mark3labs/mcp-go, over its stdio transport.
type mcpGo struct {
	*progressLog
	client *client.Client
	hello  *mcp.InitializeResult
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
	if a.hello, err = c.Initialize(soon(t), request); err != nil {
		t.Fatal(err)
	}
	return a
}

func (a *mcpGo) instructions() string { return a.hello.Instructions }

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

func (a *mcpGo) call(ctx context.Context, tool string, arguments map[string]any, token string) (answer, error) {
	var request mcp.CallToolRequest
	request.Params.Name, request.Params.Arguments = tool, arguments
	if token != "" {
		request.Params.Meta = &mcp.Meta{ProgressToken: token}
	}
	result, err := a.client.CallTool(ctx, request)
	if err != nil {
		return answer{}, err
	}
	got := answer{isError: result.IsError}
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
	c := sdk.NewClient(&sdk.Implementation{Name: "test", Version: "1"}, nil)
	transport := &tapped{&sdk.CommandTransport{Command: exec.Command(binary, arguments...)}, a.progressLog}
	session, err := c.Connect(soon(t), transport, nil)
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

func (a *goSDK) call(ctx context.Context, tool string, arguments map[string]any, token string) (answer, error) {
	params := &sdk.CallToolParams{Name: tool, Arguments: arguments}
	if token != "" {
		params.SetProgressToken(token)
	}
	result, err := a.session.CallTool(ctx, params)
	if err != nil {
		return answer{}, err
	}
	got := answer{isError: result.IsError}
	for _, block := range result.Content {
		if text, ok := block.(*sdk.TextContent); ok {
			got.texts = append(got.texts, text.Text)
		}
	}
	got.structured, _ = result.StructuredContent.(map[string]any)
	return got, nil
}

// tapped hears progress where it is read, because the client hands it to its
// handler in a goroutine of its own, whose order says nothing.
type tapped struct {
	sdk.Transport
	log *progressLog
}

func (t *tapped) Connect(ctx context.Context) (sdk.Connection, error) {
	connection, err := t.Transport.Connect(ctx)
	return tappedConnection{connection, t.log}, err
}

type tappedConnection struct {
	sdk.Connection
	log *progressLog
}

func (c tappedConnection) Read(ctx context.Context) (sdkjsonrpc.Message, error) {
	message, err := c.Connection.Read(ctx)
	if request, ok := message.(*sdkjsonrpc.Request); ok && request.Method == "notifications/progress" {
		c.log.add(request.Params)
	}
	return message, err
}
