package emulator_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
)

const batchesPath = "/v1/batches"

type batchObject struct {
	ID, Object, Endpoint, Status string
	Window                       string `json:"completion_window"`
	InputFileID                  string `json:"input_file_id"`
	OutputFileID                 string `json:"output_file_id"`
	ErrorFileID                  string `json:"error_file_id"`
	Errors                       *struct {
		Object string
		Data   []batchIssue
	}
	CreatedAt     int64 `json:"created_at"`
	InProgressAt  int64 `json:"in_progress_at"`
	ExpiresAt     int64 `json:"expires_at"`
	FinalizingAt  int64 `json:"finalizing_at"`
	CompletedAt   int64 `json:"completed_at"`
	FailedAt      int64 `json:"failed_at"`
	ExpiredAt     int64 `json:"expired_at"`
	CancellingAt  int64 `json:"cancelling_at"`
	CancelledAt   int64 `json:"cancelled_at"`
	RequestCounts struct {
		Total, Completed, Failed int
	} `json:"request_counts"`
	Metadata map[string]string
}

func (b batchObject) counts() string {
	return fmt.Sprint(b.RequestCounts.Completed, "+", b.RequestCounts.Failed, "/", b.RequestCounts.Total)
}

type batchIssue struct {
	Code    string
	Line    int
	Message string
}

type outputLine struct {
	ID       string
	CustomID string `json:"custom_id"`
	Response *struct {
		StatusCode int    `json:"status_code"`
		RequestID  string `json:"request_id"`
		Body       json.RawMessage
	}
	Error *struct{ Code, Message string }
}

// chatLine is a line that asks a chat model.
func chatLine(t testing.TB, id, text string) string {
	t.Helper()
	return marshal(t, object{"custom_id": id, "method": "POST", "url": chatPath, "body": request(llama, text)}) + "\n"
}

func chatLines(t testing.TB, n int) string {
	t.Helper()
	var lines strings.Builder
	for i := range n {
		lines.WriteString(chatLine(t, fmt.Sprint("line-", i), fmt.Sprint("question ", i)))
	}
	return lines.String()
}

// createBatch uploads a file and makes a batch of it.
func createBatch(t testing.TB, h http.Handler, content string, more ...object) batchObject {
	t.Helper()
	body := object{"endpoint": chatPath, "completion_window": "24h", "input_file_id": uploadBatchFile(t, h, content, keyOne...).ID}
	for _, fields := range more {
		for name, value := range fields {
			body[name] = value
		}
	}
	return decode[batchObject](t, post(t, h, batchesPath, body, keyOne...), 200)
}

func readBatch(t testing.TB, h http.Handler, id string) batchObject {
	t.Helper()
	return decode[batchObject](t, serve(h, "GET", batchesPath+"/"+id, "", keyOne...), 200)
}

// readOutput returns the lines of a file.
func readOutput(t testing.TB, h http.Handler, fileID string) []outputLine {
	t.Helper()
	w := serve(h, "GET", filesPath+"/"+fileID+"/content", "", keyOne...)
	var lines []outputLine
	for raw := range strings.Lines(w.Body.String()) {
		var line outputLine
		if err := json.Unmarshal([]byte(raw), &line); err != nil || w.Code != 200 {
			t.Fatalf("%d: %v in %s", w.Code, err, raw)
		}
		lines = append(lines, line)
	}
	return lines
}

func seconds(n int) time.Duration { return time.Duration(n) * time.Second }
