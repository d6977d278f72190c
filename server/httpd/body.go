package httpd

import (
	"errors"
	"io"
	"mime"
	"net/http"
	"os"
	"time"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/server"
)

// bodyLimit is in bytes. It fits a few images in base64, and the service accepts no
// more.
const bodyLimit = 16 << 20

const tooLarge = "the body is over 16 MiB. Hint: send fewer or smaller images, or https URLs of them"

// bodyDeadline bounds the time for reading a body. Requests that are refused need it
// too: net/http reads the rest of their body, and would wait for it forever.
func (e *Endpoint) bodyDeadline(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		err := http.NewResponseController(w).SetReadDeadline(time.Now().Add(e.options.BodyTimeout))
		if errors.Is(err, http.ErrNotSupported) {
			panic(err) // every connection that Serve accepts has deadlines; only one that was closed has none
		}
		next.ServeHTTP(w, r)
	})
}

// limitBody refuses a body whose Content-Length is too large, and limits any other. It
// reads nothing else: the caller is not authenticated yet.
func (e *Endpoint) limitBody(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.ContentLength > bodyLimit {
			discardBody(w, r)
			refuse(w, http.StatusRequestEntityTooLarge, tooLarge)
			return
		}
		r.Body = http.MaxBytesReader(w, r.Body, bodyLimit)
		next.ServeHTTP(w, r)
	})
}

// discardBody makes sure that a refusal arrives. Many clients read the answer only once
// they have sent the whole body, and lose it if the connection is closed earlier. Clients
// that send Expect read it first.
func discardBody(w http.ResponseWriter, r *http.Request) {
	if r.Header.Get("Expect") == "" {
		_, _ = io.CopyN(io.Discard, r.Body, bodyLimit+(1<<20))
	}
	w.Header().Set("Connection", "close")
}

// readMessage reads the one message that a request carries.
func (e *Endpoint) readMessage(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodPost {
			// GET would listen to a session, and DELETE would end it.
			w.Header().Set("Allow", http.MethodPost)
			refuse(w, http.StatusMethodNotAllowed, "send messages with POST; this server has no sessions and no stream of its own")
			return
		}
		kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
		if err != nil || kind != "application/json" || r.Header.Get("Content-Encoding") != "" {
			refuse(w, http.StatusUnsupportedMediaType,
				"the body must be plain JSON. Hint: send Content-Type: application/json and no Content-Encoding")
			return
		}
		body, err := e.readBody(r)
		if err != nil {
			refuseBody(w, err)
			return
		}
		m, failure := server.ReadMessage(body)
		if failure != nil {
			writeError(w, http.StatusBadRequest, failure)
			return
		}
		requestInfoFrom(r.Context()).message = m
		next.ServeHTTP(w, r)
	})
}

// readBody reads a body into a buffer of its announced size, which limitBody has checked.
func (e *Endpoint) readBody(r *http.Request) ([]byte, error) {
	if r.ContentLength < 0 {
		return io.ReadAll(r.Body)
	}
	e.collector.Collect(r.ContentLength)
	body := make([]byte, r.ContentLength)
	_, err := io.ReadFull(r.Body, body)
	return body, err
}

func refuseBody(w http.ResponseWriter, err error) {
	w.Header().Set("Connection", "close") // the rest of the body is still to come
	_, isTooLarge := errors.AsType[*http.MaxBytesError](err)
	switch {
	case isTooLarge:
		refuse(w, http.StatusRequestEntityTooLarge, tooLarge)
	case errors.Is(err, os.ErrDeadlineExceeded):
		refuse(w, http.StatusRequestTimeout, "the body did not arrive in time")
	default:
		refuse(w, http.StatusBadRequest, "the body could not be read")
	}
}
