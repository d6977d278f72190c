package e2e

import (
	"encoding/json"
	"net/http"
	"testing"

	"github.com/mark3labs/mcp-go/client"
	"github.com/mark3labs/mcp-go/client/transport"
	"github.com/mark3labs/mcp-go/mcp"
	sdk "github.com/modelcontextprotocol/go-sdk/mcp"
)

// httpAgents are clients over HTTP, by name and protocol version.
var httpAgents = map[string]func(t testing.TB, url, token string) agent{
	"mcp-go, 2025-06-18": func(t testing.TB, url, token string) agent { return mcpGoOverHTTP(t, url, token, "2025-06-18") },
	"mcp-go, 2025-11-25": func(t testing.TB, url, token string) agent { return mcpGoOverHTTP(t, url, token, "2025-11-25") },
	"mcp-go, 2026-07-28": func(t testing.TB, url, token string) agent { return mcpGoOverHTTP(t, url, token, "2026-07-28") },
	"go-sdk, 2025-11-25": func(t testing.TB, url, token string) agent { return goSDKOverHTTP(t, url, token, "2025-11-25") },
	"go-sdk, 2026-07-28": func(t testing.TB, url, token string) agent { return goSDKOverHTTP(t, url, token, "2026-07-28") },
}

func mcpGoOverHTTP(t testing.TB, url, token, version string) agent {
	t.Helper()
	over, err := transport.NewStreamableHTTP(url, transport.WithHTTPBasicClient(freshClient()),
		transport.WithHTTPHeaders(map[string]string{"Authorization": "Bearer " + token}))
	if err != nil {
		t.Fatal(err)
	}
	a := &mcpGo{progressLog: newProgressLog(), client: client.NewClient(over, client.WithProtocolVersion(version))}
	t.Cleanup(func() { _ = a.client.Close() })
	a.client.OnNotification(func(n mcp.JSONRPCNotification) {
		if n.Method == string(mcp.MethodNotificationProgress) {
			params, _ := json.Marshal(n.Params)
			a.add(params)
		}
	})
	if err := a.client.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	var request mcp.InitializeRequest
	request.Params.ProtocolVersion = version
	request.Params.ClientInfo = mcp.Implementation{Name: "test", Version: "1"}
	if a.initialized, err = a.client.Initialize(testContext(t), request); err != nil {
		t.Fatal(err)
	}
	if a.initialized.ProtocolVersion != version {
		t.Errorf("the version is %s, not %s", a.initialized.ProtocolVersion, version)
	}
	return a
}

func goSDKOverHTTP(t testing.TB, url, token, version string) agent {
	t.Helper()
	a := &goSDK{progressLog: newProgressLog()}
	authorized := &http.Client{Transport: bearer{token, freshClient().Transport}}
	over := &recordingTransport{&sdk.StreamableClientTransport{Endpoint: url, HTTPClient: authorized}, a.progressLog}
	session, err := sdk.NewClient(&sdk.Implementation{Name: "test", Version: "1"}, nil).
		Connect(testContext(t), over, &sdk.ClientSessionOptions{ProtocolVersion: version})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = session.Close() })
	if got := session.InitializeResult().ProtocolVersion; got != version {
		t.Errorf("the version is %s, not %s", got, version)
	}
	a.session = session
	return a
}

// bearer adds a token to requests.
type bearer struct {
	token string
	http.RoundTripper
}

func (b bearer) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Header.Set("Authorization", "Bearer "+b.token)
	return b.RoundTripper.RoundTrip(r)
}
