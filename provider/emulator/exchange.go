package emulator

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"time"
)

const jsonType = "application/json"

// errGone says that the client went away before its answer was complete.
var errGone = errors.New("the client went away")

// exchange is one request on its way to its answer, with the fault that it
// drew, if any.
type exchange struct {
	w     http.ResponseWriter
	r     *http.Request
	body  []byte
	delay time.Duration // between the events of a stream
	fault Fault
}

// pause waits for d, or fails as soon as the client goes away.
func (x *exchange) pause(d time.Duration) error {
	if d <= 0 {
		return x.alive()
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-x.r.Context().Done():
		return errGone
	}
}

func (x *exchange) alive() error {
	if x.r.Context().Err() != nil {
		return errGone
	}
	return nil
}

// json sends v as the whole answer.
func (x *exchange) json(status int, v any) error {
	return x.send(status, jsonType, bytes.NewReader(encode(v)))
}

// send sends the whole answer; a nil body is none.
func (x *exchange) send(status int, contentType string, body io.Reader) error {
	if err := x.alive(); err != nil {
		return err
	}
	if contentType != "" {
		x.w.Header().Set("Content-Type", contentType)
	}
	x.w.WriteHeader(status)
	if body == nil {
		return nil
	}
	if _, err := io.Copy(x.w, body); err != nil {
		return errGone
	}
	return nil
}

// write sends a part of the answer at once.
func (x *exchange) write(part string) error {
	if err := x.alive(); err != nil {
		return err
	}
	if _, err := io.WriteString(x.w, part); err != nil {
		return errGone
	}
	return x.flush()
}

func (x *exchange) flush() error {
	err := http.NewResponseController(x.w).Flush()
	if err != nil && !errors.Is(err, http.ErrNotSupported) {
		return errGone
	}
	return nil
}

// encode gives v as compact JSON with sorted keys, and with < and > as they
// are, since the service does not escape them either.
func encode(v any) []byte {
	var buffer bytes.Buffer
	encoder := json.NewEncoder(&buffer)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(v); err != nil {
		// Everything that is sent comes from decoded JSON or from plain structs.
		panic(err)
	}
	return bytes.TrimSuffix(buffer.Bytes(), []byte("\n"))
}

// digest gives 32 hexadecimal digits that depend on every part.
func digest(parts ...[]byte) string {
	hash := sha256.New()
	for _, part := range parts {
		hash.Write(part)
		hash.Write([]byte{0})
	}
	return hex.EncodeToString(hash.Sum(nil)[:16])
}

func entityTag(payload []byte) string { return `"` + digest(payload) + `"` }
