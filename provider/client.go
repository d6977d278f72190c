package provider

import (
	"compress/flate"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/option"
)

// client sends HTTP requests to the service. Every failure is an [Error] that does not
// hold the key.
type client struct {
	api         openai.Client
	key         string   // "" is the anonymous free tier
	ofCaller    bool     // it is not the server's key
	secrets     []string // that no message may repeat
	keys        []*keyParts
	baseURL     *url.URL
	noCatalog   bool          // the service is another than AI Endpoints, of which nothing is known
	timeout     time.Duration // of a call, for messages
	idleTimeout time.Duration // the longest silence within an answer that has begun; 0 is no limit
}

// connect makes the API client. The literal is deliberate: openai.NewClient reads
// OPENAI_API_KEY and other variables and sends them to any base URL, so an ambient
// key of another service would leak to this one.
func (c *client) connect(httpClient *http.Client, userAgent string, headers http.Header) {
	c.secrets = c.secretsOf(headers)
	c.keys = c.keysOf(c.secrets)
	options := []option.RequestOption{
		option.WithHTTPClient(httpClient),
		option.WithBaseURL(c.baseURL.String()),
		option.WithMaxRetries(0), // retries are this package's, in one place
		option.WithHeader("User-Agent", userAgent),
		option.WithMiddleware(dropTelemetry, c.addGateway(headers), c.reportStatus, c.cancelIdle),
	}
	if c.key != "" {
		options = append(options, option.WithAPIKey(c.key))
	}
	c.api = openai.Client{Options: options}
}

// dropTelemetry removes the headers in which the library describes the machine.
func dropTelemetry(req *http.Request, next option.MiddlewareNext) (*http.Response, error) {
	for name := range req.Header {
		if strings.HasPrefix(name, "X-Stainless-") {
			req.Header.Del(name)
		}
	}
	return next(req)
}

// reportStatus turns an answer that is not a success into an [Error], including a
// redirect without a target. The library would lose the status of a body such
// as {"error":"text"}, and the service's words of any other.
func (c *client) reportStatus(req *http.Request, next option.MiddlewareNext) (*http.Response, error) {
	resp, err := next(req)
	if err != nil || resp.StatusCode/100 == 2 {
		return resp, err
	}
	defer resp.Body.Close()
	body, _ := io.ReadAll(io.LimitReader(resp.Body, maxErrorBody))
	return nil, c.statusError(resp.StatusCode, resp.Header, body)
}

// post sends body as JSON, or the bytes of a reader as they are, and returns the raw
// answer, whose body the caller closes. The error is an [Error].
func (c *client) post(ctx context.Context, path string, body any, accept string, options ...option.RequestOption) (*http.Response, error) {
	var resp *http.Response
	err := c.api.Post(ctx, path, body, &resp, append(options, option.WithHeader("Accept", accept))...)
	if err != nil {
		return nil, c.transportError(ctx, err)
	}
	return resp, nil
}

// served reads /v1/models. The error is an [Error].
func (c *client) served(ctx context.Context) ([]byte, error) {
	var resp *http.Response
	if err := c.api.Get(ctx, "models", nil, &resp); err != nil {
		return nil, c.transportError(ctx, err)
	}
	defer resp.Body.Close()
	payload, err := io.ReadAll(io.LimitReader(resp.Body, maxServedBody))
	if err != nil {
		return nil, c.transportError(ctx, err)
	}
	return payload, nil
}

// servedForCatalog is served for the catalogue, whose problems stand in one line.
func (c *client) servedForCatalog(ctx context.Context) ([]byte, error) {
	payload, err := c.served(ctx)
	if err != nil {
		return nil, fmt.Errorf("list of served models: %s", AsError(err).Message)
	}
	return payload, nil
}

const (
	maxErrorBody  = 64 << 10
	maxServedBody = 16 << 20
)

// maxAnswer bounds what is read of one answer, unpacked: a hundred thousand
// tokens, each in an event of its own, are about 25 MB; 25 vectors of 4096
// numbers as text are about 2.
const maxAnswer = 30_000_000

// What ends an answer early.
var (
	errBrokeOff = errors.New("the answer broke off")
	errTooLarge = errors.New("the answer is too large")
)

// limitTransport bounds answers, since a service may send anything, and rephrases
// errors for people. Go's own errors stay wrapped.
type limitTransport struct{ http.RoundTripper }

// RoundTrip implements [http.RoundTripper].
func (t limitTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := t.RoundTripper.RoundTrip(req)
	if err != nil {
		return nil, rephrase(err)
	}
	most := maxAnswer
	if larger, ok := req.Context().Value(answerLimit{}).(int); ok {
		most = larger
	}
	resp.Body = &boundedBody{ReadCloser: resp.Body, most: most, left: most}
	return resp, nil
}

