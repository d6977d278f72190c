package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"io"
	"sync"
)

// stdioClient matches the messages of a child to the requests.
type stdioClient struct {
	writing sync.Mutex
	in      io.Writer

	mu      sync.Mutex
	next    int64
	waiting map[int64]waiting
	ended   chan struct{} // closed when the child's output ends or is not JSON
}

// waiting is a request without its response.
type waiting struct {
	answer   chan response
	progress func()
}

func newStdioClient(in io.Writer, out io.Reader) *stdioClient {
	c := &stdioClient{in: in, waiting: map[int64]waiting{}, ended: make(chan struct{})}
	go c.read(out)
	return c
}

func (c *stdioClient) read(out io.Reader) {
	defer close(c.ended)
	for lines := bufio.NewReaderSize(out, 64<<10); ; {
		line, err := lines.ReadBytes('\n')
		if err != nil {
			return
		}
		var r response
		if err := json.Unmarshal(line, &r); err != nil {
			return
		}
		c.dispatch(r)
	}
}

func (c *stdioClient) dispatch(r response) {
	c.mu.Lock()
	watching, answered := c.waiting[r.Params.ProgressToken], c.waiting[r.ID]
	delete(c.waiting, r.ID)
	c.mu.Unlock()
	switch {
	case answered.answer != nil:
		answered.answer <- r
	case watching.progress != nil:
		watching.progress()
	}
}

func (c *stdioClient) request(ctx context.Context, method, params string, progress func()) (json.RawMessage, error) {
	answer := make(chan response, 1)
	c.mu.Lock()
	c.next++
	id := c.next
	c.waiting[id] = waiting{answer, progress}
	c.mu.Unlock()
	if err := c.write(message(id, method, params, progress != nil) + "\n"); err != nil {
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
