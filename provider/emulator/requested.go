package emulator

import (
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"slices"
	"strings"
)

// Where a request asks for a fault: in this header, or between these marks in its
// last user message, in the input of an embedding, in the prompt of a transcription, or
// in the metadata of a batch. The header wins.
const (
	faultHeader = "X-Emulator-Fault"
	markerStart = "[[fault:"
	markerEnd   = "]]"
)

// findFault takes a fault off the queue, or reads the one that the request asks for.
func (e *Emulator) findFault(info *requestInfo) error {
	info.fault = e.nextFault(info)
	if !e.options.RequestedFaults {
		return nil
	}
	asked := readAsked(info)
	specs, err := asked.specs()
	if err == nil && specs == nil {
		return nil
	}
	f, spec := Fault{}, strings.Join(specs, " ")
	if err == nil {
		f, err = parseFault(spec, asked.kind)
	}
	if err != nil {
		info.w.Header().Set(emulatorHeader, emulatorName)
		return badRequest("the fault that the request asks for: %v", err)
	}
	if e.isDue(digest([]byte(info.r.Header.Get("Authorization")), []byte(spec)), f.Times) {
		info.fault = f
	}
	return nil
}

// asked is what of a request tells of a fault.
type asked struct {
	kind   requestKind
	header []string
	prompt string
}

func readAsked(info *requestInfo) asked {
	a := asked{kind: otherRequest, header: info.r.Header.Values(faultHeader)}
	if info.r.Method != http.MethodPost {
		return a
	}
	var sent struct {
		Stream   bool
		Messages []message
		Input    stringList
		Metadata map[string]string
	}
	// A body that cannot be read is refused later, with what is wrong.
	_ = json.Unmarshal(info.body, &sent)
	switch info.r.URL.Path {
	case chatPath:
		a.kind, a.prompt = chatRequested, (&chatRequest{Messages: sent.Messages}).lastUserText()
		if sent.Stream {
			a.kind = streamedCompletion
		}
	case embeddingsPath:
		a.kind, a.prompt = embeddingRequest, strings.Join(sent.Input, "\n")
	case audioPath:
		a.kind, a.prompt = transcriptionRequested, info.form.value("prompt")
	case batchesPath:
		a.kind, a.prompt = batchCreation, strings.Join(slices.Sorted(maps.Values(sent.Metadata)), "\n")
	}
	return a
}

// specs returns the words of the header or of the prompt's markers, nil for no fault.
func (a asked) specs() ([]string, error) {
	if strings.TrimSpace(strings.Join(a.header, "")) != "" {
		return a.header, nil
	}
	_, specs, err := cutMarkers(a.prompt)
	return specs, err
}

// isDue counts a request that asks for a fault, and reports whether it gets it: after
// so many times, one request does not. 0 times is always.
func (e *Emulator) isDue(key string, times int) bool {
	if times == 0 {
		return true
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.played[key] >= times {
		delete(e.played, key)
		return false
	}
	if len(e.played) >= maxCounted {
		clear(e.played)
	}
	e.played[key]++
	return true
}

// cutMarkers returns a text without its markers, and what is in them; nil for no marker.
func cutMarkers(text string) (rest string, specs []string, err error) {
	before, after, found := strings.Cut(text, markerStart)
	if !found {
		return text, nil, nil
	}
	var kept strings.Builder
	for found {
		inside, behind, closed := strings.Cut(after, markerEnd)
		if !closed {
			return text, nil, errors.New(`"` + markerStart + `" is not followed by "` + markerEnd + `"`)
		}
		kept.WriteString(before)
		specs = append(specs, inside)
		before, after, found = strings.Cut(behind, markerStart)
	}
	return strings.TrimSpace(kept.String() + before), specs, nil
}

// dropMarkers removes the markers from what the user said: they are not for the model.
func (r *chatRequest) dropMarkers() {
	for i := range r.Messages {
		c := &r.Messages[i].Content
		if r.Messages[i].Role != "user" {
			continue
		}
		c.text, _, _ = cutMarkers(c.text)
		for j := range c.parts {
			c.parts[j].Text, _, _ = cutMarkers(c.parts[j].Text)
		}
	}
}
