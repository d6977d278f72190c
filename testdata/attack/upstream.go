package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/catalog"
)

// upstream is the service that the server asks. A request whose text has
// "upstream:NAME." gets the answer of that name, any other a small one at once.
type upstream struct {
	baseURL string // without a path
	server  http.Server
	answers map[string]http.HandlerFunc
	open    atomic.Int64 // requests that are not answered yet
}

func startUpstream() (*upstream, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	u := &upstream{baseURL: "http://" + listener.Addr().String(), answers: hostileAnswers()}
	listed, served := catalog.SnapshotPayloads()
	mux := http.NewServeMux()
	mux.HandleFunc("POST /v1/", u.answer)
	mux.HandleFunc("GET /v1/models", payload(served))
	mux.HandleFunc("GET /catalog", payload(listed))
	mux.HandleFunc("GET /catalog/{name}", func(w http.ResponseWriter, r *http.Request) {
		hostileCatalog(w, r.PathValue("name"), listed)
	})
	u.server = http.Server{Handler: mux, ReadHeaderTimeout: 8 * time.Second, ErrorLog: log.New(io.Discard, "", 0)}
	go func() { _ = u.server.Serve(listener) }() // ends with close
	return u, nil
}

func (u *upstream) close() { _ = u.server.Close() }

// disconnect closes connections that wait for the next request: a server keeps some of
// them, which are not a leak but look like one.
func (u *upstream) disconnect() {
	u.server.SetKeepAlivesEnabled(false)
	u.server.SetKeepAlivesEnabled(true)
}

func payload(text []byte) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(text)
	}
}

func (u *upstream) answer(w http.ResponseWriter, r *http.Request) {
	u.open.Add(1)
	defer u.open.Add(-1)
	const little = 512 << 10 // has what the answer depends on, also behind a schema
	begin := make([]byte, little)
	n, _ := io.ReadFull(r.Body, begin)
	if _, err := io.Copy(io.Discard, r.Body); err != nil {
		return
	}
	if _, after, ok := bytes.Cut(begin[:n], []byte("upstream:")); ok {
		name, _, _ := bytes.Cut(after, []byte("."))
		if answer := u.answers[string(name)]; answer != nil {
			answer(w, r)
			return
		}
	}
	if strings.HasSuffix(r.URL.Path, "/embeddings") {
		write(w, "application/json", `{"object":"list","data":[{"object":"embedding","index":0,"embedding":[0.1,0.2]}],"model":"bge-m3"}`)
		return
	}
	write(w, eventStream, text(`fine`), end)
}

const (
	eventStream = "text/event-stream"
	opening     = `data: {"id":"c","object":"chat.completion.chunk","created":1767225600,"model":"m","choices":[{"index":0,"delta":{`
	closing     = `},"finish_reason":null}]}` + "\n\n"
	end         = `data: {"id":"c","object":"chat.completion.chunk","created":1767225600,"model":"m","choices":[{"index":0,"delta":{},` +
		`"finish_reason":"stop"}],"usage":{"prompt_tokens":1,"completion_tokens":1,"total_tokens":2}}` + "\n\ndata: [DONE]\n\n"
)

// text returns an event with a text, which is written as JSON has it.
func text(escaped string) string { return opening + `"content":"` + escaped + `"` + closing }

func write(w http.ResponseWriter, kind string, pieces ...string) {
	w.Header().Set("Content-Type", kind)
	for _, piece := range pieces {
		if _, err := io.WriteString(w, piece); err != nil {
			return
		}
	}
}

// hostileAnswers returns what a service may answer that is broken, or not one's own.
func hostileAnswers() map[string]http.HandlerFunc {
	events := func(pieces ...string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) { write(w, eventStream, pieces...) }
	}
	const quick = `{"index":0,"id":"c","type":"function","function":{"name":"f","arguments":""}}`
	const piece = `{"index":0,"function":{"arguments":"aaaa"}}`
	return map[string]http.HandlerFunc{
		"many calls":      events(opening+`"tool_calls":[`+manyCalls(450_000)+`]`+closing, end),
		"calls in events": repeated(opening+`"tool_calls":[{"function":{"name":"f"}}]`+closing, 150_000),
		"pieces":          repeated(opening+`"tool_calls":[`+piece+`]`+closing, 150_000, opening+`"tool_calls":[`+quick+`]`+closing),
		"pieces at once":  events(opening+`"tool_calls":[`+quick+`,`+repeat(500_000, piece)+`]`+closing, end),
		"texts of a byte": repeated(text("a"), 180_000),
		"endless text":    repeated(text(strings.Repeat("a", 1000)), 1<<30),
		"endless spaces":  repeated(strings.Repeat(" ", 1<<16), 1<<30),
		"endless signs":   repeated(": alive\n\n", 1<<30),
		"endless line":    repeated(strings.Repeat("a", 1<<16), 1<<30, `data: {"a":"`),
		"endless error":   failing(http.StatusInternalServerError, 1<<30),
		"endless refusal": failing(http.StatusBadRequest, 1<<30),
		"silence":         func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() },
		"long text":       repeated(text(strings.Repeat("a", 100_000)), 50),
		"gzip":            gzipBomb(),
		"deep":            events(opening+`"content":`+strings.Repeat("[", 9_000_000), end),
		"headers":         manyHeaders,
		"vectors":         vectors,
		"an object":       events(text(`{}`), end),
		"much a":          events(text(`{\"a\":0`+manyA(100, 90_000)+`}`), end),
		"many items":      events(text(`{\"a\":[0`), strings.Repeat(text(strings.Repeat(",0", 30_000)), 100), text(`]}`), end),
		"many members":    events(text(`{\"a\":0`), text(strings.Repeat(`,\"abababababababababababababab\":1`, 100_000)), text(`}`), end),
		"deep lists":      events(text(`{\"a\":`+strings.Repeat("[", 1_000_000)), end),
	}
}

