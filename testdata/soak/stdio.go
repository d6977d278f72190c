package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os/exec"
	"sync"
	"time"
)

// caller sends a call and returns its answer, or errCancelled if the call was
// cancelled first, as it asks for.
type caller func(ctx context.Context, c call) (incoming, error)

var errCancelled = errors.New("cancelled")

// stdioServer is the binary as a child, whose messages are read by hand: a
// client library would hide a second answer.
type stdioServer struct {
	*process
	writing sync.Mutex
	in      io.WriteCloser

	mu        sync.Mutex
	next      int64
	waiting   map[int64]chan incoming
	cancelled map[int64]bool   // calls that may be answered or not
	tokens    map[string]int64 // progress tokens of calls that are not answered
	problems  []string
	closed    chan struct{} // closed at the end of the server's output
}

func startStdio(ctx context.Context, binary, folder string, up *upstream) (*stdioServer, error) {
	s := &stdioServer{
		waiting: map[int64]chan incoming{}, cancelled: map[int64]bool{}, tokens: map[string]int64{}, closed: make(chan struct{}),
	}
	cmd := exec.Command(binary, arguments("stdio", folder, up)...)
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if s.in, err = cmd.StdinPipe(); err != nil {
		return nil, err
	}
	if s.process, err = start(cmd, folder); err != nil {
		return nil, err
	}
	go s.readAll(out)
	initialize := call{method: "initialize", params: map[string]any{
		"protocolVersion": protocolVersion, "capabilities": map[string]any{}, "clientInfo": map[string]any{"name": "soak", "version": "1"},
	}}
	if _, err := s.call(ctx, initialize); err != nil {
		return nil, errors.Join(fmt.Errorf("initialize: %w", err), s.stop())
	}
	return s, s.write([]byte(`{"jsonrpc":"2.0","method":"notifications/initialized"}`))
}

func (s *stdioServer) readAll(out io.Reader) {
	defer close(s.closed)
	lines := bufio.NewReaderSize(out, 1<<20)
	for {
		line, err := lines.ReadBytes('\n')
		if len(line) > 1 {
			s.dispatch(line)
		}
		if err != nil {
			return
		}
	}
}

// dispatch passes an answer to its caller, and records messages without one.
func (s *stdioServer) dispatch(line []byte) {
	var m incoming
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := json.Unmarshal(line, &m); err != nil {
		s.problems = append(s.problems, fmt.Sprintf("stdout holds something other than messages: %.200q", line))
		return
	}
	switch {
	case m.Method == "notifications/progress":
		if _, ok := s.tokens[m.Params.ProgressToken]; !ok {
			s.problems = append(s.problems, "progress comes after the answer, or for no call: "+m.Params.ProgressToken)
		}
	case m.ID != nil && s.waiting[*m.ID] != nil:
		s.waiting[*m.ID] <- m
		delete(s.waiting, *m.ID)
		s.endProgress(*m.ID)
	case m.ID != nil && s.cancelled[*m.ID]:
		delete(s.cancelled, *m.ID)
	case m.ID != nil:
		s.problems = append(s.problems, fmt.Sprintf("a second answer, or one to nothing: id %d", *m.ID))
	}
}

// endProgress forgets the progress token of a call.
func (s *stdioServer) endProgress(id int64) {
	maps.DeleteFunc(s.tokens, func(_ string, of int64) bool { return of == id })
}

func (s *stdioServer) call(ctx context.Context, c call) (incoming, error) {
	answer := make(chan incoming, 1)
	s.mu.Lock()
	s.next++
	id := s.next
	s.waiting[id] = answer
	if c.token != "" {
		s.tokens[c.token] = id
	}
	s.mu.Unlock()
	if err := s.write(c.message(id)); err != nil {
		return incoming{}, err
	}
	callCtx, stop := ctx, context.CancelFunc(func() {})
	if c.cancelAfter > 0 {
		callCtx, stop = context.WithTimeout(ctx, c.cancelAfter)
	}
	defer stop()
	select {
	case m := <-answer:
		return m, nil
	case <-s.closed:
		return incoming{}, errors.New("the server closed its output")
	case <-callCtx.Done():
	}
	if ctx.Err() != nil {
		return incoming{}, ctx.Err()
	}
	return s.cancel(id, answer)
}

// cancel cancels a call. The server may have answered already, and may still
// answer.
func (s *stdioServer) cancel(id int64, answer <-chan incoming) (incoming, error) {
	s.mu.Lock()
	if _, ok := s.waiting[id]; ok {
		delete(s.waiting, id)
		s.cancelled[id] = true
	}
	s.mu.Unlock()
	select {
	case m := <-answer:
		return m, nil
	default:
	}
	notification := fmt.Sprintf(`{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":%d}}`, id)
	return incoming{}, errors.Join(errCancelled, s.write([]byte(notification)))
}

func (s *stdioServer) write(message []byte) error {
	s.writing.Lock()
	defer s.writing.Unlock()
	_, err := s.in.Write(append(message, '\n'))
	return err
}

// stop closes the server's input, as a client does that leaves, and waits for its
// end.
func (s *stdioServer) stop() error {
	s.writing.Lock()
	err := s.in.Close()
	s.writing.Unlock()
	late := time.AfterFunc(15*time.Second, func() { _ = s.Process.Kill() })
	defer late.Stop()
	<-s.closed // the rest of its output, before Wait closes the pipe
	return errors.Join(err, s.wait())
}

// violations returns what was wrong with the messages read.
func (s *stdioServer) violations() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.problems
}
