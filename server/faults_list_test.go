package server_test

import (
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// fault is one way in which an upstream fails. A zero field has no effect.
type fault struct {
	name     string
	dial     func(net.Conn) (net.Conn, error) // instead of a connection to the upstream
	distrust bool                             // the certificate is not trusted; implies https
	answer   answering                        // instead of the right answer
	// recorded is a stream that replaces the right answer; "" leaves the emulator's.
	recorded string
	path     string // suffix of the paths with this fault; "" is all
	once     bool   // only the first request to path has it
	events   bool   // needs a stream of events, which an embedding and a catalogue are not
	calls    bool   // needs an answer with tool calls, which only chat has
}

// faults returns the rows of the matrix, except those of statuses.
func faults() []fault {
	return slices.Concat(connectionFaults(), slowFaults(), bodyFaults(), redirectFaults(), limitFaults(), eventFaults(), answerFaults())
}

func connectionFaults() []fault {
	failing := func(err error) func(net.Conn) (net.Conn, error) {
		return func(net.Conn) (net.Conn, error) { return nil, &net.OpError{Op: "dial", Net: "tcp", Err: err} }
	}
	return []fault{
		{name: "connection refused", dial: failing(os.NewSyscallError("connect", syscall.ECONNREFUSED))},
		{name: "no such host", dial: failing(&net.DNSError{Err: "no such host", Name: "example.com", IsNotFound: true})},
		{name: "untrusted certificate", distrust: true},
		{name: "connection reset", dial: func(net.Conn) (net.Conn, error) {
			here, there := net.Pipe()
			go func() { _, _ = io.Copy(io.Discard, there) }()
			return resetting{here}, nil
		}},
		{name: "connection closed without an answer", answer: func(http.ResponseWriter, *http.Request, *httptest.ResponseRecorder) {
			panic(http.ErrAbortHandler)
		}},
		{name: "connection closed within the answer", answer: func(w http.ResponseWriter, _ *http.Request, whole *httptest.ResponseRecorder) {
			begin(w, whole, whole.Body.Len()*4/5)
			panic(http.ErrAbortHandler)
		}},
		{name: "bytes that are no HTTP", answer: raw("SSH-2.0-OpenSSH_9.6\r\n\r\n")},
		{name: "headers without end", answer: raw("HTTP/1.1 200 OK\r\nX-Padding: " + strings.Repeat("x", 2<<20))},
	}
}

// resetting is a connection that the other side resets instead of answering.
type resetting struct{ net.Conn }

func (resetting) Read([]byte) (int, error) {
	return 0, &net.OpError{Op: "read", Net: "tcp", Err: os.NewSyscallError("read", syscall.ECONNRESET)}
}

func slowFaults() []fault {
	return []fault{
		{name: "no headers", answer: func(_ http.ResponseWriter, r *http.Request, _ *httptest.ResponseRecorder) {
			<-r.Context().Done()
		}},
		{name: "no body", answer: func(w http.ResponseWriter, r *http.Request, whole *httptest.ResponseRecorder) {
			begin(w, whole, 0)
			<-r.Context().Done()
		}},
		{name: "silence within the answer", answer: func(w http.ResponseWriter, r *http.Request, whole *httptest.ResponseRecorder) {
			begin(w, whole, whole.Body.Len()*4/5)
			<-r.Context().Done()
		}},
		{name: "a byte a second", answer: func(w http.ResponseWriter, r *http.Request, whole *httptest.ResponseRecorder) {
			begin(w, whole, 0)
			for _, b := range whole.Body.Bytes() {
				_, _ = w.Write([]byte{b})
				_ = http.NewResponseController(w).Flush()
				if !pass(r, time.Second) {
					return
				}
			}
		}},
		{name: "only keep-alives", events: true, answer: func(w http.ResponseWriter, r *http.Request, whole *httptest.ResponseRecorder) {
			begin(w, whole, 0)
			for pass(r, 10*time.Second) {
				_, _ = io.WriteString(w, ": keep-alive\n\n")
				_ = http.NewResponseController(w).Flush()
			}
		}},
	}
}

func bodyFaults() []fault {
	noise := "\x00\x01\xfe\xff\x80{{{\r\n\r\n data data: \x1b[31m" + strings.Repeat("\xc3\x28", 300)
	page := "<!doctype html><title>Maintenance</title>"
	return []fault{
		{name: "an empty body", answer: with("")},
		{name: "garbage", answer: with(noise)},
		{name: "a page instead", answer: withType("text/html", page)},
		{name: "the right body as text/plain", answer: func(w http.ResponseWriter, _ *http.Request, whole *httptest.ResponseRecorder) {
			whole.Header().Set("Content-Type", "text/plain")
			begin(w, whole, whole.Body.Len())
		}},
		{name: "null", answer: withType("application/json", "null")},
		{name: "an empty object", answer: withType("application/json", "{}")},
		{name: "an error as 200", answer: withType("application/json", `{"error":{"message":"the engine is gone"}}`)},
		{name: "a gzip bomb, an event of 256 MB",
			answer: zipped(func(string) (before, block, after string) { return "", "data: " + megabyte() + "\n", "" }, 256)},
		{name: "invalid gzip", answer: func(w http.ResponseWriter, _ *http.Request, whole *httptest.ResponseRecorder) {
			w.Header().Set("Content-Encoding", "gzip")
			begin(w, whole, whole.Body.Len())
		}},
		{name: "a line of 10 MB", answer: zipped(padded, 10)},
		{name: "a line of 40 MB", answer: zipped(padded, 40)},
		{name: "invalid UTF-8", answer: changed(func(whole string) string {
			return strings.NewReplacer("emulator", "emu\xff\xfelator", `"object":"list"`, "\"object\":\"l\xffst\"", `"description":"`,
				"\"description\":\"\xc3\x28").Replace(whole)
		})},
	}
}

func redirectFaults() []fault {
	to := func(status int, place string) fault {
		return fault{answer: func(w http.ResponseWriter, _ *http.Request, _ *httptest.ResponseRecorder) {
			w.Header().Set("Location", place)
			w.WriteHeader(status)
		}}
	}
	named := func(name string, f fault) fault { f.name = name; return f }
	return []fault{
		named("301 to another host", to(301, "http://elsewhere.test/v1")),
		named("302 to another host", to(302, "http://elsewhere.test/v1")),
		named("307 to another host", to(307, "http://elsewhere.test/v1")),
		named("308 to itself, for ever", to(308, "?again")),
		named("302 to a page of the same host", fault{answer: func(w http.ResponseWriter, r *http.Request, _ *httptest.ResponseRecorder) {
			if r.URL.Path == "/login" {
				_, _ = io.WriteString(w, "<html>log in</html>")
				return
			}
			http.Redirect(w, r, "/login", http.StatusFound)
		}}),
	}
}

func limitFaults() []fault {
	limited := func(header, value string) answering {
		return func(w http.ResponseWriter, _ *http.Request, _ *httptest.ResponseRecorder) {
			w.Header().Set(header, value)
			w.WriteHeader(http.StatusTooManyRequests)
			_, _ = io.WriteString(w, `{"message":"API rate limit exceeded"}`)
		}
	}
	return []fault{
		{name: "429 once, Retry-After: 31", once: true, answer: limited("Retry-After", "31")},
		{name: "429, Retry-After: 31", answer: limited("Retry-After", "31")},
		{name: "429, Retry-After: 3600", answer: limited("Retry-After", "3600")},
		{name: "503 once", once: true, answer: status(http.StatusServiceUnavailable)},
		{name: "503 once, Retry-After: 31", once: true, answer: func(w http.ResponseWriter, r *http.Request, whole *httptest.ResponseRecorder) {
			w.Header().Set("Retry-After", "31")
			status(http.StatusServiceUnavailable)(w, r, whole)
		}},
	}
}

// eventFaults occur only in streams.
func eventFaults() []fault {
	return []fault{
		{name: "a stream of [DONE] alone", events: true, answer: changedEvents(func(events []string) []string { return events[len(events)-1:] })},
		{name: "no [DONE]", events: true, answer: changedEvents(func(events []string) []string { return events[:len(events)-1] })},
		{name: "no finish reason", events: true, answer: changedEvents(func(events []string) []string {
			return slices.DeleteFunc(events, func(event string) bool { return !strings.Contains(event, `"finish_reason":null`) })
		})},
		{name: "duplicated chunks", events: true, answer: changedEvents(func(events []string) (twice []string) {
			for _, event := range events {
				twice = append(twice, event, event)
			}
			return twice
		})},
		{name: "usage before the finish reason", events: true, answer: changedEvents(func(events []string) []string {
			finish, usage := len(events)-3, len(events)-2
			events[finish], events[usage] = events[usage], events[finish]
			return events
		})},
		{name: "an error before any text", events: true, answer: changedEvents(func(events []string) []string {
			return []string{events[0], `data: {"error":{"message":"the engine is gone"}}`}
		})},
		{name: "an error after text", events: true, answer: changedEvents(func(events []string) []string {
			return append(events[:len(events)-3], `data: {"error":{"message":"the engine is gone"}}`)
		})},
		{name: "tool calls in reverse order", events: true, calls: true, answer: changedEvents(func(events []string) []string {
			first := slices.IndexFunc(events, func(event string) bool { return strings.Contains(event, `"tool_calls":[{"index":1`) })
			begin := slices.IndexFunc(events, func(event string) bool { return strings.Contains(event, `"tool_calls":[{"index":0`) })
			end := slices.IndexFunc(events, func(event string) bool { return strings.Contains(event, `"finish_reason":"tool_calls"`) })
			return slices.Concat(events[:begin], events[first:end], events[begin:first], events[end:])
		})},
	}
}

// answerFaults are answers as engines and gateways send them.
func answerFaults() []fault {
	instead := func(name string, events ...string) fault {
		return fault{name: name, events: true, answer: with(asEvents(append(events, used, done)))}
	}
	first := func(name, event string) fault {
		return fault{name: name, events: true, answer: changedEvents(func(events []string) []string {
			return slices.Insert(events, 1, "data: "+event)
		})}
	}
	half := instead("arguments cut at the limit", calls(`{"index":0,"id":"a","function":{"name":"get_weather","arguments":"{\"ci"}}`), finished(`"length"`))
	half.calls = true
	return []fault{
		first("reasoning in tags", piece("<think>Hm.</think>")),
		first("fields of odd types", `{"model":7,"choices":[{"index":"0","delta":{"content":1,"role":null,"tool_calls":false}},3],"usage":false,"error":""}`),
		first("an error of FastAPI", `{"detail":[{"loc":["body"],"msg":"the engine is gone"}]}`),
		first("an error of vLLM", `{"object":"error","message":"the engine is gone","code":500}`),
		instead("a refusal", `{"choices":[{"delta":{"content":null,"refusal":"I will not."}}]}`, stopped),
		instead("a content filter, no text", finished(`"content_filter"`)),
		{name: "an abort", events: true, answer: changed(func(whole string) string {
			return strings.NewReplacer(`"finish_reason":"stop"`, `"finish_reason":"abort"`).Replace(whole)
		})},
		half,
	}
}

// statuses are all that have a name, and some that only gateways use.
func statuses() []fault {
	all := []fault{
		{name: "503 after 100 and 103",
			answer: raw("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n")},
		{name: "101", answer: raw("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n")},
	}
	for code := 200; code < 600; code++ {
		switch code {
		case 299, 399, 420, 498, 499, 520, 529, 599:
		default:
			if http.StatusText(code) == "" {
				continue
			}
		}
		if code != http.StatusOK {
			all = append(all, fault{name: strconv.Itoa(code), answer: status(code)})
		}
	}
	return all
}
