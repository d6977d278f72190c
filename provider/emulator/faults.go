package emulator

import (
	"net/http"
	"path"
	"slices"
	"strings"
	"time"
)

// Fault is one scripted misbehaviour. Its zero fields do nothing, so fields
// combine: a Delay before a Status, or a Header on a normal answer.
type Fault struct {
	// Path is the end of the request's path, such as "/chat/completions",
	// "/models" or "/files/*/content", where * is any segment; "" is any POST.
	Path string
	// Method is that of the request; "" is any.
	Method string
	// Model is the "model" of the request as sent; "" is any.
	Model string
	// Times is how many requests get the fault: 0 is one, -1 every one.
	Times int

	// Delay passes before anything else happens.
	Delay time.Duration
	// DropConnection tears the connection down without an answer.
	DropConnection bool

	// Status and Body replace the answer; a Body alone has status 200.
	Status int
	Body   string
	// ContentType is that of Body; "" is JSON or plain text, as Body looks.
	ContentType string
	// Header is added to the answer, whichever it is.
	Header map[string]string

	// RawEvents replace the answer by a stream of exactly these SSE payloads,
	// each sent as "data: …\n\n"; no [DONE] is added.
	RawEvents []string
	// Hang sends the headers, and RawEvents if there are any, and then nothing
	// until the client goes away.
	Hang bool

	// ChunkDelay replaces Options.TokenDelay.
	ChunkDelay time.Duration
	// Cut tears the connection down after so many events of a stream, as in
	// Cut: new(2); new(0) is right after the headers and nil is never.
	Cut *int
	// NoDone leaves the [DONE] of a normal stream out.
	NoDone bool
	// NoUsage leaves the usage of a normal answer out, streamed or not.
	NoUsage bool
	// Empty makes a chat answer a success without any text.
	Empty bool
	// Truncated ends a chat answer after three tokens.
	Truncated bool
	// Refusal makes a chat answer one that has a refusal and no content.
	Refusal bool
	// Malformed cuts the JSON of a normal answer in the middle; in a stream, that
	// of its second event.
	Malformed bool

	// Batch is what becomes of the batch that the request makes.
	Batch BatchFault
}

// Script queues faults. A request gets the first fault that matches it and is
// otherwise answered normally.
func (e *Emulator) Script(faults ...Fault) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, f := range faults {
		if f.Times == 0 {
			f.Times = 1
		}
		e.faults = append(e.faults, f)
	}
}

// nextFault takes the first fault that matches off the queue. It returns the
// zero Fault if none does.
func (e *Emulator) nextFault(info *requestInfo) Fault {
	e.mu.Lock()
	defer e.mu.Unlock()
	i := slices.IndexFunc(e.faults, func(f Fault) bool { return f.matches(info) })
	if i < 0 {
		return Fault{}
	}
	f := e.faults[i]
	if f.Times > 0 {
		e.faults[i].Times--
	}
	if e.faults[i].Times == 0 {
		e.faults = slices.Delete(e.faults, i, i+1)
	}
	return f
}

func (f Fault) matches(info *requestInfo) bool {
	switch {
	case f.Path == "" && info.r.Method != http.MethodPost, f.Method != "" && f.Method != info.r.Method:
		return false
	}
	return endsIn(info.r.URL.Path, f.Path) && (f.Model == "" || f.Model == info.model())
}

// endsIn reports whether a path ends in another one, where * is any segment.
func endsIn(whole, end string) bool {
	if !strings.Contains(end, "*") {
		return strings.HasSuffix(whole, end)
	}
	start := len(whole)
	for range strings.Count(end, "/") {
		start = strings.LastIndex(whole[:max(0, start)], "/")
	}
	matches, err := path.Match(end, whole[max(0, start):])
	return err == nil && matches
}

// playFault does what the fault does before, or instead of, a normal answer;
// played says that the answer has been replaced.
func (info *requestInfo) playFault() (played bool, err error) {
	f := info.fault
	if err := info.pause(f.Delay); err != nil {
		return false, err
	}
	if f.DropConnection {
		panic(http.ErrAbortHandler)
	}
	for name, value := range f.Header {
		info.w.Header().Set(name, value)
	}
	switch {
	case f.RawEvents != nil, f.Hang:
		return true, info.playEvents()
	case f.Status != 0, f.Body != "":
		return true, info.send(f.status(), f.contentType(), strings.NewReader(f.Body))
	}
	return false, nil
}

func (info *requestInfo) playEvents() error {
	s, err := info.openStream(info.fault.status())
	if err != nil {
		return err
	}
	for _, data := range info.fault.RawEvents {
		if err := s.event(data); err != nil {
			return err
		}
	}
	if info.fault.Hang && !info.inBatch {
		<-info.r.Context().Done()
	}
	if info.fault.Hang {
		return errGone
	}
	return nil
}

func (f Fault) status() int {
	if f.Status == 0 {
		return http.StatusOK
	}
	return f.Status
}

func (f Fault) contentType() string {
	switch {
	case f.ContentType != "":
		return f.ContentType
	case strings.HasPrefix(f.Body, "{"), strings.HasPrefix(f.Body, "["):
		return jsonType
	}
	return "text/plain; charset=utf-8"
}