// answerLimit is the key of a context whose requests may have larger answers.
type answerLimit struct{}

// rephrase replaces net/http's words for a connection that broke by plain ones.
func rephrase(err error) error {
	const broken = "net/http: HTTP/1.x transport connection broken: "
	text := strings.TrimPrefix(strings.TrimPrefix(err.Error(), broken), "net/http: ")
	switch {
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		text = "it was closed before the answer"
	case text == err.Error():
		return err
	}
	return &rephrased{text, err}
}

// rephrased is an error in other words.
type rephrased struct {
	text  string
	cause error
}

func (r *rephrased) Error() string { return r.text }
func (r *rephrased) Unwrap() error { return r.cause }

// boundedBody fails with [errBrokeOff] or [errTooLarge].
type boundedBody struct {
	io.ReadCloser
	most, left int
}

func (b *boundedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if b.left -= n; b.left < 0 {
		return 0, &rephrased{fmt.Sprintf("the answer is larger than %d MB", b.most/1_000_000), errTooLarge}
	}
	var corrupt flate.CorruptInputError
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF):
		err = &rephrased{errBrokeOff.Error(), errBrokeOff}
	case errors.Is(err, gzip.ErrHeader), errors.Is(err, gzip.ErrChecksum), errors.As(err, &corrupt):
		err = &rephrased{errBrokeOff.Error() + ": it is not compressed as it says", errBrokeOff}
	}
	return n, err
}

// redirectError is a redirect that was not followed.
type redirectError struct{ from, to string }

func (r *redirectError) Error() string {
	return fmt.Sprintf("a redirect from %s to %s was not followed", r.from, r.to)
}

// noCrossHostRedirects returns a copy of a client that follows no redirect to another
// host: nothing but the configured URLs is contacted. Nor does it follow one that
// would turn the POST of a request to a model into a GET.
func noCrossHostRedirects(client *http.Client) *http.Client {
	bound := *client
	if bound.Transport == nil {
		bound.Transport = http.DefaultTransport
	}
	bound.Transport = limitTransport{bound.Transport}
	bound.CheckRedirect = func(req *http.Request, via []*http.Request) error {
		first := via[0]
		if req.URL.Host != first.URL.Host || req.URL.Scheme != first.URL.Scheme || req.Method != first.Method || len(via) > 3 {
			return &redirectError{first.URL.Host, req.URL.Host}
		}
		return nil
	}
	return &bound
}

// errIdle is the error of a body that began and then stalled.
var errIdle = errors.New("nothing more came")

// cancelIdle cancels a request whose body stalls: its connection may be dead without
// either side having said so, and the call's deadline is minutes away.
//
// The time before an answer's first byte does not count, since a reasoning model
// thinks then; an error needs no thought, so its body has to follow its headers.
// Every byte counts, also that of a keep-alive comment: the service still works on
// the answer.
func (c *client) cancelIdle(req *http.Request, next option.MiddlewareNext) (*http.Response, error) {
	if c.idleTimeout == 0 {
		return next(req)
	}
	ctx, cancel := context.WithCancel(req.Context())
	resp, err := next(req.WithContext(ctx))
	if err != nil {
		cancel()
		return resp, err
	}
	resp.Body = &idleBody{
		ReadCloser: resp.Body, timeout: c.idleTimeout, cancel: cancel, begun: resp.StatusCode >= http.StatusBadRequest,
	}
	return resp, nil
}

// idleBody cancels its request when a read takes too long. The time between reads is
// the reader's, and does not count.
type idleBody struct {
	io.ReadCloser
	timeout time.Duration
	cancel  context.CancelFunc
	begun   bool
	timer   *time.Timer
	idle    atomic.Bool
}

func (b *idleBody) Read(p []byte) (int, error) {
	if b.begun {
		b.resetTimer()
		defer b.timer.Stop()
	}
	n, err := b.ReadCloser.Read(p)
	b.begun = b.begun || n > 0
	if err != nil && b.idle.Load() {
		err = errIdle
	}
	return n, err
}

func (b *idleBody) resetTimer() {
	if b.timer != nil {
		b.timer.Reset(b.timeout)
		return
	}
	b.timer = time.AfterFunc(b.timeout, func() {
		b.idle.Store(true)
		b.cancel()
	})
}

func (b *idleBody) Close() error {
	defer b.cancel()
	return b.ReadCloser.Close()
}
