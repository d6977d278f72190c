package httpd_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/mark3labs/mcp-go/mcp"
	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/emulator"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/server/httpd"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/tools"
)

func TestEveryEraIsServedOnOneEndpoint(t *testing.T) {
	e := serveHTTP(t, setup{}, httpd.Options{})
	for _, version := range eras {
		t.Run(version, func(t *testing.T) {
			c := e.connect(t, version)
			for _, call := range []struct {
				tool, arguments, code string
			}{
				{"chat", `{"prompt":"hi"}`, ""},
				{"embed", `{"input":["a","b"],"query":"c"}`, ""},
				{"chat", `{"prompt":"hi","temperature":9}`, "invalid_argument"},
			} {
				text, isError, err := c.call(t.Context(), call.tool, call.arguments, "t")
				if err != nil || isError != (call.code != "") || !strings.HasPrefix(text, call.code) {
					t.Errorf("%s %s is answered by %q, %v", call.tool, call.arguments, text, err)
				}
			}
		})
	}
}

func TestTheOfficialClientIsServed(t *testing.T) {
	tokens := openTokens(t, "team: "+goodToken)
	e := serveHTTP(t, setup{}, httpd.Options{Callers: tokens})
	for _, version := range []string{"2025-11-25", modern} {
		t.Run(version, func(t *testing.T) {
			over := &sdk.StreamableClientTransport{Endpoint: e.url, HTTPClient: &http.Client{Transport: bearer{goodToken, e.web.Transport}}}
			session, err := sdk.NewClient(&sdk.Implementation{Name: "test", Version: "1"}, nil).
				Connect(t.Context(), over, &sdk.ClientSessionOptions{ProtocolVersion: version})
			if err != nil {
				t.Fatal(err)
			}
			defer session.Close()
			if got := session.InitializeResult().ProtocolVersion; got != version {
				t.Errorf("the version is %s", got)
			}
			list, err := session.ListTools(t.Context(), nil)
			if err != nil || len(list.Tools) != len(tools.All(nil)) {
				t.Fatalf("%v, %v", list, err)
			}
			params := &sdk.CallToolParams{Name: "chat", Arguments: map[string]any{"prompt": "hi"}}
			params.SetProgressToken("t")
			answer, err := session.CallTool(t.Context(), params)
			if err != nil || answer.IsError {
				t.Fatalf("%+v, %v", answer, err)
			}
			read, err := session.ReadResource(t.Context(), &sdk.ReadResourceParams{URI: "ai-endpoints://catalog.md"})
			if err != nil || len(read.Contents) == 0 {
				t.Errorf("%+v, %v", read, err)
			}
		})
	}
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

// Every call here ends right after its last notification, which mcp-go alone loses in
// more than a tenth of the calls.
func TestNoProgressIsLostOrLateOverHTTP(t *testing.T) {
	const calls, callers = 300, 12
	for _, version := range eras {
		t.Run(version, func(t *testing.T) {
			e := serveHTTP(t, setup{}, httpd.Options{})
			var group sync.WaitGroup
			for caller := range callers {
				c := e.connect(t, version)
				group.Go(func() {
					for i := range calls / callers {
						c.checkProgress(fmt.Sprintf("%d-%d", caller, i))
					}
				})
			}
			group.Wait()
		})
	}
}

func TestProgressIsNotHeldBack(t *testing.T) {
	e := serveHTTP(t, setup{}, httpd.Options{})
	got := e.do(e.request(t.Context(), modern, "tools/call", `{"name":"chat","arguments":{"prompt":"hi"},"_meta":{"progressToken":"t"}}`))
	if kind := got.Header.Get("Content-Type"); kind != "text/event-stream" || got.Header.Get("X-Accel-Buffering") != "no" {
		t.Errorf("the headers are %v", got.Header)
	}
	if strings.Count(got.body, "event: message") < 2 {
		t.Errorf("the stream is %s", got.body)
	}
}

func TestThePathCanBeAnother(t *testing.T) {
	e := serveHTTP(t, setup{}, httpd.Options{Path: "/ai/mcp"})
	e.do(e.chat(modern)).check(t, http.StatusNotFound, "/ai/mcp")
	e.url = "http://" + e.host + "/ai/mcp"
	e.checkServes()
}

func TestOptionsThatCannotBe(t *testing.T) {
	tests := map[string]httpd.Options{
		"path":        {Path: "mcp"},
		"/healthz":    {Path: "/healthz"},
		"a pattern":   {Path: "/{x}"},
		"limit":       {TokenRate: -1},
		"host":        {AllowHosts: []string{"https://example.com"}},
		"any host":    {AllowHosts: []string{"*"}},
		"origin":      {AllowOrigins: []string{"example.com"}},
		"origin path": {AllowOrigins: []string{"https://example.com/a"}},
	}
	s := newServer(t, setup{}, emulator.New(emulator.Options{}))
	for name, o := range tests {
		if _, err := httpd.New(s, o); err == nil {
			t.Errorf("%s: %+v is taken", name, o)
		}
	}
}

// Neither a tool nor the service sees the token of a caller.
func TestTheCallersTokenGoesNoFurther(t *testing.T) {
	for name, tokens := range map[string]*httpd.Callers{"with tokens": openTokens(t, "team: "+goodToken), "without": nil} {
		t.Run(name, func(t *testing.T) {
			e := serveHTTP(t, setup{}, httpd.Options{Callers: tokens})
			var seen http.Header
			e.server.MCP().AddTool(mcp.NewTool("headers"), func(_ context.Context, r mcp.CallToolRequest) (*mcp.CallToolResult, error) {
				seen = r.Header
				return mcp.NewToolResultText("seen"), nil
			})
			r := e.request(t.Context(), modern, "tools/call", `{"name":"headers"}`)
			r.Header.Set("Authorization", "Bearer "+goodToken)
			e.do(r).check(t, http.StatusOK, "seen")
			if seen == nil || strings.Contains(fmt.Sprint(seen), goodToken) {
				t.Errorf("a tool sees %v", seen)
			}
			r = e.chat(modern)
			r.Header.Set("Authorization", "Bearer "+goodToken)
			e.do(r).check(t, http.StatusOK)
			for _, sent := range e.Requests() {
				if sent.Header.Get("Authorization") != "" || strings.Contains(fmt.Sprint(sent.Header), goodToken) {
					t.Errorf("the service was sent %v", sent.Header)
				}
			}
		})
	}
}

func TestReadiness(t *testing.T) {
	problem := error(nil)
	e := serveHTTP(t, setup{}, httpd.Options{
		Callers: openTokens(t, "team: "+goodToken),
		Ready:   func(context.Context) error { return problem },
	})
	e.get("/healthz").check(t, http.StatusOK, "ok")
	e.get("/readyz").check(t, http.StatusOK, "ok")
	problem = fmt.Errorf("no catalogue")
	e.get("/healthz").check(t, http.StatusOK, "ok")
	e.get("/readyz").check(t, http.StatusServiceUnavailable, "no catalogue")
	r := e.raw(t.Context(), "{}")
	r.URL.Path = "/healthz"
	e.do(r).check(t, http.StatusMethodNotAllowed)
}
