package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"time"
)

// httpServer is the binary serving HTTP on its own Unix socket.
type httpServer struct {
	*process
	client *http.Client
	next   atomic.Int64
}

func startHTTP(ctx context.Context, binary, folder string, up *upstream) (*httpServer, error) {
	socket := filepath.Join(folder, "socket")
	s := &httpServer{client: &http.Client{Transport: &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, "unix", socket)
		},
		MaxIdleConnsPerHost: 64,
	}}}
	var err error
	cmd := exec.Command(binary, append(arguments("http", folder, up), "--listen", "unix:"+socket, "--drain-timeout", "10s")...)
	if s.process, err = start(cmd, folder); err != nil {
		return nil, err
	}
	for range 100 {
		if err = s.ready(ctx); err == nil {
			return s, nil
		}
		time.Sleep(50 * time.Millisecond)
	}
	return nil, errors.Join(err, s.stop())
}

func (s *httpServer) ready(ctx context.Context) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://localhost/healthz", nil)
	if err != nil {
		return err
	}
	answer, err := s.client.Do(r)
	if err != nil {
		return err
	}
	return answer.Body.Close()
}

// call posts a call and reads the answer to its end, to check that there is exactly
// one. A caller that cancels disconnects.
func (s *httpServer) call(ctx context.Context, c call) (incoming, error) {
	callCtx, stop := ctx, context.CancelFunc(func() {})
	if c.cancelAfter > 0 {
		callCtx, stop = context.WithTimeout(ctx, c.cancelAfter)
	}
	defer stop()
	id := s.next.Add(1)
	status, body, err := s.post(callCtx, c.message(id))
	switch {
	case err != nil && ctx.Err() == nil && callCtx.Err() != nil:
		return incoming{}, errCancelled
	case err != nil:
		return incoming{}, err
	}
	var answers []incoming
	for _, text := range messages(body) {
		var m incoming
		if err := json.Unmarshal(text, &m); err != nil {
			return incoming{}, fmt.Errorf("status %d with a message that cannot be read: %.200q", status, text)
		}
		switch {
		case m.ID != nil && *m.ID == id:
			answers = append(answers, m)
		case m.ID != nil, m.Params.ProgressToken != c.token:
			return incoming{}, fmt.Errorf("a message of another call: %.200q", text)
		case len(answers) > 0:
			return incoming{}, errors.New("progress comes after the answer")
		}
	}
	if len(answers) != 1 {
		return incoming{}, fmt.Errorf("%d answers with status %d: %.200q", len(answers), status, body)
	}
	return answers[0], nil
}

func (s *httpServer) post(ctx context.Context, message []byte) (status int, body []byte, err error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://localhost/mcp", bytes.NewReader(message))
	if err != nil {
		return 0, nil, err
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Accept", "application/json, text/event-stream")
	r.Header.Set("Mcp-Protocol-Version", protocolVersion)
	answer, err := s.client.Do(r)
	if err != nil {
		return 0, nil, err
	}
	defer answer.Body.Close()
	body, err = io.ReadAll(answer.Body)
	return answer.StatusCode, body, err
}

// messages returns the messages of a body, which is a stream of events or one
// message.
func messages(body []byte) (found [][]byte) {
	for line := range bytes.Lines(body) {
		if data, ok := strings.CutPrefix(string(line), "data:"); ok {
			found = append(found, []byte(data))
		}
	}
	if found == nil {
		found = [][]byte{body}
	}
	return found
}

// stop tells the server to stop, and waits for its end.
func (s *httpServer) stop() error {
	s.client.CloseIdleConnections()
	if err := s.Process.Signal(syscall.SIGTERM); err != nil {
		return err
	}
	return s.wait()
}
