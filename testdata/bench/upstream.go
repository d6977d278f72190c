package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/catalog"
)

const (
	model  = "Meta-Llama-3_3-70B-Instruct"
	prompt = `"Why is the sky blue?"` // JSON
)

// upstream answers at once, with bytes that were made before. It is not the emulator,
// whose own work would be most of what is measured.
type upstream struct {
	baseURL, catalogURL string
	usual               stream                           // what a chat is answered
	chat                atomic.Pointer[http.HandlerFunc] // answers a chat
	embeddings          *embeddings
	server              http.Server
	client              http.Client // of the direct calls
}

func startUpstream() (*upstream, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	address := "http://" + listener.Addr().String()
	u := &upstream{
		baseURL: address + "/v1", catalogURL: address + "/rest/v1/models_v2",
		usual: textStream(words(chunks)), embeddings: newEmbeddings(),
		client: http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: maxIdleConns}},
	}
	u.answerBy(u.usual.answer)
	listed, served := catalog.SnapshotPayloads()
	mux := http.NewServeMux()
	mux.HandleFunc("POST /v1/chat/completions", func(w http.ResponseWriter, r *http.Request) { (*u.chat.Load())(w, r) })
	mux.HandleFunc("POST /v1/embeddings", u.embeddings.answer)
	mux.HandleFunc("GET /v1/models", payload(served))
	mux.HandleFunc("GET /rest/v1/models_v2", payload(listed))
	u.server = http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = u.server.Serve(listener) }() // ends with close
	return u, nil
}

func (u *upstream) close() { _ = u.server.Close() }

// answerBy lets a handler answer chats, until restore is called.
func (u *upstream) answerBy(handler http.HandlerFunc) (restore func()) {
	before := u.chat.Swap(&handler)
	return func() { u.chat.Store(before) }
}

func payload(text []byte) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(text)
	}
}

// direct is a chat without any server between: the request that both servers send,
// and its stream read to the end, but not decoded. First is called with the first
// bytes of it; nil disables it.
func (u *upstream) direct(ctx context.Context, content, more string, first func()) error {
	return u.directTo(ctx, service{u.baseURL, "bench"}, content, more, first)
}

// service is an OpenAI-compatible API.
type service struct{ baseURL, key string }

// directTo is direct with another service than the upstream.
func (u *upstream) directTo(ctx context.Context, to service, content, more string, first func()) error {
	body := `{"model":"` + model + `","messages":[{"role":"user","content":` + content + `}],` +
		`"stream":true,"stream_options":{"include_usage":true}` + more + `}`
	answer, err := u.post(ctx, to, "/chat/completions", body)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	var start [16]byte
	if _, err := io.ReadFull(answer.Body, start[:]); err != nil {
		return err
	}
	if first != nil {
		first()
	}
	stream, err := io.ReadAll(answer.Body)
	if err != nil {
		return err
	}
	if answer.StatusCode != http.StatusOK || !strings.HasSuffix(string(stream), "data: [DONE]\n\n") {
		return fmt.Errorf("status %d, and the stream ends without [DONE]: %.300q", answer.StatusCode, stream)
	}
	return nil
}

// directChat is the direct call of the usual chat.
func (u *upstream) directChat(ctx context.Context) error { return u.direct(ctx, prompt, "", nil) }

func (u *upstream) post(ctx context.Context, to service, path, body string) (*http.Response, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, to.baseURL+path, strings.NewReader(body))
	if err != nil {
		return nil, err
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Authorization", "Bearer "+to.key)
	return u.client.Do(r)
}
