package provider

import (
	"context"
	"errors"
	"io"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/openai/openai-go/v3/option"
)

// errIdle is why a body was given up that had begun and then brought nothing.
var errIdle = errors.New("nothing more came")

// endIdle gives a body up that stalls: its connection may be dead without either
// side having said so, and the call's deadline is minutes away.
//
// The time before an answer's first byte does not count, since a reasoning model
// thinks then; an error needs no thought, so its body has to follow its headers.
// Every byte is life, also that of a keep-alive comment: it says that the
// service still works on the answer.
func (p *Provider) endIdle(req *http.Request, next option.MiddlewareNext) (*http.Response, error) {
	if p.idleTimeout == 0 {
		return next(req)
	}
	ctx, cancel := context.WithCancel(req.Context())
	resp, err := next(req.WithContext(ctx))
	if err != nil {
		cancel()
		return resp, err
	}
	resp.Body = &idleBody{
		ReadCloser: resp.Body, timeout: p.idleTimeout, hangUp: cancel, begun: resp.StatusCode >= http.StatusBadRequest,
	}
	return resp, nil
}

// idleBody hangs up when a read takes too long. Between the reads it is the
// reader that takes its time, which does not count.
type idleBody struct {
	io.ReadCloser
	timeout time.Duration
	hangUp  context.CancelFunc
	begun   bool
	timer   *time.Timer
	idle    atomic.Bool
}

func (b *idleBody) Read(p []byte) (int, error) {
	if b.begun {
		b.wind()
		defer b.timer.Stop()
	}
	n, err := b.ReadCloser.Read(p)
	b.begun = b.begun || n > 0
	if err != nil && b.idle.Load() {
		err = errIdle
	}
	return n, err
}

// wind starts the timer.
func (b *idleBody) wind() {
	if b.timer != nil {
		b.timer.Reset(b.timeout)
		return
	}
	b.timer = time.AfterFunc(b.timeout, func() {
		b.idle.Store(true)
		b.hangUp()
	})
}

func (b *idleBody) Close() error {
	defer b.hangUp()
	return b.ReadCloser.Close()
}
