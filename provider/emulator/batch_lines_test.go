package emulator_test

import (
	"strings"
	"testing"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/emulator"
)

// Lines that fail are in the error file, with what the synchronous call says.
func TestLinesThatFail(t *testing.T) {
	e := emulator.New(emulator.Options{BatchTime: -1, RequestedFaults: true})
	var content strings.Builder
	type failure struct {
		status        int
		code, message string
	}
	want := map[string]failure{
		"429": {429, "request_failed", "API rate limit exceeded"}, "422": {422, "unprocessable_entity", "Error 422"},
		"drop": {0, "request_failed", "not answered"}, "hang": {0, "request_failed", "not answered"},
		"malformed": {0, "request_failed", "not answered"}, "nonsense": {400, "invalid_request", "unknown word"},
		"cut=1": {400, "invalid_request", "cut needs a streamed chat completion"},
	}
	for spec := range want {
		content.WriteString(chatLine(t, spec, marked(spec)))
	}
	content.WriteString(chatLine(t, "fine", "hi") + chatLine(t, "slow", marked("delay=10m")) + chatLine(t, "empty", marked("empty")))
	add := func(id string, body object) {
		content.WriteString(marshal(t, object{"custom_id": id, "method": "POST", "url": chatPath, "body": body}) + "\n")
	}
	add("stream", request(llama, "hi", object{"stream": true}))
	add("unknown", request("nobody", "hi"))
	b := createBatch(t, e, content.String())
	if b.Status != "completed" || b.counts() != "3+9/12" {
		t.Errorf("it is %s with %s", b.Status, b.counts())
	}
	if lines := readOutput(t, e, b.OutputFileID); len(lines) != 3 {
		t.Errorf("the output is %+v", lines)
	}
	want["stream"] = failure{0, "invalid_request", "stream is not supported"}
	want["unknown"] = failure{404, "model_not_found", "nobody"}
	for _, line := range readOutput(t, e, b.ErrorFileID) {
		expected := want[line.CustomID]
		delete(want, line.CustomID)
		status := 0
		if line.Response != nil {
			status = line.Response.StatusCode
		}
		if line.Error == nil || status != expected.status || line.Error.Code != expected.code || !strings.Contains(line.Error.Message, expected.message) {
			t.Errorf("%s: %d %+v, want %+v", line.CustomID, status, line.Error, expected)
		}
	}
	if len(want) > 0 {
		t.Errorf("not in the error file: %v", want)
	}
}

// A scripted fault hits lines as it hits requests.
func TestScriptedFaultsHitLines(t *testing.T) {
	e := emulator.New(emulator.Options{BatchTime: -1})
	e.Script(emulator.Fault{Path: "/chat/completions", Status: 500, Body: "oops", Times: 3}, emulator.Fault{Path: "/chat/completions", RawEvents: []string{"{}"}})
	b := createBatch(t, e, chatLines(t, 5))
	if b.counts() != "1+4/5" || b.OutputFileID == "" {
		t.Errorf("it is %+v", b)
	}
	if lines := readOutput(t, e, b.ErrorFileID); len(lines) != 4 || string(lines[0].Response.Body) != `"oops"` {
		t.Errorf("the errors are %+v", lines)
	}
}
