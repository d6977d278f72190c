package emulator

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/emulator/tones"
)

const jsonType = "application/json"

// errGone says that the client went away before its answer was complete.
var errGone = errors.New("the client went away")

// requestInfo is one request, with what is needed to answer it.
type requestInfo struct {
	w     http.ResponseWriter
	r     *http.Request
	body  []byte        // of an upload, that of its file
	delay time.Duration // between the events of a stream
	fault Fault

	form     *form       // of an upload, else nil
	sound    tones.Sound // of an upload of audio
	soundErr error       // why it cannot be read as sound
	reserved int         // bytes of memory for files that are released with the request
	inBatch  bool        // a line of a batch: it waits for nothing
}

// segment returns a part of the path: the id is the third one of /v1/files/ID.
func (info *requestInfo) segment(i int) string {
	if parts := strings.Split(info.r.URL.Path, "/"); i < len(parts) {
		return parts[i]
	}
	return ""
}

// model returns the name of the model as sent, "" for none that can be read.
func (info *requestInfo) model() string {
	if info.form != nil {
		return info.form.value("model")
	}
	var sent struct {
		Model string `json:"model"`
	}
	_ = json.Unmarshal(info.body, &sent) // what cannot be read names no model
	return sent.Model
}

// pause waits for d, or fails as soon as the client goes away.
func (info *requestInfo) pause(d time.Duration) error {
	if d <= 0 || info.inBatch {
		return info.alive()
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-info.r.Context().Done():
		return errGone
	}
}

func (info *requestInfo) alive() error {
	if info.r.Context().Err() != nil {
		return errGone
	}
	return nil
}

// json sends v as the whole answer.
func (info *requestInfo) json(status int, v any) error {
	return info.send(status, jsonType, bytes.NewReader(encode(v)))
}

// send sends the whole answer; a nil body is empty.
func (info *requestInfo) send(status int, contentType string, body io.Reader) error {
	if err := info.alive(); err != nil {
		return err
	}
	if info.fault.Malformed && status == http.StatusOK {
		whole, err := io.ReadAll(body)
		if err != nil {
			return err
		}
		body = bytes.NewReader(whole[:len(whole)/2])
	}
	if contentType != "" {
		info.w.Header().Set("Content-Type", contentType)
	}
	info.w.WriteHeader(status)
	if body == nil {
		return nil
	}
	if _, err := io.Copy(info.w, body); err != nil {
		return errGone
	}
	return nil
}

// write sends a part of the answer at once.
func (info *requestInfo) write(part string) error {
	if err := info.alive(); err != nil {
		return err
	}
	if _, err := io.WriteString(info.w, part); err != nil {
		return errGone
	}
	return info.flush()
}

func (info *requestInfo) flush() error {
	err := http.NewResponseController(info.w).Flush()
	if err != nil && !errors.Is(err, http.ErrNotSupported) {
		return errGone
	}
	return nil
}

// encode returns v as compact JSON with sorted keys, and with < and > as they
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

// digest returns 32 hexadecimal digits that depend on every part.
func digest(parts ...[]byte) string {
	hash := sha256.New()
	for _, part := range parts {
		hash.Write(part)
		hash.Write([]byte{0})
	}
	return hex.EncodeToString(hash.Sum(nil)[:16])
}

func entityTag(payload []byte) string { return `"` + digest(payload) + `"` }
