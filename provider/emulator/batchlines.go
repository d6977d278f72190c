package emulator

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
)

// The bounds of what is read of a batch's input.
const (
	maxLines      = 50_000
	maxCustomID   = 512
	maxIssues     = 100 // that are told; the batch fails with one
	quotedOfAnURL = 80
)

// batchLine is a request of a batch.
type batchLine struct {
	CustomID string          `json:"custom_id"`
	Method   string          `json:"method"`
	URL      string          `json:"url"`
	Body     json.RawMessage `json:"body"`
}

// batchIssues are the errors of a batch that fails in validation.
type batchIssues struct {
	Object string       `json:"object"`
	Data   []batchIssue `json:"data"`
}

type batchIssue struct {
	Code    string  `json:"code"`
	Line    *int    `json:"line"`
	Message string  `json:"message"`
	Param   *string `json:"param"`
}

// readLines splits a file into its requests, without blank lines, and says what is wrong
// with them: every line has an id of its own and is a POST to the endpoint.
func readLines(content []byte, endpoint string) (lines [][]byte, issues []batchIssue) {
	seen := map[string]int{}
	number := 0
	for raw := range bytes.Lines(content) {
		number++
		raw = bytes.TrimSpace(raw)
		if len(raw) == 0 {
			continue
		}
		if lines = append(lines, raw); len(lines) > maxLines {
			message := fmt.Sprintf("The file has more than %d lines.", maxLines)
			return nil, []batchIssue{{Code: "too_many_tasks", Message: message}}
		}
		if issue := checkLine(raw, endpoint, number, seen); issue != nil && len(issues) < maxIssues {
			issue.Line = new(number)
			issues = append(issues, *issue)
		}
	}
	if len(lines) == 0 {
		return nil, []batchIssue{{Code: "empty_file", Message: "The file is empty. It needs at least one line."}}
	}
	return lines, issues
}

// checkLine returns what is wrong with a line, nil for nothing. seen has the lines of the
// ids so far.
func checkLine(raw []byte, endpoint string, number int, seen map[string]int) *batchIssue {
	var line batchLine
	if err := json.Unmarshal(raw, &line); err != nil {
		return &batchIssue{Code: "invalid_json_line", Message: "This line is not a request in JSON: " + err.Error()}
	}
	first, repeated := seen[line.CustomID]
	body := bytes.TrimSpace(line.Body)
	switch {
	case line.CustomID == "":
		return lineIssue("missing_required_parameter", "custom_id", "custom_id is missing.")
	case len(line.CustomID) > maxCustomID:
		return lineIssue("invalid_custom_id", "custom_id", "custom_id is longer than %d bytes.", maxCustomID)
	case repeated:
		return lineIssue("duplicate_custom_id", "custom_id", "custom_id %.80q is that of line %d, too.", line.CustomID, first)
	}
	seen[line.CustomID] = number
	switch {
	case line.Method != http.MethodPost:
		return lineIssue("invalid_method", "method", "method is %.20q; POST is supported.", line.Method)
	case line.URL != endpoint:
		return lineIssue("url_mismatch", "url", "url is %.*q; the endpoint of the batch is %q.", quotedOfAnURL, line.URL, endpoint)
	case len(body) == 0 || body[0] != '{':
		return lineIssue("missing_required_parameter", "body", "body is not an object.")
	}
	return nil
}

func lineIssue(code, param, format string, args ...any) *batchIssue {
	return &batchIssue{Code: code, Param: &param, Message: fmt.Sprintf(format, args...)}
}
