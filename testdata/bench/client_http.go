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
	"sync/atomic"
)

// maxIdleConns is how many connections are kept on either side of a server: with
// fewer than callers the comparison would be one of connection pools.
const maxIdleConns = 1024

// httpClient posts each request by itself: both servers are stateless.
type httpClient struct {
	url    string
	tokens []string // of the callers, in turn; none sends none
	client http.Client
	next   atomic.Int64
}

func newHTTPClient(address string, tokens []string) *httpClient {
	client := http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: maxIdleConns}}
	return &httpClient{url: "http://" + address + "/mcp", tokens: tokens, client: client}
}

func (c *httpClient) request(ctx context.Context, method, params string, progress func()) (json.RawMessage, error) {
	id := c.next.Add(1)
	body := strings.NewReader(message(id, method, params, progress != nil))
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, c.url, body)
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
	if answer.StatusCode != http.StatusOK {
		text, _ := io.ReadAll(io.LimitReader(answer.Body, 300))
		return nil, fmt.Errorf("status %d: %s", answer.StatusCode, text)
	}
	if strings.HasPrefix(answer.Header.Get("Content-Type"), "text/event-stream") {
		return readEvents(answer.Body, progress)
	}
	var decoded response
	if err := json.NewDecoder(answer.Body).Decode(&decoded); err != nil {
		return nil, fmt.Errorf("decoding a response: %w", err)
	}
	_, _ = io.Copy(io.Discard, answer.Body) // so that the connection is used again
	return decoded.unwrap()
}

// readEvents reads messages until the response, and what follows it.
func readEvents(body io.Reader, progress func()) (json.RawMessage, error) {
	for lines := bufio.NewReader(body); ; {
		line, err := lines.ReadBytes('\n')
		if err != nil {
			return nil, errors.Join(err, errors.New("the events end without a response"))
		}
		data, ok := bytes.CutPrefix(line, []byte("data:"))
		if !ok {
			continue
		}
		var r response
		if err := json.Unmarshal(data, &r); err != nil {
			return nil, fmt.Errorf("decoding %.300q: %w", data, err)
		}
		if r.ID != 0 {
			_, _ = io.Copy(io.Discard, lines)
			return r.unwrap()
		}
		if progress != nil && r.Params.ProgressToken != 0 {
			progress()
		}
	}
}
