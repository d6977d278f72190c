package httpd

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"os"
	"time"

	"github.com/mark3labs/mcp-go/mcp"
)

// bodyLimit is room for a few pictures in base64; the service takes no more
// either.
const bodyLimit = 16 << 20

const tooLarge = "the body is over 16 MiB. Hint: send fewer or smaller pictures, or https URLs of them"

// bodyTimed bounds the time that a body may take; the deadline ends with the body.
// It is for what is refused too: net/http reads what was left of the body, and
// would wait for it forever.
func (h *Endpoint) bodyTimed(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := http.NewResponseController(w).SetReadDeadline(time.Now().Add(h.BodyTimeout)); err != nil {
			panic(err) // a connection without deadlines is none that this server accepts
		}
		next.ServeHTTP(w, r)
	})
}

// bodyLimited refuses what announces too much, and cuts what turns out to be too
// much. Nothing that may be of use is read here: that is for callers who may.
func (h *Endpoint) bodyLimited(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.ContentLength > bodyLimit {
			// Many clients look for an answer only when they have sent everything,
			// and lose it when the connection is closed before. Not those that ask first.
			if r.Header.Get("Expect") == "" {
				_, _ = io.CopyN(io.Discard, r.Body, bodyLimit+(1<<20))
			}
			w.Header().Set("Connection", "close")
			refuse(w, http.StatusRequestEntityTooLarge, tooLarge)
			return
		}
		r.Body = http.MaxBytesReader(w, r.Body, bodyLimit)
		next.ServeHTTP(w, r)
	})
}

// message is the JSON-RPC message of a request: its bytes, and what this layer
// has to know of it.
type message struct {
	raw    []byte
	Method string `json:"method"`
	ID     any    `json:"id"`
}

// messageRead reads the one message that a request carries.
func (h *Endpoint) messageRead(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodPost {
			// There are no sessions: nothing to listen to and nothing to end.
			w.Header().Set("Allow", http.MethodPost)
			refuse(w, http.StatusMethodNotAllowed, "send messages with POST; this server has no sessions and no stream of its own")
			return
		}
		if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/json" || r.Header.Get("Content-Encoding") != "" {
			refuse(w, http.StatusUnsupportedMediaType, "the body must be plain JSON. Hint: send Content-Type: application/json and no Content-Encoding")
			return
		}
		body, err := io.ReadAll(r.Body)
		if err != nil {
			refuseBody(w, err)
			return
		}
		x := exchangeFrom(r.Context())
		if status, code, problem := parseMessage(body, &x.message); problem != "" {
			refuseWithCode(w, status, code, problem)
			return
		}
		next.ServeHTTP(w, r)
	})
}

func refuseBody(w http.ResponseWriter, err error) {
	w.Header().Set("Connection", "close") // the rest of the body is still to come
	var over *http.MaxBytesError
	switch {
	case errors.As(err, &over):
		refuse(w, http.StatusRequestEntityTooLarge, tooLarge)
	case errors.Is(err, os.ErrDeadlineExceeded):
		refuse(w, http.StatusRequestTimeout, "the body did not arrive in time")
	default:
		refuse(w, http.StatusBadRequest, "the body could not be read")
	}
}

// parseMessage decodes as the library will, so that both see the same method.
func parseMessage(body []byte, into *message) (status, code int, problem string) {
	into.raw = body
	switch first := bytes.TrimLeft(body, " \t\r\n"); {
	case !json.Valid(body):
		return http.StatusBadRequest, mcp.PARSE_ERROR, "the body is not valid JSON"
	case first[0] == '[':
		return http.StatusBadRequest, mcp.INVALID_REQUEST, "batches are not supported. Hint: send one message a request"
	case first[0] != '{':
		return http.StatusBadRequest, mcp.INVALID_REQUEST, "the body is not a JSON-RPC message"
	}
	if err := json.Unmarshal(body, into); err != nil {
		return http.StatusBadRequest, mcp.INVALID_REQUEST, "the method of the JSON-RPC message is no string"
	}
	return 0, 0, ""
}
