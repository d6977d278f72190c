package emulator_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/emulator"
)

func start(t *testing.T, e *emulator.Emulator) *emulator.Server {
	t.Helper()
	s, err := e.Start()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func send(ctx context.Context, t *testing.T, url, body string) (*http.Response, error) {
	t.Helper()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	return transport.RoundTrip(r)
}

func TestServer(t *testing.T) {
	s := start(t, sandbox())
	if !strings.HasPrefix(s.BaseURL, "http://127.0.0.1:") || !strings.HasSuffix(s.BaseURL, "/v1") ||
		!strings.HasSuffix(s.CatalogURL, "/rest/v1/models_v2") {
		t.Errorf("the URLs are %q and %q", s.BaseURL, s.CatalogURL)
	}
	answer, err := send(t.Context(), t, s.BaseURL+"/chat/completions", marshal(t, request("gpt-oss-20b", "hi")))
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		t.Errorf("status %d", answer.StatusCode)
	}
}

// An emulator on all interfaces is told by an address that this machine can connect to.
func TestServerOnAnAddressOfTheCallers(t *testing.T) {
	for address, host := range map[string]string{"127.0.0.1:0": "127.0.0.1", "0.0.0.0:0": "127.0.0.1", ":0": "127.0.0.1"} {
		listener, err := net.Listen("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		s := sandbox().StartOn(listener)
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() { ended <- s.Wait(ctx) }()
		if want := "http://" + host + ":"; !strings.HasPrefix(s.BaseURL, want) || !strings.HasPrefix(s.CatalogURL, want) {
			t.Errorf("%s: the URLs are %s and %s", address, s.BaseURL, s.CatalogURL)
		}
		answer, err := send(t.Context(), t, s.BaseURL+"/chat/completions", marshal(t, request("gpt-oss-20b", "hi")))
		if err != nil {
			t.Fatal(err)
		}
		answer.Body.Close()
		stop()
		if err := <-ended; err != nil || answer.StatusCode != http.StatusOK {
			t.Errorf("%s: status %d, ends with %v", address, answer.StatusCode, err)
		}
	}
}

// pipes is a listener whose connections are in memory, for a fake clock.
type pipes chan net.Conn

func (p pipes) Accept() (net.Conn, error) {
	if connection, ok := <-p; ok {
		return connection, nil
	}
	return nil, net.ErrClosed
}

func (p pipes) Close() error   { return nil }
func (p pipes) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)} }

// A client that does not send its body is not waited for, but one may wait for its answer.
func TestTheBodyHasADeadlineAndTheAnswerHasNone(t *testing.T) {
	for _, c := range []struct {
		length, status int
		within         time.Duration
	}{{100, http.StatusRequestTimeout, time.Minute}, {2, http.StatusUnprocessableEntity, time.Hour}} {
		synctest.Test(t, func(t *testing.T) {
			listener := make(pipes, 1)
			e := emulator.New(emulator.Options{Latency: time.Hour})
			s := e.StartOn(listener)
			server, client := net.Pipe()
			listener <- server
			began := time.Now()
			go func() {
				_, _ = fmt.Fprintf(client, "POST %s HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n[]", chatPath, c.length)
			}()
			answer, err := http.ReadResponse(bufio.NewReader(client), nil)
			if err != nil {
				t.Fatal(err)
			}
			defer answer.Body.Close()
			if took := time.Since(began); answer.StatusCode != c.status || took != c.within {
				t.Errorf("status %d after %v, want %d after %v", answer.StatusCode, took, c.status, c.within)
			}
			_ = client.Close()
			close(listener)
			_ = s.Close()
		})
	}
}

func TestAListenerThatFailsEndsTheServer(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := sandbox().StartOn(listener)
	_ = listener.Close()
	if err := s.Wait(t.Context()); !errors.Is(err, net.ErrClosed) {
		t.Errorf("it ends with %v", err)
	}
}

func TestCloseEndsOpenStreams(t *testing.T) {
	e := sandbox()
	e.Script(emulator.Fault{RawEvents: []string{"{}"}, Hang: true})
	s := start(t, e)
	answer, err := send(t.Context(), t, s.BaseURL+"/chat/completions", "{}")
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	lines := bufio.NewReader(answer.Body)
	if line, err := lines.ReadString('\n'); line != "data: {}\n" || err != nil {
		t.Fatalf("the stream starts with %q, %v", line, err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if rest, err := lines.ReadString('x'); err == nil || strings.TrimSpace(rest) != "" {
		t.Errorf("after Close: %q, %v, want a torn connection", rest, err)
	}
}

func TestClientGoesAway(t *testing.T) {
	e := emulator.New(emulator.Options{TokenDelay: time.Hour})
	ended := make(chan struct{})
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer close(ended)
		e.ServeHTTP(w, r)
	}))
	defer s.Close()

	ctx, leave := context.WithCancel(t.Context())
	answer, err := send(ctx, t, s.URL+chatPath, marshal(t, request("gpt-oss-20b", "hi", object{"stream": true})))
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	leave()
	<-ended
	if e.Cancelled() != 1 {
		t.Errorf("Cancelled is %d, want 1", e.Cancelled())
	}
}
