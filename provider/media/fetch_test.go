package media_test

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/media"
)

func TestSecondAddressIsTried(t *testing.T) {
	server := httptest.NewServer(sendImage(t, "image/png"))
	t.Cleanup(server.Close)
	n := newNetwork(server.Listener.Addr(), map[string][]string{"images.test": {"2606:4700::1 " + publicAddress}})
	dialIPv4 := func(ctx context.Context, network, address string) (net.Conn, error) {
		if strings.HasPrefix(address, "[") {
			return nil, errors.New("no IPv6 here")
		}
		return n.dial(ctx, network, address)
	}
	preparer := newPreparer(t, media.Options{AllowHTTP: true, Resolver: n, Dial: dialIPv4})
	mustPrepare(t, preparer, media.Request{Source: "http://images.test/"})
}

func TestHTTPS(t *testing.T) {
	server := httptest.NewUnstartedServer(sendImage(t, "image/png"))
	server.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError) // it would log the refused handshakes
	server.StartTLS()
	t.Cleanup(server.Close)
	n := newNetwork(server.Listener.Addr(), map[string][]string{"example.com": {publicAddress}, "images.test": {publicAddress}})
	roots := x509.NewCertPool()
	roots.AddCert(server.Certificate())
	preparer := newPreparer(t, media.Options{Resolver: n, Dial: n.dial, RootCAs: roots})
	mustPrepare(t, preparer, media.Request{Source: "https://example.com/dot.png"})
	if n.dialled[0] != publicAddress+":443" {
		t.Errorf("dialled %v", n.dialled)
	}
	_, err := preparer.Prepare(t.Context(), media.Request{Source: "https://images.test/"})
	wantKind(t, err, media.NotFetched, "certificate")
	_, err = preparer.Prepare(t.Context(), media.Request{Source: "http://example.com/"})
	wantKind(t, err, media.URLBlocked, "http")
}

func TestAnswers(t *testing.T) {
	type answer = http.HandlerFunc
	body := func(contentType string, status int, text string) answer {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", contentType)
			w.WriteHeader(status)
			_, _ = io.WriteString(w, text)
		}
	}
	whole := make([]byte, 20<<20+1)
	copy(whole, testdata(t, "dot.png"))
	for _, tt := range []struct {
		name    string
		answer  answer
		kind    media.Kind // "" is an image
		message string
	}{
		{name: "an image", answer: sendImage(t, "image/png")},
		{name: "of another type than it says", answer: sendImage(t, "image/webp")},
		{name: "octets", answer: sendImage(t, "application/octet-stream")},
		{name: "octets, as object stores say", answer: sendImage(t, "binary/octet-stream; x")},
		{name: "of no type", answer: sendImage(t, "")},
		{name: "called a page", answer: sendImage(t, "text/html"), kind: media.Unreadable, message: "something other"},
		{name: "called nonsense", answer: sendImage(t, "////"), kind: media.Unreadable, message: "something other"},
		{name: "a page", answer: body("image/png", 200, "<html>Secret"), kind: media.Unreadable, message: "HTML"},
		{name: "an SVG", answer: body("image/svg+xml", 200, "<svg>Secret</svg>"), kind: media.Unreadable, message: "SVG"},
		{name: "JSON", answer: body("application/json", 200, `{"key":"Secret"}`), kind: media.Unreadable, message: "something other"},
		{name: "nothing", answer: body("image/png", 200, ""), kind: media.Unreadable, message: "zero bytes"},
		{name: "not found", answer: body("image/png", 404, "Secret"), kind: media.NotFetched, message: "404"},
		{name: "a failure", answer: body("text/plain", 500, "Secret"), kind: media.NotFetched, message: "500"},
		{name: "a part", answer: body("image/png", 206, "Secret"), kind: media.NotFetched, message: "206"},
		{name: "announced too large", answer: func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", fmt.Sprint(len(whole)))
			w.Header().Set("Content-Type", "image/png")
		}, kind: media.TooLarge, message: "20 MB"},
		{name: "too large", answer: func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "image/png")
			_ = http.NewResponseController(w).Flush()
			for err := error(nil); err == nil; { // without an end
				_, err = w.Write(whole)
			}
		}, kind: media.TooLarge, message: "20 MB"},
		{name: "cut off", answer: func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "1000")
			w.Header().Set("Content-Type", "image/png")
			_, _ = io.WriteString(w, "Secret")
		}, kind: media.NotFetched, message: "closed the connection"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			preparer, _ := serve(t, tt.answer, nil)
			_, err := preparer.Prepare(t.Context(), media.Request{Source: "http://images.test/path-Secret?q=Secret#Secret"})
			if tt.kind == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			wantKind(t, err, tt.kind, tt.message)
			if strings.Contains(err.Error(), secret) {
				t.Errorf("the message reveals too much: %v", err)
			}
		})
	}
}

func TestUnknownAndUnreachableHosts(t *testing.T) {
	closed, _ := listen(t, "tcp", "127.0.0.1:0")
	n := newNetwork(closed, map[string][]string{"images.test": {publicAddress}})
	preparer := newPreparer(t, media.Options{Resolver: n, Dial: func(context.Context, string, string) (net.Conn, error) {
		return nil, errors.New("connection to 93.184.215.14 refused, Secret")
	}})
	_, err := preparer.Prepare(t.Context(), media.Request{Source: "https://images.test/"})
	wantKind(t, err, media.NotFetched, `"images.test" could not be reached`)
	_, err = preparer.Prepare(t.Context(), media.Request{Source: "https://unknown.test/"})
	wantKind(t, err, media.NotFetched, `"unknown.test" could not be looked up`)
}

func TestSlowServer(t *testing.T) {
	for name, answer := range map[string]http.HandlerFunc{
		"no answer": func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() },
		"no end": func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "image/png")
			_, _ = io.WriteString(w, "\x89PNG\r\n\x1a\n")
			_ = http.NewResponseController(w).Flush()
			<-r.Context().Done()
		},
	} {
		t.Run(name, func(t *testing.T) {
			preparer, _ := serve(t, answer, nil, func(o *media.Options) { o.Timeout = 100 * time.Millisecond })
			_, err := preparer.Prepare(t.Context(), media.Request{Source: "http://images.test/"})
			wantKind(t, err, media.NotFetched, "100ms")

			preparer, _ = serve(t, answer, nil)
			ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
			defer cancel()
			if _, err = preparer.Prepare(ctx, media.Request{Source: "http://images.test/"}); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("got %v", err)
			}
		})
	}
}
