package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
)

const protocolVersion = "2025-11-25"

// client speaks JSON-RPC to a server; both implementations are safe for
// concurrent use.
type client interface {
	request(ctx context.Context, method, params string) (json.RawMessage, error)
}

// initialize is what a client asks first.
func initialize(ctx context.Context, c client) error {
	params := `{"protocolVersion":"` + protocolVersion + `","capabilities":{},"clientInfo":{"name":"bench","version":"1"}}`
	_, err := c.request(ctx, "initialize", params)
	return err
}

// chat calls the tool and checks its answer.
func chat(ctx context.Context, c client, want string) error {
	answer, err := c.request(ctx, "tools/call", `{"name":"chat","arguments":{"prompt":"`+prompt+`","model":"`+model+`"}}`)
	if err != nil {
		return err
	}
	var result struct {
		Content []struct{ Text string }
	}
	if err := json.Unmarshal(answer, &result); err != nil {
		return fmt.Errorf("decoding a result: %w", err)
	}
	if len(result.Content) == 0 || result.Content[0].Text != want {
		return fmt.Errorf("not the upstream's answer: %.300s", answer)
	}
	return nil
}

func message(id int64, method, params string) string {
	return fmt.Sprintf(`{"jsonrpc":"2.0","id":%d,"method":%q,"params":%s}`, id, method, params)
}

// response is a message of a server; one without an id is a notification.
type response struct {
	ID     int64           `json:"id"`
	Result json.RawMessage `json:"result"`
	Error  json.RawMessage `json:"error"`
}

func (r response) unwrap() (json.RawMessage, error) {
	if r.Error != nil {
		return nil, fmt.Errorf("a protocol error: %s", r.Error)
	}
	return r.Result, nil
}

// stdioClient matches the responses of a child to the requests.
type stdioClient struct {
	writing sync.Mutex
	in      io.Writer

	mu      sync.Mutex
	next    int64
	waiting map[int64]chan response
	ended   chan struct{} // closed when the child's output ends or is not JSON
}

func newStdioClient(in io.Writer, out io.Reader) *stdioClient {
	c := &stdioClient{in: in, waiting: map[int64]chan response{}, ended: make(chan struct{})}
	go c.read(out)
	return c
}

func (c *stdioClient) read(out io.Reader) {
	defer close(c.ended)
	for lines := bufio.NewReader(out); ; {
		line, err := lines.ReadBytes('\n')
		if err != nil {
			return
		}
		var r response
		if err := json.Unmarshal(line, &r); err != nil {
			return
		}
		c.mu.Lock()
		waiting := c.waiting[r.ID]
		delete(c.waiting, r.ID)
		c.mu.Unlock()
		if waiting != nil {
			waiting <- r
		}
	}
}

func (c *stdioClient) request(ctx context.Context, method, params string) (json.RawMessage, error) {
	answer := make(chan response, 1)
	c.mu.Lock()
	c.next++
	id := c.next
	c.waiting[id] = answer
	c.mu.Unlock()
	if err := c.write(message(id, method, params) + "\n"); err != nil {
		return nil, err
	}
	select {
	case r := <-answer:
		return r.unwrap()
	case <-c.ended:
		return nil, errors.New("the server's output ended or is not JSON")
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (c *stdioClient) write(line string) error {
	c.writing.Lock()
	defer c.writing.Unlock()
	_, err := io.WriteString(c.in, line)
	return err
}

// httpClient posts each request by itself: both servers are stateless.
type httpClient struct {
	url    string
	tokens []string // of the callers, in turn; none sends none
	client http.Client
	next   atomic.Int64
}

func newHTTPClient(address string, tokens []string) *httpClient {
	client := http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64}}
	return &httpClient{url: "http://" + address + "/mcp", tokens: tokens, client: client}
}

func (c *httpClient) request(ctx context.Context, method, params string) (json.RawMessage, error) {
	id := c.next.Add(1)
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, c.url, strings.NewReader(message(id, method, params)))
	if err != nil {
		return nil, err
	}
	if len(c.tokens) > 0 {
		r.Header.Set("Authorization", "Bearer "+c.tokens[id%int64(len(c.tokens))])
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Accept", "application/json, text/event-stream")
	r.Header.Set("Mcp-Protocol-Version", protocolVersion)
	answer, err := c.client.Do(r)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		return nil, err
	}
	if answer.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("status %d: %.300s", answer.StatusCode, body)
	}
	if strings.HasPrefix(answer.Header.Get("Content-Type"), "text/event-stream") {
		body = body[bytes.LastIndex(body, []byte("data:"))+len("data:"):] // the last event is the response
	}
	var decoded response
	if err := json.Unmarshal(body, &decoded); err != nil {
		return nil, fmt.Errorf("decoding %.300q: %w", body, err)
	}
	return decoded.unwrap()
}
