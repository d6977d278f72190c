package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"regexp"
	"strconv"
	"sync"
	"time"
)

// stdioAttacks are of a client that runs the server itself, such as an agent that reads
// what a stranger wrote.
func stdioAttacks() []attack {
	return []attack{
		{name: "stdio: bodies of 15 MB", short: true, runStdio: func(_ context.Context, s *stdioServer) {
			s.requestShapes(bodySize, true)
		}},
		{name: "stdio: bodies of 15 MB of all shapes", runStdio: func(_ context.Context, s *stdioServer) {
			s.requestShapes(bodySize, true)
			s.requestShapes(bodySize, false)
		}},
		{name: "stdio: bodies of 60 MB", runStdio: func(_ context.Context, s *stdioServer) {
			s.requestShapes(4*bodySize, true)
		}},
		{name: "stdio: a line that is too long", short: true, runStdio: func(_ context.Context, s *stdioServer) {
			s.request(prompt(10 * bodySize))
		}},
		{name: "stdio: pings", short: true, runStdio: func(ctx context.Context, s *stdioServer) {
			for i := 0; i < 20_000 && ctx.Err() == nil; i++ {
				s.request(ping())
			}
		}},
		{name: "stdio: calls that are cancelled", short: true, runStdio: func(ctx context.Context, s *stdioServer) {
			body := chat("upstream:silence.")
			for i := 0; i < 10_000 && ctx.Err() == nil; i++ {
				s.cancelled(body)
			}
			s.request(ping())
		}},
		{name: "stdio: 300 calls with 1 MB", short: true, runStdio: func(ctx context.Context, s *stdioServer) {
			body := prompt(1_000_000)
			for i := 0; i < 300 && ctx.Err() == nil; i++ {
				s.request(body)
			}
		}},
	}
}

// stdioServer is a server whose messages are counted. Ids are numbers that go up.
type stdioServer struct {
	*process
	in io.WriteCloser

	mu       sync.Mutex
	sent     int          // requests, also those that were cancelled
	open     map[int]bool // requests that must be answered
	nameless int          // answers without the id of a request
	problems []string
	written  error
	read     chan struct{} // closed at the end of its output
}

func (j *judge) startStdio(a attack) (*stdioServer, error) {
	cmd := exec.Command(j.binary, append([]string{"stdio"}, j.flags(a)...)...)
	s := &stdioServer{open: map[int]bool{}, read: make(chan struct{})}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if s.in, err = cmd.StdinPipe(); err != nil {
		return nil, err
	}
	if s.process, err = j.start(cmd); err != nil {
		return nil, err
	}
	go func() {
		s.readAll(out)
		close(s.read)
		s.waitFor() // it closes the pipe, so only now
	}()
	return s, nil
}

// request sends a message that must be answered, with an id of its own where it has one
// that can be replaced.
func (s *stdioServer) request(message []byte) {
	s.mu.Lock()
	s.sent++
	id := s.sent
	s.open[id] = true
	s.mu.Unlock()
	s.write(withID(message, id))
}

// requestShapes sends a body of each shape that the short form tries, or of each other.
func (s *stdioServer) requestShapes(size int, short bool) {
	for _, shape := range shapes() {
		if shape.short == short {
			s.request(shape.body(size))
		}
	}
}

// cancelled sends a message and cancels it. It may be answered or not.
func (s *stdioServer) cancelled(message []byte) {
	s.mu.Lock()
	s.sent++
	id := s.sent
	s.mu.Unlock()
	s.write(withID(message, id))
	s.write(fmt.Appendf(nil, `{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":%d}}`, id))
}

func withID(message []byte, id int) []byte {
	return bytes.Replace(message, []byte(`"id":1,`), fmt.Appendf(nil, `"id":%d,`, id), 1)
}

func (s *stdioServer) write(message []byte) {
	_, err := s.in.Write(append(message, '\n'))
	if err != nil && s.written == nil {
		s.written = err
	}
}

// readAll reads the answers, of which only the begin matters.
func (s *stdioServer) readAll(out io.Reader) {
	id := regexp.MustCompile(`^\{"jsonrpc":"2\.0","id":(\d{1,9}),`)
	lines := bufio.NewReaderSize(out, 64<<10)
	for {
		line, isPrefix, err := lines.ReadLine()
		if err != nil {
			return
		}
		begin := string(line[:min(len(line), 300)])
		for isPrefix && err == nil {
			_, isPrefix, err = lines.ReadLine()
		}
		s.mu.Lock()
		if found := id.FindStringSubmatch(begin); found != nil {
			number, _ := strconv.Atoi(found[1])
			if number > s.sent {
				s.problems = append(s.problems, "an answer to nothing: "+begin)
			}
			delete(s.open, number)
		} else {
			s.nameless++
		}
		s.mu.Unlock()
	}
}

// unanswered returns how many requests are not answered yet. An answer without a
// request's id is for one whose id could not be read.
func (s *stdioServer) unanswered() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.open) - s.nameless
}

// overStdio sends the messages, waits for the answers, and leaves in the middle of
// other calls.
func (j *judge) overStdio(ctx context.Context, a attack, r *result) error {
	s, err := j.startStdio(a)
	if err != nil {
		return err
	}
	ctx, stop := context.WithTimeout(ctx, maxAttack)
	defer stop()
	load := readLoad(s.usage().ticks)
	a.runStdio(ctx, s)
	for end := time.Now().Add(maxWait); s.unanswered() > 0 && time.Now().Before(end) && !s.hasEnded(); {
		time.Sleep(20 * time.Millisecond)
	}
	r.Tries, r.Count = s.sent, s.unanswered()
	r.peak, r.slower = s.usage().peak, load.slower(readLoad(s.usage().ticks))
	j.judgePeak(r, a.most, s.process)
	for range 20 {
		s.request(chat("upstream:silence."))
	}
	start := time.Now()
	err = errors.Join(s.written, s.in.Close())
	select {
	case <-s.ended:
	case <-time.After(drain + 20*time.Second):
		_ = s.cmd.Process.Kill()
		<-s.ended
	}
	if took := time.Since(start); took > drain+r.allowed(time.Second) {
		r.broke("it ended %s after its input; the drain timeout is %s", took.Round(time.Millisecond), drain)
	}
	if n := s.unanswered(); n > r.Count {
		r.broke("%d calls in flight at the end of the input have no answer", n-r.Count)
	}
	if problem := logged(s.logEnd()); problem != "" {
		r.broke("%s", problem)
	}
	if len(s.problems) > 0 {
		r.broke("%d times, %s", len(s.problems), s.problems[0])
	}
	return errors.Join(err, s.err, s.log.Close())
}
