package main

import (
	"fmt"
	"io"
	"log"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"time"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/emulator" //nolint:depguard // the soak is a test, whose upstream this is
)

// upstream is the emulator with random faults.
type upstream struct {
	*emulator.Emulator
	server   http.Server
	baseURL  string
	mu       sync.Mutex
	random   *rand.Rand
	requests int
	faults   map[string]int
}

func startUpstream(seed uint64) (*upstream, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	u := &upstream{
		Emulator: emulator.New(emulator.Options{}), random: rand.New(rand.NewPCG(seed, 0)), faults: map[string]int{},
		baseURL: "http://" + listener.Addr().String(),
	}
	u.server = http.Server{Handler: u, ReadHeaderTimeout: 10 * time.Second, ErrorLog: log.New(io.Discard, "", 0)}
	go func() { _ = u.server.Serve(listener) }() // ends when it is closed
	return u, nil
}

func (u *upstream) close() { _ = u.server.Close() }

// draw returns a fault for a request ("" means no fault) and a number for it to use.
func (u *upstream) draw() (fault string, number int) {
	names := []string{
		"status 500", "status 503", "status 429", "status 400", "status 403", "status 302", "drop", "cut", "cut", "cut", "silence",
		"slow", "slow", "garbage", "page", "nothing", "error event", "twice", "no finish",
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	u.requests++
	number = u.random.IntN(1 << 20)
	if i := u.random.IntN(3 * len(names)); i < len(names) {
		fault = names[i]
		u.faults[fault]++
	}
	return fault, number
}

func (u *upstream) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	fault, number := u.draw()
	if fault == "" {
		u.Emulator.ServeHTTP(w, r)
		return
	}
	var status int
	if n, _ := fmt.Sscanf(fault, "status %d", &status); n == 1 {
		refuse(w, status)
		return
	}
	if fault == "drop" {
		panic(http.ErrAbortHandler)
	}
	whole := httptest.NewRecorder()
	u.Emulator.ServeHTTP(whole, r)
	for name, values := range whole.Header() {
		w.Header()[name] = values
	}
	spoil(w, r, fault, whole, number)
}

func refuse(w http.ResponseWriter, status int) {
	switch status {
	case http.StatusTooManyRequests:
		w.Header().Set("Retry-After", "1")
	case http.StatusFound:
		w.Header().Set("Location", "http://elsewhere.invalid/")
	}
	w.WriteHeader(status)
	_, _ = io.WriteString(w, `{"message":"the soak says no"}`)
}

// spoil sends the right answer with a fault applied.
func spoil(w http.ResponseWriter, r *http.Request, fault string, whole *httptest.ResponseRecorder, number int) {
	text := whole.Body.String()
	events := strings.SplitAfter(text, "\n\n")
	part := text[:number%(len(text)+1)]
	switch fault {
	case "cut":
		send(w, part)
		panic(http.ErrAbortHandler)
	case "silence":
		send(w, part)
		<-r.Context().Done()
	case "slow":
		for _, event := range events {
			send(w, event)
			select {
			case <-time.After(time.Duration(number%40) * time.Millisecond):
			case <-r.Context().Done():
				return
			}
		}
	case "garbage":
		send(w, strings.Repeat("\x00{\xff", 100+number%10_000))
	case "page":
		w.Header().Set("Content-Type", "text/html")
		send(w, "<html>maintenance</html>")
	case "nothing":
		send(w, "")
	case "error event":
		send(w, strings.Join(events[:len(events)/2], "")+"data: {\"error\":{\"message\":\"the engine is gone\"}}\n\n")
	case "twice":
		for _, event := range events {
			send(w, event+event)
		}
	case "no finish":
		send(w, strings.Join(events[:len(events)*2/3], ""))
	}
}

func send(w http.ResponseWriter, text string) {
	_, _ = io.WriteString(w, text)
	_ = http.NewResponseController(w).Flush()
}
