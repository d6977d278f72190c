package provider

import (
	"compress/flate"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
)

// maxAnswer bounds what is read of one answer, unpacked: a hundred thousand
// tokens, each in an event of its own, are about 25 MB; 25 vectors of 4096
// numbers as text are about 2.
const maxAnswer = 30_000_000

// What cuts an answer that had begun.
var (
	errBrokeOff = errors.New("the answer broke off")
	errTooLarge = fmt.Errorf("the answer is larger than %d MB", maxAnswer/1_000_000)
)

// carefully is a transport for a service that may send anything: answers are
// bounded, and errors are in words for people. Go's own errors stay underneath.
type carefully struct{ http.RoundTripper }

// RoundTrip implements [http.RoundTripper].
func (c carefully) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := c.RoundTripper.RoundTrip(req)
	if err != nil {
		return nil, inWords(err)
	}
	resp.Body = &boundedBody{ReadCloser: resp.Body, left: maxAnswer}
	return resp, nil
}

// inWords rewords what net/http says of a connection that it cannot make sense
// of.
func inWords(err error) error {
	const broken = "net/http: HTTP/1.x transport connection broken: "
	text := strings.TrimPrefix(strings.TrimPrefix(err.Error(), broken), "net/http: ")
	switch {
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		text = "it was closed before the answer"
	case text == err.Error():
		return err
	}
	return &worded{text, err}
}

// worded is an error in other words.
type worded struct {
	text  string
	cause error
}

func (w *worded) Error() string { return w.text }
func (w *worded) Unwrap() error { return w.cause }

// boundedBody fails with [errBrokeOff] or [errTooLarge].
type boundedBody struct {
	io.ReadCloser
	left int
}

func (b *boundedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if b.left -= n; b.left < 0 {
		return 0, errTooLarge
	}
	var corrupt flate.CorruptInputError
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF):
		err = &worded{errBrokeOff.Error(), errBrokeOff}
	case errors.Is(err, gzip.ErrHeader), errors.Is(err, gzip.ErrChecksum), errors.As(err, &corrupt):
		err = &worded{errBrokeOff.Error() + ": it is not compressed as it says", errBrokeOff}
	}
	return n, err
}

// redirected is a redirect that is not followed.
type redirected struct{ from, to string }

func (r *redirected) Error() string {
	return fmt.Sprintf("a redirect from %s to %s was not followed", r.from, r.to)
}

// withinHost copies a client so that it follows no redirect to another host:
// nothing but the configured URLs is contacted. A redirect that would turn a
// request to a model into one for a page is not followed either.
func withinHost(client *http.Client) *http.Client {
	bound := *client
	if bound.Transport == nil {
		bound.Transport = http.DefaultTransport
	}
	bound.Transport = carefully{bound.Transport}
	bound.CheckRedirect = func(req *http.Request, via []*http.Request) error {
		first := via[0]
		if req.URL.Host != first.URL.Host || req.URL.Scheme != first.URL.Scheme || req.Method != first.Method || len(via) > 3 {
			return &redirected{first.URL.Host, req.URL.Host}
		}
		return nil
	}
	return &bound
}
