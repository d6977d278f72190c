package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// outcome is what became of an attack's requests.
type outcome struct {
	Tries   int           `json:"tries"`
	Lost    []string      `json:"lost"`  // why requests have no proper answer, the first few
	Count   int           `json:"count"` // of the lost ones
	Slowest time.Duration `json:"slowest"`
}

// attacker is the process that attacks. It makes its requests before it sends them, and
// decodes nothing.
type attacker struct {
	url    string
	client *http.Client
	short  bool

	mu sync.Mutex
	outcome
}

// runAttacker runs one attack and writes its outcome to stdout.
func runAttacker(ctx context.Context, name, url string, short bool) error {
	attacks := allAttacks()
	i := slices.IndexFunc(attacks, func(a attack) bool { return a.name == name && a.run != nil })
	if i < 0 {
		return fmt.Errorf("there is no attack %q", name)
	}
	a := &attacker{url: url, short: short, client: newClient()}
	attacks[i].run(ctx, a)
	return json.NewEncoder(os.Stdout).Encode(&a.outcome)
}

// newClient returns a client whose answers arrive as the server sends them.
func newClient() *http.Client {
	return &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 256, DisableCompression: true}}
}

// number and seconds choose by the form of the run.
func (a *attacker) number(short, long int) int {
	if a.short {
		return short
	}
	return long
}

func (a *attacker) seconds(short, long int) time.Duration {
	return time.Duration(a.number(short, long)) * time.Second
}

// together does something n times at once.
func (a *attacker) together(n int, do func(i int)) {
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() { do(i) })
	}
	all.Wait()
}

// floodTime ends a flood whose requests are slow.
const floodTime = 15 * time.Second

// flood does something n times, so many at once.
func (a *attacker) flood(ctx context.Context, atOnce, n int, do func(i int)) {
	var next atomic.Int64
	end := time.Now().Add(floodTime)
	a.together(atOnce, func(int) {
		for i := int(next.Add(1)); i <= n && ctx.Err() == nil && time.Now().Before(end); i = int(next.Add(1)) {
			do(i)
		}
	})
}

// maxWait is longer than any request may take.
const maxWait = 40 * time.Second

// maxHeaders is how long the server waits for the head of a request.
const maxHeaders = 10 * time.Second

// post sends a message as a caller, and judges the answer.
func (a *attacker) post(ctx context.Context, caller int, body []byte) {
	a.postAs(ctx, token(caller), body)
}

func (a *attacker) postAs(ctx context.Context, token string, body []byte) {
	a.send(ctx, token, bytes.NewReader(body))
}

// postChunked does not say how long the body is.
func (a *attacker) postChunked(ctx context.Context, caller int, body []byte) {
	a.send(ctx, token(caller), io.MultiReader(bytes.NewReader(body)))
}

func (a *attacker) send(ctx context.Context, token string, body io.Reader) {
	ctx, stop := context.WithTimeout(ctx, maxWait)
	defer stop()
	var connected, begun time.Time
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GotConn:      func(httptrace.GotConnInfo) { connected = time.Now() },
		WroteHeaders: func() { begun = time.Now() },
	})
	start := time.Now()
	status, header, begin, err := send(ctx, a.client, a.url, token, body)
	if err != nil {
		if begun.Sub(connected) > maxHeaders/2 {
			return // this process had no processor for so long that the server gave up on it
		}
		a.add(start, err.Error())
		return
	}
	a.add(start, wrongAnswer(status, header, begin))
}

// send sends a request and reads its answer, of which it returns the begin.
func send(ctx context.Context, client *http.Client, url, token string, body io.Reader) (int, http.Header, []byte, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, url, body)
	if err != nil {
		return 0, nil, nil, err
	}
	for name, value := range headers(token) {
		r.Header.Set(name, value)
	}
	answer, err := client.Do(r)
	if err != nil {
		return 0, nil, nil, err
	}
	defer answer.Body.Close()
	begin, err := io.ReadAll(io.LimitReader(answer.Body, 4<<10))
	if err == nil {
		_, err = io.Copy(io.Discard, answer.Body)
	}
	return answer.StatusCode, answer.Header, begin, err
}

func headers(token string) map[string]string {
	return map[string]string{
		"Authorization": "Bearer " + token, "Content-Type": "application/json",
		"Accept": "application/json, text/event-stream", "Mcp-Protocol-Version": "2025-11-25",
	}
}

