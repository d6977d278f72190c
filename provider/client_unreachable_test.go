package provider_test

import (
	"context"
	"io"
	"log"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/emulator"
)

func TestUnreachable(t *testing.T) {
	t.Parallel()
	closed := httptest.NewServer(http.NotFoundHandler())
	closed.Close()
	untrusted := httptest.NewUnstartedServer(emulator.New(emulator.Options{}))
	untrusted.Config.ErrorLog = log.New(io.Discard, "", 0)
	untrusted.StartTLS()
	t.Cleanup(untrusted.Close)
	lookup := &http.Transport{DialContext: func(_ context.Context, _, address string) (net.Conn, error) {
		host, _, _ := net.SplitHostPort(address)
		return nil, &net.OpError{Op: "dial", Net: "tcp", Err: &net.DNSError{Err: "no such host", Name: host, IsNotFound: true}}
	}}
	tests := []struct {
		name, origin string
		transport    http.RoundTripper
		words        string
	}{
		{"a host that has no address", "http://nowhere.test", lookup, `"nowhere.test"`},
		{"a port without a server", closed.URL, &http.Transport{}, "refused"},
		{"a certificate that is not trusted", untrusted.URL, &http.Transport{}, "certificate"},
		{"a server without TLS", strings.Replace(httpOnly(t), "http:", "https:", 1), &http.Transport{}, "HTTPS"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var log logBuffer
			p := newProvider(t, tt.origin, &http.Client{Transport: tt.transport}, func(o *provider.Options) {
				o.BaseURL += "?token=hush"
				o.CatalogURL += "?token=hush"
				o.Logger = slog.New(slog.NewTextHandler(&log, nil))
			})
			_, err := ask(t, p)
			got := wantCode(t, err, provider.CodeUpstreamUnreachable)
			if !got.Retryable || got.Status != 0 || got.Hint == "" || !strings.Contains(got.Message, tt.words) {
				t.Errorf("got %+v, want a retryable error that says %q", got, tt.words)
			}
			if strings.Contains(got.Error(), "hush") || strings.Contains(got.Error(), "/chat") {
				t.Errorf("%q repeats the URL", got)
			}
			if text := log.String(); text == "" || strings.Contains(text, "hush") {
				t.Errorf("got log %q, want it to say that the catalogue was not read, without the URL's query", text)
			}
			if len(got.Attempts) != 1 || got.Attempts[0].Code != provider.CodeUpstreamUnreachable {
				t.Errorf("got attempts %+v", got.Attempts)
			}
		})
	}
}

// httpOnly returns the address of a server without TLS.
func httpOnly(t *testing.T) string {
	server := httptest.NewUnstartedServer(emulator.New(emulator.Options{}))
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.Start()
	t.Cleanup(server.Close)
	return server.URL
}

func TestConnectionDroppedBeforeTheAnswer(t *testing.T) {
	t.Parallel()
	e := emulator.New(emulator.Options{})
	e.Script(emulator.Fault{Path: chatPath, DropConnection: true})
	_, err := ask(t, connect(t, e))
	if got := wantCode(t, err, provider.CodeUpstreamUnreachable); !got.Retryable {
		t.Errorf("%v is worth another try", got)
	}
}

func TestNewRefusesBadOptions(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		in   provider.Options
		want string // in the error; "" is no error
	}{
		{"zero values work", provider.Options{}, ""},
		{"a base URL without a scheme", provider.Options{BaseURL: "localhost:8080"}, "base URL"},
		{"a base URL of another scheme", provider.Options{BaseURL: "ftp://host/v1"}, "base URL"},
		{"a base URL without a host", provider.Options{BaseURL: "https:///v1"}, "base URL"},
		{"a catalogue URL that is not one", provider.Options{CatalogURL: "::"}, "catalogue URL"},
		{"a query that cannot be read", provider.Options{BaseURL: "https://host/v1?code=hush%zz"}, "base URL"},
		{"a password in the URL", provider.Options{BaseURL: "https://me:hush@host/v1"}, "base URL"},
		{"a password in a broken URL", provider.Options{BaseURL: "https://me:hush@host:no/v1"}, "base URL"},
		{"a key with a line break", provider.Options{APIKey: "hush\n"}, "API key"},
		{"a key with an accent", provider.Options{APIKey: "hushé"}, "API key"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p, err := provider.New(tt.in)
			if tt.want == "" {
				if err != nil {
					t.Fatal(err)
				}
				p.Close()
				return
			}
			if err == nil || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "hush") {
				t.Errorf("got %v, want an error about the %s that repeats no secret", err, tt.want)
			}
		})
	}
}
