package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/catalog"
)

const (
	model  = "Meta-Llama-3_3-70B-Instruct"
	prompt = "Why is the sky blue?"
	chunks = 20
)

// upstream answers every chat with the same stream, at once. It is not the
// emulator, whose own work would be most of what is measured.
type upstream struct {
	baseURL, catalogURL string
	events              []string // of an answer
	text                string   // of the answer
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
		client: http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64}},
	}
	u.writeAnswer()
	listed, served := catalog.SnapshotPayloads()
	mux := http.NewServeMux()
	mux.HandleFunc("POST /v1/chat/completions", u.chat)
	mux.HandleFunc("GET /v1/models", payload(served))
	mux.HandleFunc("GET /rest/v1/models_v2", payload(listed))
	u.server = http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = u.server.Serve(listener) }() // ends with close
	return u, nil
}

func (u *upstream) close() { _ = u.server.Close() }

// writeAnswer makes the events: the chunks of the text, usage, and the end.
func (u *upstream) writeAnswer() {
	const chunk = `data: {"id":"chatcmpl-1","object":"chat.completion.chunk","created":1767225600,"model":"` + model + `",%s}` + "\n\n"
	for i := range chunks {
		word := fmt.Sprintf("word%d ", i)
		u.text += word
		choices := fmt.Sprintf(`"choices":[{"index":0,"delta":{"role":"assistant","content":%q},"finish_reason":null}]`, word)
		u.events = append(u.events, fmt.Sprintf(chunk, choices))
	}
	u.text += "end"
	u.events = append(u.events,
		fmt.Sprintf(chunk, `"choices":[{"index":0,"delta":{"content":"end"},"finish_reason":"stop"}]`),
		fmt.Sprintf(chunk, `"choices":[],"usage":{"prompt_tokens":12,"completion_tokens":21,"total_tokens":33}`),
		"data: [DONE]\n\n")
}

// chat flushes each event, as a model that streams its tokens does.
func (u *upstream) chat(w http.ResponseWriter, r *http.Request) {
	if _, err := io.Copy(io.Discard, r.Body); err != nil {
		return
	}
	w.Header().Set("Content-Type", "text/event-stream")
	controller := http.NewResponseController(w)
	for _, event := range u.events {
		_, _ = io.WriteString(w, event)
		_ = controller.Flush()
	}
}

func payload(text []byte) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(text)
	}
}

// direct is a chat without any server between: the request that both servers
// send, and its stream read to the end, but not decoded.
func (u *upstream) direct(ctx context.Context) error {
	body := `{"model":"` + model + `","messages":[{"role":"user","content":"` + prompt + `"}],` +
		`"stream":true,"stream_options":{"include_usage":true}}`
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, u.baseURL+"/chat/completions", strings.NewReader(body))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Authorization", "Bearer bench")
	answer, err := u.client.Do(r)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	stream, err := io.ReadAll(answer.Body)
	if err != nil {
		return err
	}
	if !strings.HasSuffix(string(stream), "data: [DONE]\n\n") {
		return errors.New("the direct call's stream ends without [DONE]")
	}
	return nil
}
