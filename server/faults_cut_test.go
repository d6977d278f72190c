package server_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/emulator"
)

const cutEverywhere = "the first answer cut at every byte"

// cutAt ends the first answer after some bytes of a recorded stream, or of the
// emulator's answer if that is "". If torn, the connection breaks; else the body ends.
func cutAt(bytes int, recorded string, torn bool) fault {
	whole := false
	return fault{recorded: recorded, answer: func(w http.ResponseWriter, _ *http.Request, right *httptest.ResponseRecorder) {
		if whole {
			begin(w, right, right.Body.Len())
			return
		}
		whole = true
		begin(w, right, bytes)
		if torn {
			panic(http.ErrAbortHandler)
		}
	}}
}

// recordedText is a stream in the form of the service, with this text in pieces.
func recordedText(pieces ...string) string {
	events := []string{thought}
	for _, text := range pieces {
		events = append(events, piece(text))
	}
	return asEvents(append(events, stopped, used, done))
}

func asEvents(payloads []string) string {
	return "data: " + strings.Join(payloads, "\n\ndata: ") + "\n\n"
}

// recordedCalls is the tool-call stream of the service's guide, which the guide
// shortens with dots and writes without blank lines.
func recordedCalls(t *testing.T) string {
	t.Helper()
	sample, err := os.ReadFile("../testdata/samples/tool-call-stream.sse.txt")
	if err != nil {
		t.Fatal(err)
	}
	return strings.NewReplacer("{...,", "{", "],...,", "],", "\n", "\n\n").Replace(string(sample))
}

// cut is a call whose answer is cut at every byte.
type cut struct{ arguments, recorded string }

func cutsOf(t *testing.T, c column) []cut {
	t.Helper()
	switch c.name {
	case "batch":
		return []cut{{c.arguments, recordedText("Half an ", "answer")}}
	case "chat":
		return []cut{{c.arguments, recordedText("Half an ", "answer")}, {c.calling, recordedCalls(t)}}
	case "describe-image":
		return []cut{{c.arguments, recordedText("A cat ", "on a mat")}}
	case "structured-extract":
		return []cut{{c.arguments, recordedText(`{\"n\": `, `12}`)}}
	}
	return []cut{{c.arguments, ""}}
}

// meetCuts returns the results of a call whose first answer is cut, at each byte in
// turn, alternating between the two ways; the answers after it are whole.
func meetCuts(t *testing.T, c column, id identity) string {
	var cells []string
	for _, cut := range cutsOf(t, c) {
		synctest.Test(t, func(t *testing.T) {
			u := newFaultyUpstream(t, emulator.Options{}, id)
			r := connectTo(t, u, "http")
			r.succeed("resolve-virtual-model", `{"query":"llama@biggest"}`, nil) // reads the catalogue
			whole := fault{recorded: cut.recorded}
			u.meet(&whole)
			right, size := said(r.call(c.tool, cut.arguments)), u.lastAnswer()
			for n := range size {
				f := cutAt(n, cut.recorded, n%2 == 0)
				u.meet(&f)
				got := r.call(c.tool, cut.arguments)
				o := outcomeOf(got)
				o.requests = u.meet(nil)
				checkCut(t, n, o, said(got), right)
				cells = append(cells, o.String())
			}
			<-time.After(time.Minute) // for the connections to close
		})
	}
	slices.Sort(cells)
	return strings.Join(slices.Compact(cells), "; ")
}

// said is what a caller reads in an answer.
func said(got result) string {
	var answer struct {
		Content, Description string
		Data                 json.RawMessage
		ToolCalls            []toolCall `json:"tool_calls"`
		Results              []batchResult
	}
	got.decode(&answer)
	for _, result := range answer.Results {
		return result.Content
	}
	if len(answer.ToolCalls) > 0 {
		return answer.ToolCalls[0].Function.Arguments
	}
	return answer.Content + answer.Description + string(answer.Data)
}

// checkCut checks that either a part of the answer is kept and marked as a part, or the
// request was sent again and the answer is the whole one, once.
func checkCut(t *testing.T, n int, o outcome, text, right string) {
	t.Helper()
	partial := slices.Contains(o.warnings, "stream_interrupted")
	switch {
	case o.code != "ok" || o.requests > 2:
		t.Errorf("cut after %d bytes: %s", n, o)
	case partial && (o.requests != 1 || text == "" || !strings.HasPrefix(right, text)):
		t.Errorf("cut after %d bytes: %s with %q, which is not a beginning of %q", n, o, text, right)
	case !partial && text != right:
		t.Errorf("cut after %d bytes: %s with %q, want %q", n, o, text, right)
	}
}

// meetCatalogueCuts cuts each answer of the catalogue while a good one is known, which
// must stay in use.
func meetCatalogueCuts(t *testing.T, c column, id identity) string {
	var cells []string
	synctest.Test(t, func(t *testing.T) {
		u := newFaultyUpstream(t, emulator.Options{Catalog: []byte(tinyCatalogue), Served: []byte(`{"data":[{"id":"tiny-llama"}]}`)}, id)
		r := connectTo(t, u, "http")
		again := func(f *fault) outcome {
			u.meet(f)
			<-time.After(2 * time.Hour) // older than what counts as fresh, and longer than any pause
			r.call(c.tool, c.arguments) // uses the last one while it is refreshed
			synctest.Wait()
			o := outcomeOf(r.call(c.tool, c.arguments))
			o.requests = u.meet(nil)
			return o
		}
		r.succeed(c.tool, c.arguments, nil)
		for n := range len(tinyCatalogue) {
			f := cutAt(n, tinyCatalogue, n%2 == 0)
			f.path = catalogPath
			cells = append(cells, again(&f).String())
		}
		if o := again(nil); o.String() != "live ×2" {
			t.Errorf("afterwards: %s", o)
		}
		<-time.After(time.Minute)
	})
	slices.Sort(cells)
	return strings.Join(slices.Compact(cells), "; ")
}

const tinyCatalogue = `[{"id":"tiny","name":"tiny-llama","available":true,"metadata":{"model_specs":{"nb_of_billion_parameters":1,` +
	`"capabilities":{"input_modality":["text"],"output_modality":["text"]}},"publishing_information":{"series":"llama"}}}]`
