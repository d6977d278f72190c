// Package emulator is an AI Endpoints that runs inside the process: the
// upstream of the program's sandbox mode and of tests. It answers the
// catalogue URL and /v1/models, chat completions, embeddings, transcriptions, files
// and batches with the service's limits, error texts and quirks.
//
// It shares no code with package provider, the client that it tests, but for
// two leaves: provider/catalog decodes the models, and provider/virtual resolves
// queries. So it proves nothing about either, and its answers carry the header
// X-Emulator, for a client to say so.
//
// No model runs here. A chat answer says that it comes from the emulator and
// what the request held; a structured answer conforms to the requested schema
// and is filled from the user's text; an embedding is a hash of words, so that
// similar texts are near each other; a transcription names the tones of a WAV
// file. The same request gets the same answer.
// For those who test agents, [Options.NamedTools] makes it call tools, and
// [Options.RequestedFaults] lets a request ask for a fault.
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
	audioPath      = "/v1/audio/transcriptions"
	filesPath      = "/v1/files"
	batchesPath    = "/v1/batches"
)

// emulatorHeader is on every answer but a scripted one: AI Endpoints does not send it,
// so a client can tell that no service stands behind the answer.
const (
	emulatorHeader = "X-Emulator"
	emulatorName   = "ai-endpoints-mcp"
)

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

	// PerMinute replaces the catalogue's figures, for every caller and model; 0
	// takes those. It has no effect without RateLimit.
	PerMinute int

	// Latency passes before each answer to a model's request; 0 disables it.
	Latency time.Duration

	// TokenDelay is the pause between the chunks of a stream; 0 disables it.
	TokenDelay time.Duration

	// RequestedFaults obeys the faults that requests ask for, in [FaultWords], by
	// the header X-Emulator-Fault or by [[fault: …]] in a prompt.
	RequestedFaults bool

	// NamedTools makes the model call the tools that the user's text names, also
	// where the request does not force a call.
	NamedTools bool

	// AnonymousBatches lets requests without a key have files and batches, which
	// are then those of all of them.
	AnonymousBatches bool

	// BatchTime is how long a batch takes from its creation to its end; 0 is two
	// seconds, and less than 0 ends it at once.
	BatchTime time.Duration

	// Catalog and Served are the payloads of the catalogue URL and of
	// /v1/models; nil is the built-in snapshot. They are served byte for byte.
	// When one cannot be decoded, the models that answer are the snapshot's.
	Catalog, Served []byte
}

// Emulator is an in-process AI Endpoints, safe for concurrent use. It starts
// no goroutine of its own and measures time with the standard library's clock,
// so it works inside a [testing/synctest] bubble.
type Emulator struct {
	options Options // with the payloads that are served
	models  models

	mu        sync.Mutex
	files     []*file  // the oldest first
	batches   []*batch // the oldest first
	fileBytes int      // memory for files that is in use or reserved
	ids       int      // files and batches that were made
	windows   map[bucket]*window
	faults    []Fault
	played    map[string]int // requested faults in a row, by caller and fault
	recording bool
	requests  []Request
	cancelled int
}

// New makes an emulator.
func New(o Options) *Emulator {
	listed, served := catalog.SnapshotPayloads()
	if o.Catalog == nil {
		o.Catalog = listed
	}
	if o.Served == nil {
		o.Served = served
	}
	return &Emulator{
		options: o, models: loadModels(o.Catalog, o.Served),
		windows: map[bucket]*window{}, played: map[string]int{},
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
	info := &requestInfo{w: w, r: r, delay: e.options.TokenDelay}
	defer func() { e.release(info.reserved) }()
	err := e.read(info)
	e.record(info)
	if err != nil {
		w.WriteHeader(http.StatusRequestTimeout) // for a client that is still there
	} else {
		err = e.answer(info)
	}
	if err != nil {
		e.mu.Lock()
		e.cancelled++
		e.mu.Unlock()
	}
}

// read reads the request's body, an upload as it comes.
func (e *Emulator) read(info *requestInfo) (err error) {
	switch {
	case info.r.Method == http.MethodPost && info.r.URL.Path == filesPath:
		return e.readUpload(info)
	case info.r.Method == http.MethodPost && info.r.URL.Path == audioPath:
		return e.readAudio(info)
	}
	info.body, err = readBody(info.w, info.r)
	return err
}

// readBody reads at most one byte more than any request may have, which is
// enough to tell that it has too many. A client that does not send it is not
// waited for any longer.
func readBody(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	if r.Body == nil {
		return nil, nil
	}
	connection := http.NewResponseController(w)
	_ = connection.SetReadDeadline(time.Now().Add(bodyTimeout)) // fails where there is no connection, as in tests
	body, err := io.ReadAll(io.LimitReader(r.Body, imageBodyLimit+1))
	if err == nil && len(body) <= imageBodyLimit { // net/http reads what is left of another
		_ = connection.SetReadDeadline(time.Time{})
	}
	return body, err
}

// answer returns an error only if the client went away.
func (e *Emulator) answer(info *requestInfo) error {
	err := e.play(info)
	if refused, ok := errors.AsType[*apiError](err); ok {
		return info.json(refused.status, refused.body)
	}
	return err
}

// play answers with the request's fault, if it has one, or as a model would.
func (e *Emulator) play(info *requestInfo) error {
	if err := e.findFault(info); err != nil {
		return err
	}
	if info.fault.ChunkDelay > 0 {
		info.delay = info.fault.ChunkDelay
	}
	if info.isForModel() {
		if err := info.pause(e.options.Latency); err != nil {
			return err
		}
	}
	if played, err := info.playFault(); played || err != nil {
		return err
	}
	return e.route(info)
}

func (e *Emulator) serveCatalog(info *requestInfo) error {
	tag := entityTag(e.options.Catalog)
	info.w.Header().Set("ETag", tag)
	if info.r.Header.Get("If-None-Match") == tag {
		return info.send(http.StatusNotModified, "", nil)
	}
	return info.send(http.StatusOK, jsonType, bytes.NewReader(e.options.Catalog))
}

func (e *Emulator) serveModels(info *requestInfo) error {
	return info.send(http.StatusOK, jsonType, bytes.NewReader(e.options.Served))
}
