package emulator_test

import (
	"bytes"
	"encoding/json"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/emulator"
)

const filesPath = "/v1/files"

// field is a field of a form; one with the name "file" is the file.
type field struct{ name, value string }

// upload sends a form.
func upload(t testing.TB, h http.Handler, path string, fields []field, header ...string) *httptest.ResponseRecorder {
	t.Helper()
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	for _, f := range fields {
		part, err := io.Writer(nil), error(nil)
		if f.name == "file" {
			part, err = w.CreateFormFile("file", "requests.jsonl")
		} else {
			part, err = w.CreateFormField(f.name)
		}
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.WriteString(part, f.value) // to memory
	}
	_ = w.Close()
	return serve(h, http.MethodPost, path, body.String(), append([]string{"Content-Type", w.FormDataContentType()}, header...)...)
}

// decode reads an answer that must have a status.
func decode[T any](t testing.TB, w *httptest.ResponseRecorder, status int) (v T) {
	t.Helper()
	if w.Code != status {
		t.Fatalf("status %d: %s", w.Code, w.Body)
	}
	if err := json.Unmarshal(w.Body.Bytes(), &v); err != nil {
		t.Fatalf("%v in %s", err, w.Body)
	}
	return v
}

type fileObject struct {
	ID, Object, Filename, Purpose, Status string
	Bytes                                 int
	CreatedAt                             int64 `json:"created_at"`
	ExpiresAt                             int64 `json:"expires_at"`
}

type list[T any] struct {
	Object  string
	Data    []T
	FirstID *string `json:"first_id"`
	LastID  *string `json:"last_id"`
	HasMore bool    `json:"has_more"`
}

var keyOne, keyTwo = []string{"Authorization", "Bearer one"}, []string{"Authorization", "Bearer two"}

func uploadBatchFile(t testing.TB, h http.Handler, content string, header ...string) fileObject {
	t.Helper()
	return decode[fileObject](t, upload(t, h, filesPath, []field{{"purpose", "batch"}, {"file", content}}, header...), 200)
}

// huge is a form whose file has so many bytes.
func huge(size int64) io.Reader {
	const head = "--x\r\nContent-Disposition: form-data; name=\"purpose\"\r\n\r\nbatch\r\n" +
		"--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a\"\r\n\r\n"
	return io.MultiReader(strings.NewReader(head), io.LimitReader(zeros{}, size), strings.NewReader("\r\n--x--\r\n"))
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

func sendHuge(e *emulator.Emulator, path string, size int64, header ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodPost, path, huge(size))
	r.Header.Set("Content-Type", "multipart/form-data; boundary=x")
	if header != nil {
		r.Header.Set(header[0], header[1])
	}
	w := httptest.NewRecorder()
	e.ServeHTTP(w, r)
	return w
}
