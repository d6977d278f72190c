// Package emulator is an AI Endpoints that runs inside the process: the
// upstream of the program's sandbox mode and of tests. It answers the
// catalogue URL, /v1/models, /v1/chat/completions and /v1/embeddings with the
// service's limits, error texts and quirks.
//
// It shares no code with package provider, the client that it tests, but for
// two leaves: provider/catalog decodes the models, and provider/virtual resolves
// queries. So it proves nothing about either, and its answers carry the header
// X-Emulator, for a client to say so.
//
// No model runs here. A chat answer says that it comes from the emulator and
// what the request held; a structured answer conforms to the requested schema
// and is filled from the user's text; an embedding is a hash of words, so that
// similar texts are near each other. The same request gets the same answer.
//
// Start with [New]. An [Emulator] is an [http.Handler]; [Emulator.Start] puts
// it on a loopback port. [Emulator.Script] makes it misbehave, and after
// [Emulator.Record], [Emulator.Requests] returns what it received.
package emulator

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"sync"
	"time"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/catalog"
)

// The paths that an emulator answers.
const (
	catalogPath    = "/rest/v1/models_v2"
	modelsPath     = "/v1/models"
	chatPath       = "/v1/chat/completions"
	embeddingsPath = "/v1/embeddings"
)

// emulatorHeader is on every answer but a scripted one: AI Endpoints does not send it,
// so a client can tell that no service stands behind the answer.
const emulatorHeader = "X-Emulator"

// Options configure an [Emulator]. The zero value accepts any caller, limits
// no rates and serves the built-in snapshot.
type Options struct {
	// Key is the only bearer token that is accepted; any other is refused with
	// 403. With "" every token but an empty one is. A request without an
	// Authorization header is the anonymous tier and always accepted.
	Key string

	// RateLimit enforces the catalogue's figures per caller and model, in fixed
	// windows of a minute that start with the first request.
	RateLimit bool

	// TokenDelay is the pause between the chunks of a stream; 0 disables it.
	TokenDelay time.Duration

	// Catalog and Served are the payloads of the catalogue URL and of
	// /v1/models; nil is the built-in snapshot. They are served byte for byte.
	// When one cannot be decoded, the models that answer are the snapshot's.
	Catalog, Served []byte
}

// Emulator is an in-process AI Endpoints, safe for concurrent use. It starts
// no goroutine of its own and measures time with the standard library's clock,
// so it works inside a [testing/synctest] bubble.
type Emulator struct {
	key        string
	rateLimit  bool
	tokenDelay time.Duration
	catalog    []byte
	served     []byte
	models     models

	mu        sync.Mutex
	windows   map[bucket]*window
	faults    []Fault
	recording bool
	requests  []Request
	cancelled int
}

// New makes an emulator.
func New(o Options) *Emulator {
	listed, served := catalog.SnapshotPayloads()
	if o.Catalog != nil {
		listed = o.Catalog
	}
	if o.Served != nil {
		served = o.Served
	}
	return &Emulator{
		key: o.Key, rateLimit: o.RateLimit, tokenDelay: o.TokenDelay,
		catalog: listed, served: served, models: loadModels(listed, served),
		windows: map[bucket]*window{},
	}
}

// Cancelled counts the requests whose client went away before the answer was
// complete.
func (e *Emulator) Cancelled() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.cancelled
}

// ServeHTTP answers one request. It panics with [http.ErrAbortHandler] where a
// [Fault] tears the connection down.
func (e *Emulator) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := readBody(r)
	e.record(r, body)
	if err == nil {
		info := &requestInfo{w: w, r: r, body: body, delay: e.tokenDelay, fault: e.nextFault(r, body)}
		if info.fault.ChunkDelay > 0 {
			info.delay = info.fault.ChunkDelay
		}
		err = e.answer(info)
	}
	if err != nil {
		e.mu.Lock()
		e.cancelled++
		e.mu.Unlock()
	}
}

// readBody reads at most one byte more than any request may have, which is
// enough to tell that it has too many.
func readBody(r *http.Request) ([]byte, error) {
	if r.Body == nil {
		return nil, nil
	}
	return io.ReadAll(io.LimitReader(r.Body, imageBodyLimit+1))
}

// answer returns an error only if the client went away.
func (e *Emulator) answer(info *requestInfo) error {
	if played, err := info.playFault(); played || err != nil {
		return err
	}
	err := e.route(info)
	if refused, ok := errors.AsType[*apiError](err); ok {
		return info.json(refused.status, refused.body)
	}
	return err
}

func (e *Emulator) route(info *requestInfo) error {
	info.w.Header().Set(emulatorHeader, "ai-endpoints-mcp")
	method, endpoint := http.MethodPost, (func(*requestInfo) error)(nil)
	switch info.r.URL.Path {
	case catalogPath:
		method, endpoint = http.MethodGet, e.serveCatalog
	case modelsPath:
		method, endpoint = http.MethodGet, e.serveModels
	case chatPath:
		endpoint = e.chat
	case embeddingsPath:
		endpoint = e.embed
	default:
		return gatewayError(http.StatusNotFound, "no such path: "+info.r.URL.Path)
	}
	if info.r.Method != method {
		info.w.Header().Set("Allow", method)
		return gatewayError(http.StatusMethodNotAllowed, "method not allowed: "+info.r.Method)
	}
	return endpoint(info)
}

func (e *Emulator) serveCatalog(info *requestInfo) error {
	tag := entityTag(e.catalog)
	info.w.Header().Set("ETag", tag)
	if info.r.Header.Get("If-None-Match") == tag {
		return info.send(http.StatusNotModified, "", nil)
	}
	return info.send(http.StatusOK, jsonType, bytes.NewReader(e.catalog))
}

func (e *Emulator) serveModels(info *requestInfo) error {
	return info.send(http.StatusOK, jsonType, bytes.NewReader(e.served))
}
