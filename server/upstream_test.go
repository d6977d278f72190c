package server_test

import (
	"context"
	"io"
	"net/http"
	"sync"
)

// memory connects to a handler without a network: every request runs in its own
// goroutine, and the answer is streamed. Closing the answer's body, and the end of the
// request's context, are disconnects.
type memory struct{ handler http.Handler }

func (m memory) RoundTrip(request *http.Request) (*http.Response, error) {
	ctx, cancel := context.WithCancel(request.Context())
	reader, writer := io.Pipe()
	w := &memoryResponse{header: http.Header{}, body: writer, headed: make(chan struct{})}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		defer func() {
			if recover() != nil { // the handler tore the connection down
				w.broken = true
				writer.CloseWithError(io.ErrUnexpectedEOF)
			}
			w.WriteHeader(http.StatusOK)
			writer.Close()
		}()
		m.handler.ServeHTTP(w, request.WithContext(ctx))
	}()
	stop := context.AfterFunc(ctx, func() { writer.CloseWithError(ctx.Err()) })
	select {
	case <-w.headed:
	case <-ctx.Done():
		cancel()
		return nil, request.Context().Err()
	}
	if w.broken {
		cancel()
		return nil, io.ErrUnexpectedEOF
	}
	return &http.Response{
		StatusCode: w.status, Status: http.StatusText(w.status), Header: w.header, Request: request,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, ContentLength: -1,
		Body: &memoryBody{PipeReader: reader, close: func() { stop(); cancel(); reader.Close(); <-ended }},
	}, nil
}

type memoryResponse struct {
	header http.Header
	body   *io.PipeWriter
	once   sync.Once
	status int
	headed chan struct{}
	broken bool // torn down before any header
}

func (w *memoryResponse) Header() http.Header { return w.header }

func (w *memoryResponse) WriteHeader(status int) {
	w.once.Do(func() {
		w.status = status
		close(w.headed)
	})
}

func (w *memoryResponse) Write(p []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	return w.body.Write(p)
}

func (w *memoryResponse) Flush() {}

type memoryBody struct {
	*io.PipeReader
	close func()
}

func (b *memoryBody) Close() error {
	b.close()
	return nil
}
