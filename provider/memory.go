package provider

import (
	"context"
	"fmt"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/limit"
)

// maxDecoding is how many images are decoded at once.
const maxDecoding = 2

// hold waits until the call may hold so many bytes more for its work. It must not hold
// such bytes meanwhile.
func (p *Provider) hold(ctx context.Context, bytes int64) (release func(), err error) {
	caller := limit.CallerOf(ctx)
	if p.memory.Work.Queue(ctx, caller, bytes) {
		return func() { p.memory.Work.Release(caller, bytes) }, nil
	}
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("waiting for memory: %w", err)
	}
	return nil, Overloaded()
}

// holdImage waits until an image may be decoded that takes so many bytes.
func (p *Provider) holdImage(ctx context.Context, bytes int64) (release func(), err error) {
	releaseBytes, err := p.hold(ctx, bytes)
	if err != nil {
		return nil, err
	}
	caller := limit.CallerOf(ctx)
	if err := p.decoders.Acquire(ctx, caller, 1); err != nil {
		releaseBytes()
		return nil, fmt.Errorf("waiting to read the image: %w", err)
	}
	return func() {
		p.decoders.Release(caller, 1)
		releaseBytes()
	}, nil
}

// holdVectors holds what the answer of an embedding takes, until the call was answered
// if it came over a transport.
func (p *Provider) holdVectors(ctx context.Context, vectors, dimensions int) (release func(), err error) {
	// As text in the service's answer, as number, and as text in our own, twice.
	const bytesPerNumber = 40
	release, err = p.hold(ctx, int64(vectors)*int64(dimensions)*bytesPerNumber)
	if err == nil && limit.AtEnd(ctx, release) {
		release = func() {}
	}
	return release, err
}

// largeAnswer is how many bytes an answer may keep without a share of the memory. Only a
// service that is out of order sends more.
const largeAnswer = 1 << 20

// growing counts what is kept of an answer, and holds memory for it once it is large,
// until the call was answered.
type growing struct {
	hold func(context.Context) error // nil holds nothing
	kept int
	held bool
}

// keep counts bytes that are kept.
func (g *growing) keep(ctx context.Context, bytes int) error {
	if g.kept += bytes; g.kept <= largeAnswer {
		return nil
	}
	return g.enlarge(ctx)
}

// enlarge holds the memory of a large answer, if it is not held yet.
func (g *growing) enlarge(ctx context.Context) error {
	if g.held || g.hold == nil {
		return nil
	}
	g.held = true
	return g.hold(ctx)
}

// holdAnswer holds what the largest answer takes: as it came, decoded, and in our own.
func (p *Provider) holdAnswer(ctx context.Context) error {
	release, err := p.hold(ctx, 8*maxAnswer)
	if err == nil && !limit.AtEnd(ctx, release) {
		release()
	}
	return err
}

// Overloaded is the error of a call that waited for memory for as long as a client
// should.
func Overloaded() *Error {
	return &Error{
		Code: CodeOverloaded, Retryable: true, RetryAfter: limit.RetryOverloaded,
		Message: "the server holds as much in memory as it may", Hint: "try again later, with less at a time if it goes on",
	}
}
