package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
)

const protocolVersion = "2025-11-25"

// client speaks JSON-RPC to a server; both implementations are safe for
// concurrent use.
type client interface {
	// request returns the result of a method. Progress is called with each
	// notification of the request's progress; nil asks for none.
	request(ctx context.Context, method, params string, progress func()) (json.RawMessage, error)
}

// initialize is what a client asks first.
func initialize(ctx context.Context, c client) error {
	params := `{"protocolVersion":"` + protocolVersion + `","capabilities":{},"clientInfo":{"name":"bench","version":"1"}}`
	_, err := c.request(ctx, "initialize", params, nil)
	return err
}

// callTool calls a tool with arguments as JSON, and returns the first text of its result.
func callTool(ctx context.Context, c client, tool, arguments string, progress func()) (string, error) {
	answer, err := c.request(ctx, "tools/call", `{"name":"`+tool+`","arguments":`+arguments+`}`, progress)
	if err != nil {
		return "", err
	}
	var result struct {
		IsError bool
		Content []struct{ Text string }
	}
	if err := json.Unmarshal(answer, &result); err != nil {
		return "", fmt.Errorf("decoding a result: %w", err)
	}
	if result.IsError || len(result.Content) == 0 {
		return "", fmt.Errorf("%s failed: %.300s", tool, answer)
	}
	return result.Content[0].Text, nil
}

// chat calls the tool with a prompt, which is JSON, and checks its answer.
func chat(ctx context.Context, c client, prompt, want string, progress func()) error {
	text, err := callTool(ctx, c, "chat", `{"prompt":`+prompt+`,"model":"`+model+`"}`, progress)
	if err == nil && text != want {
		err = fmt.Errorf("not the upstream's answer: %.300q", text)
	}
	return err
}

// message returns a request. With progress, its id is the progress token, too.
func message(id int64, method, params string, progress bool) string {
	if progress {
		params = fmt.Sprintf(`{"_meta":{"progressToken":%d},%s`, id, strings.TrimPrefix(params, "{"))
	}
	return fmt.Sprintf(`{"jsonrpc":"2.0","id":%d,"method":%q,"params":%s}`, id, method, params)
}

// response is a message of a server; one without an id is a notification.
type response struct {
	ID     int64                         `json:"id"`
	Params struct{ ProgressToken int64 } `json:"params"` // 0 is not a progress notification
	Result json.RawMessage               `json:"result"`
	Error  json.RawMessage               `json:"error"`
}

func (r response) unwrap() (json.RawMessage, error) {
	if r.Error != nil {
		return nil, fmt.Errorf("a protocol error: %s", r.Error)
	}
	return r.Result, nil
}
