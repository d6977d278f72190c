package server_test

import (
	"bytes"
	"context"
	"encoding/json"
	"sync"
	"time"

	"github.com/mark3labs/mcp-go/client/transport"
	"github.com/mark3labs/mcp-go/mcp"
)

// notebook records the progress notifications, by token.
type notebook struct {
	mu    sync.Mutex
	notes map[string][]note
	noted chan struct{} // for each notification
}

// note is a progress notification and when it arrived.
type note struct {
	progress float64
	message  string
	at       time.Time
}

func (n *notebook) note(notification mcp.JSONRPCNotification) {
	if notification.Method != string(mcp.MethodNotificationProgress) {
		return
	}
	fields := notification.Params.AdditionalFields
	token, _ := fields["progressToken"].(string)
	progress, ok := fields["progress"].(float64)
	if whole, isInt := fields["progress"].(int); !ok && isInt {
		progress = float64(whole)
	}
	message, _ := fields["message"].(string)
	n.mu.Lock()
	defer n.mu.Unlock()
	n.notes[token] = append(n.notes[token], note{progress, message, time.Now()})
	n.noted <- struct{}{}
}

// of returns the notifications for a token.
func (n *notebook) of(token string) []note {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.notes[token]
}

// count returns how many notifications arrived.
func (n *notebook) count() (count int) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, notes := range n.notes {
		count += len(notes)
	}
	return count
}

// wiretap records the latest raw result of each method.
type wiretap struct {
	transport.Interface
	mu      sync.Mutex
	results map[string]json.RawMessage
}

func (w *wiretap) SendRequest(ctx context.Context, request transport.JSONRPCRequest) (*transport.JSONRPCResponse, error) {
	response, err := w.Interface.SendRequest(ctx, request)
	if err == nil {
		w.mu.Lock()
		w.results[request.Method] = bytes.Clone(response.Result)
		w.mu.Unlock()
	}
	return response, err
}