// wrongAnswer says what is wrong with an answer, "" if it is one that the server
// promises: a result, a refusal with its reason, or an invitation to come again.
func wrongAnswer(status int, header http.Header, begin []byte) string {
	switch {
	case bytes.Contains(begin, []byte(`"code":"internal"`)), bytes.Contains(begin, []byte(`"code":-32603`)):
		return fmt.Sprintf("an internal error: %.300s", begin)
	case status == http.StatusOK && len(begin) > 0:
		return ""
	case status == http.StatusTooManyRequests && header.Get("Retry-After") == "":
		return "429 without Retry-After"
	case status >= 400 && status < 500 && len(bytes.TrimSpace(begin)) > 0:
		return ""
	}
	return fmt.Sprintf("status %d: %.100q", status, begin)
}

// add counts a request; problem is "" if it was answered properly.
func (a *attacker) add(start time.Time, problem string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.Tries++
	a.Slowest = max(a.Slowest, time.Since(start))
	if problem == "" {
		return
	}
	if a.Count++; len(a.Lost) < 3 {
		a.Lost = append(a.Lost, fmt.Sprintf("after %s: %s", time.Since(start).Round(time.Millisecond), problem))
	}
}

// cancel sends a call and leaves before the answer.
func (a *attacker) cancel(ctx context.Context, caller int, body []byte) {
	ctx, stop := context.WithTimeout(ctx, 20*time.Millisecond)
	defer stop()
	start := time.Now()
	_, _, _, err := send(ctx, a.client, a.url, token(caller), bytes.NewReader(body)) //nolint:dogsled // nobody waits for the answer
	if err != nil && ctx.Err() == nil {
		a.add(start, err.Error())
		return
	}
	a.add(start, "")
}

// slowBody announces a large body, and sends a byte of it a second, for so long. Once
// the server has answered, it may close the connection.
func (a *attacker) slowBody(ctx context.Context, caller int, long time.Duration, size ...string) {
	start := time.Now()
	c, err := a.dial(ctx, caller, append(size, fmt.Sprint("Content-Length: ", bodySize))[0])
	if err != nil {
		a.add(start, err.Error())
		return
	}
	defer c.Close()
	for ctx.Err() == nil && time.Since(start) < long {
		piece := " "
		if len(size) > 0 {
			piece = "1\r\n \r\n"
		}
		if _, err := io.WriteString(c, piece); err != nil {
			break
		}
		time.Sleep(time.Second)
	}
	a.add(start, "")
}

// neverRead sends a call and reads nothing of the answer.
func (a *attacker) neverRead(ctx context.Context, caller int, body []byte, long time.Duration) {
	start := time.Now()
	c, err := a.dial(ctx, caller, fmt.Sprint("Content-Length: ", len(body)))
	if err != nil {
		a.add(start, err.Error())
		return
	}
	defer c.Close()
	if tcp, ok := c.(*net.TCPConn); ok {
		_ = tcp.SetReadBuffer(4 << 10)
	}
	if _, err := c.Write(body); err != nil {
		a.add(start, err.Error())
		return
	}
	select {
	case <-time.After(long):
	case <-ctx.Done():
	}
	a.add(start, "")
}

// dial opens a connection and sends the head of a request.
func (a *attacker) dial(ctx context.Context, caller int, size string) (net.Conn, error) {
	address, path, ok := strings.Cut(strings.TrimPrefix(a.url, "http://"), "/")
	if !ok {
		return nil, errors.New("the URL has no path")
	}
	c, err := (&net.Dialer{Timeout: 10 * time.Second}).DialContext(ctx, "tcp", address)
	if err != nil {
		return nil, err
	}
	head := "POST /" + path + " HTTP/1.1\r\nHost: " + address + "\r\n" + size + "\r\n"
	for name, value := range headers(token(caller)) {
		head += name + ": " + value + "\r\n"
	}
	if _, err := io.WriteString(c, head+"\r\n"); err != nil {
		return nil, errors.Join(err, c.Close())
	}
	return c, nil
}

// callers is how many have a token. The first one is honest.
const callers = 1001

// token returns a caller's token.
func token(caller int) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "caller %d", caller))
	return hex.EncodeToString(sum[:])
}

func wrongToken(i int) string { return token(callers + i) }

// writeTokens writes the file of the tokens.
func writeTokens(file string) error {
	var b strings.Builder
	for i := range callers {
		fmt.Fprintf(&b, "caller-%d: %s\n", i, token(i))
	}
	return os.WriteFile(file, []byte(b.String()), 0o600)
}