// manyCalls returns tool calls, each with its index.
func manyCalls(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `,{"index":%d,"function":{"name":"f","arguments":"{}"}}`, i)
	}
	return b.String()[1:]
}

// manyA returns properties whose values are texts of one letter.
func manyA(n, size int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `,\"p%d\":\"%s\"`, i, strings.Repeat("a", size))
	}
	return b.String()
}

// repeated writes the pieces before, then one many times, until the client is gone.
func repeated(piece string, n int, before ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		write(w, eventStream, before...)
		for range n {
			if _, err := io.WriteString(w, piece); err != nil || r.Context().Err() != nil {
				return
			}
		}
		write(w, eventStream, end)
	}
}

func failing(status, n int) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		repeated(`{"message":"`+strings.Repeat("no ", 1000), n)(w, r)
	}
}

// gzipBomb returns an answer of a gigabyte in a megabyte: a gzip file may have many parts.
func gzipBomb() http.HandlerFunc {
	var part bytes.Buffer
	z := gzip.NewWriter(&part)
	_, _ = z.Write(bytes.Repeat([]byte(" "), 16<<20)) // into a buffer, which takes everything
	_ = z.Close()
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		repeated(part.String(), 64)(w, r)
	}
}

func manyHeaders(w http.ResponseWriter, _ *http.Request) {
	for i := range 20_000 {
		w.Header().Set(fmt.Sprintf("X-Header-%d", i), strings.Repeat("a", 100))
	}
	write(w, eventStream, text("fine"), end)
}

func vectors(w http.ResponseWriter, _ *http.Request) {
	write(w, "application/json", `{"object":"list","model":"bge-m3","data":[{"object":"embedding","index":0,"embedding":[0`)
	write(w, "application/json", strings.Repeat(",0", 14_000_000), `]}]}`)
}

// hostileCatalog answers for the catalogue. The real one follows, so that something is
// left to call.
func hostileCatalog(w http.ResponseWriter, name string, listed []byte) {
	rest := string(bytes.TrimPrefix(bytes.TrimSpace(listed), []byte("[")))
	switch name {
	case "ones":
		write(w, "application/json", "[1"+strings.Repeat(",1", 8_000_000)+"]")
	case "names":
		model := fmt.Sprintf(`{"id":"a","name":"%s","available":true},`, strings.Repeat("a", 5_000_000))
		write(w, "application/json", "["+model+model+rest)
	case "deep":
		write(w, "application/json", strings.Repeat("[", 16_000_000))
	case "endless":
		for {
			if _, err := io.WriteString(w, strings.Repeat("[", 1<<16)); err != nil {
				return
			}
		}
	case "escapes":
		write(w, "application/json",
			escaped(string(listed), "category", "description", "licence_name", "name", "publisher", "quantization", "series"))
	case "escapes in names":
		write(w, "application/json", escaped(string(listed), "id"))
	}
}

// escaped puts what a terminal obeys before the text of each of the members.
func escaped(listed string, members ...string) string {
	const escapes = `\u001b]0;owned\u0007\u001b[2J\u001b[31mred\u009b31m\u202eevil\r\nover`
	for _, member := range members {
		listed = strings.ReplaceAll(listed, `"`+member+`": "`, `"`+member+`": "`+escapes)
	}
	return listed
}

// upstreamAttacks are calls whose answer is hostile, several at once, and catalogues.
func upstreamAttacks() []attack {
	var all []attack
	for _, s := range []struct {
		answer         string
		short, sigterm bool
	}{
		{"many calls", true, true}, {"calls in events", false, false}, {"pieces", true, true}, {"pieces at once", true, false},
		{"texts of a byte", false, false}, {"endless text", true, true}, {"endless spaces", false, false}, {"endless signs", true, false},
		{"endless line", true, false}, {"endless error", true, false}, {"endless refusal", false, false}, {"gzip", true, false},
		{"deep", true, false}, {"headers", false, false}, {"many items", false, false},
	} {
		body := chat("upstream:" + s.answer + ".")
		all = append(all, attack{name: "service: " + s.answer, short: s.short, sigterm: s.sigterm,
			run: func(ctx context.Context, a *attacker) {
				a.together(a.number(2, 20), func(int) { a.post(ctx, 1, body) })
			}})
	}
	vectors := []byte(call + `"embed","arguments":{"input":["upstream:vectors."]}}}`)
	all = append(all, attack{name: "service: vectors", short: true, sigterm: true, run: func(ctx context.Context, a *attacker) {
		a.together(a.number(2, 20), func(int) { a.post(ctx, 1, vectors) })
	}})
	for _, name := range []string{"ones", "names", "deep", "endless", "escapes"} {
		all = append(all, attack{name: "catalogue: " + name, short: name == "ones" || name == "names", catalog: "/" + name,
			run: func(ctx context.Context, a *attacker) {
				a.flood(ctx, 8, 80, func(i int) { a.post(ctx, 1, catalogueCalls()[i%5]) })
			}})
	}
	return all
}

// catalogueCalls are calls whose answer names models.
func catalogueCalls() [5][]byte {
	return [5][]byte{
		[]byte(call + `"resolve-virtual-model","arguments":{"query":"llama@biggest"}}}`),
		[]byte(call + `"list-models","arguments":{"tag":"llama","limit":50}}}`),
		[]byte(call + `"chat","arguments":{"prompt":"hi","model":"no-such-model"}}}`),
		[]byte(begin + `"resources/read","params":{"uri":"ai-endpoints://catalog"}}`),
		[]byte(begin + `"resources/read","params":{"uri":"ai-endpoints://catalog.md"}}`),
	}
}
