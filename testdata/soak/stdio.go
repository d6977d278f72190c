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

// asker sends a call and gives its answer. errGaveUp says that the caller went
// away first, as the call wants.
type asker func(ctx context.Context, c call) (incoming, error)

var errGaveUp = errors.New("given up")

// stdioServer is the binary as a child, whose messages are read by hand: a
// client library would hide a second answer.
type stdioServer struct {
	*process
	writing sync.Mutex
	in      io.WriteCloser

	mu       sync.Mutex
	next     int64
	waiting  map[int64]chan incoming
	given    map[int64]bool   // up, so that an answer may come or not
	tokens   map[string]int64 // of progress, whose call was not answered or was given up
	problems []string
	read     chan struct{} // closed at the end of the server's output
}

func startStdio(ctx context.Context, binary, folder string, up *upstream) (*stdioServer, error) {
	s := &stdioServer{waiting: map[int64]chan incoming{}, given: map[int64]bool{}, tokens: map[string]int64{}, read: make(chan struct{})}
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
	go s.listen(out)
	hello := call{method: "initialize", params: map[string]any{
		"protocolVersion": protocolVersion, "capabilities": map[string]any{}, "clientInfo": map[string]any{"name": "soak", "version": "1"},
	}}
	if _, err := s.ask(ctx, hello); err != nil {
		return nil, errors.Join(fmt.Errorf("initialize: %w", err), s.end())
	}
	return s, s.write([]byte(`{"jsonrpc":"2.0","method":"notifications/initialized"}`))
}

func (s *stdioServer) listen(out io.Reader) {
	defer close(s.read)
	lines := bufio.NewReaderSize(out, 1<<20)
	for {
		line, err := lines.ReadBytes('\n')
		if len(line) > 1 {
			s.take(line)
		}
		if err != nil {
			return
		}
	}
}

// take gives a message to whom it is for, and notes what is for nobody.
func (s *stdioServer) take(line []byte) {
	var m incoming
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := json.Unmarshal(line, &m); err != nil {
		s.problems = append(s.problems, fmt.Sprintf("stdout holds something else than messages: %.200q", line))
		return
	}
	switch {
	case m.Method == "notifications/progress":
		if _, ok := s.tokens[m.Params.ProgressToken]; !ok {
			s.problems = append(s.problems, "progress comes after the answer, or for nobody: "+m.Params.ProgressToken)
		}
	case m.ID != nil && s.waiting[*m.ID] != nil:
		s.waiting[*m.ID] <- m
		delete(s.waiting, *m.ID)
		s.forget(*m.ID)
	case m.ID != nil && s.given[*m.ID]:
		delete(s.given, *m.ID)
	case m.ID != nil:
		s.problems = append(s.problems, fmt.Sprintf("a second answer, or one to nothing: id %d", *m.ID))
	}
}

// forget ends the progress of a call.
func (s *stdioServer) forget(id int64) {
	maps.DeleteFunc(s.tokens, func(_ string, of int64) bool { return of == id })
}

func (s *stdioServer) ask(ctx context.Context, c call) (incoming, error) {
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
	waiting, stop := ctx, context.CancelFunc(func() {})
	if c.giveUp > 0 {
		waiting, stop = context.WithTimeout(ctx, c.giveUp)
	}
	defer stop()
	select {
	case m := <-answer:
		return m, nil
	case <-s.read:
		return incoming{}, errors.New("the server closed its output")
	case <-waiting.Done():
	}
	if ctx.Err() != nil {
		return incoming{}, ctx.Err()
	}
	return s.cancel(id, answer)
}

// cancel tells the server that nobody waits any more. It may have answered
// meanwhile, and may still answer.
func (s *stdioServer) cancel(id int64, answer <-chan incoming) (incoming, error) {
	s.mu.Lock()
	if _, ok := s.waiting[id]; ok {
		delete(s.waiting, id)
		s.given[id] = true
	}
	s.mu.Unlock()
	select {
	case m := <-answer:
		return m, nil
	default:
	}
	return incoming{}, errors.Join(errGaveUp, s.write([]byte(fmt.Sprintf(`{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":%d}}`, id))))
}

func (s *stdioServer) write(message []byte) error {
	s.writing.Lock()
	defer s.writing.Unlock()
	_, err := s.in.Write(append(message, '\n'))
	return err
}

// end closes the server's input, which is how a client leaves, and waits for
// its end.
func (s *stdioServer) end() error {
	s.writing.Lock()
	err := s.in.Close()
	s.writing.Unlock()
	late := time.AfterFunc(15*time.Second, func() { _ = s.Process.Kill() })
	defer late.Stop()
	<-s.read // the rest of its output, before Wait closes the pipe
	return errors.Join(err, s.wait())
}

// strays gives what came that nobody asked for.
func (s *stdioServer) strays() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.problems
}
