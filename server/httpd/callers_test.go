package httpd_test

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/emulator"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/server/httpd"
)

const (
	aliceKey = "key-of-alice-which-nobody-sees"
	bobKey   = "key-of-bob-which-nobody-sees"
)

// callersFile is a file of callers in a folder of its own.
type callersFile struct {
	testing.TB
	path string
	log  lockedBuffer
}

func newCallersFile(t testing.TB, content string) *callersFile {
	t.Helper()
	f := &callersFile{TB: t, path: filepath.Join(t.TempDir(), "callers.yaml")}
	writeFile(t, f.path, content)
	return f
}

func (f *callersFile) beside(name string) string { return filepath.Join(filepath.Dir(f.path), name) }

func (f *callersFile) try() (*httpd.Callers, error) {
	return httpd.OpenCallers(f.path, httpd.CallersOptions{
		Logger: jsonLog(&f.log), Tools: []string{"chat", "embed", "describe-image", "structured-extract", "resolve-virtual-model"},
		ReadKey: func(path string, content []byte) (string, error) {
			if strings.TrimSpace(string(content)) == "" {
				return "", fmt.Errorf("%s is empty", path)
			}
			return strings.TrimSpace(string(content)), nil
		},
	})
}

func (f *callersFile) open() *httpd.Callers {
	f.Helper()
	opened, err := f.try()
	if err != nil {
		f.Fatal(err)
	}
	return opened
}

// as adds a token to a request.
func as(r *http.Request, token string) *http.Request {
	r.Header.Set("Authorization", "Bearer "+token)
	return r
}

func TestAnExpiredTokenIsTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { // it is 2000-01-01
		file := newCallersFile(t, "callers:\n  alice: {token: "+goodToken+", expires: 2000-01-02}\n  bob: {token: "+otherToken+"}\n")
		var log lockedBuffer
		e := serveInMemory(t, httpd.Options{Callers: file.open(), Logger: jsonLog(&log)})
		e.do(as(e.chat(modern), goodToken)).check(t, http.StatusOK, `"content"`)
		<-time.After(48*time.Hour - time.Nanosecond)
		e.do(as(e.chat(modern), goodToken)).check(t, http.StatusOK, `"content"`)
		<-time.After(time.Nanosecond)
		for range 50 { // more than anybody may guess
			got := e.do(as(e.chat(modern), goodToken))
			got.check(t, http.StatusUnauthorized, "this token has expired", "Hint")
			want := `Bearer realm="ai-endpoints-mcp", error="invalid_token", error_description="this token has expired"`
			if challenge := got.Header.Get("WWW-Authenticate"); challenge != want {
				t.Fatalf("the challenge is %q", challenge)
			}
		}
		e.do(as(e.chat(modern), otherToken)).check(t, http.StatusOK, `"content"`)
		if line := log.lines(t, "refused", 50)[0]; line["reason"] != "expired" || line["token"] != "alice" {
			t.Errorf("the log says %v", line)
		}
	})
}

// Each refusal has its reason in the log.
func TestTheLogHasTheReasonOfARefusal(t *testing.T) {
	for want, change := range map[string]func(r *http.Request){
		"no_token":       func(*http.Request) {},
		"not_bearer":     func(r *http.Request) { r.Header.Set("Authorization", "Basic "+goodToken) },
		"unknown_token":  func(r *http.Request) { as(r, "nobody-knows-this-token") },
		"expired":        func(r *http.Request) { as(r, goodToken) },
		"token_in_url":   func(r *http.Request) { r.URL.RawQuery = "x=" + otherToken },
		"unknown_host":   func(r *http.Request) { r.Host = "elsewhere.example" },
		"foreign_origin": func(r *http.Request) { r.Header.Set("Origin", "https://elsewhere.example") },
		"no_oauth":       func(r *http.Request) { r.URL.Path = "/register" },
	} {
		t.Run(want, func(t *testing.T) {
			var log lockedBuffer
			file := newCallersFile(t, "callers:\n  alice: {token: "+goodToken+", expires: 2000-01-02}\n  bob: {token: "+otherToken+"}\n")
			e := serveHTTP(t, setup{log: jsonLog(&log)}, httpd.Options{Callers: file.open()})
			r := e.chat(modern)
			change(r)
			e.do(r)
			if line := log.lines(t, "refused", 1)[0]; line["reason"] != want {
				t.Errorf("the log says %v", line)
			}
		})
	}
}

func TestCallersAndTheirKeysAreReloaded(t *testing.T) {
	file := newCallersFile(t, "callers:\n  alice:\n    token: "+goodToken+"\n    key_file: alice.key\n")
	writeFile(t, file.beside("alice.key"), aliceKey+"\n")
	opened := file.open()
	e := serveHTTP(t, setup{}, httpd.Options{Callers: opened})
	key := func(name string) string {
		if entry, ok := opened.Set().ByName(name); ok {
			return entry.Key
		}
		return "nobody"
	}
	if key("alice") != aliceKey {
		t.Fatalf("the key has %d characters", len(key("alice")))
	}
	writeFile(t, file.beside("alice.key"), bobKey)
	eventually(t, "a new key is in force", func() bool { return key("alice") == bobKey })

	if err := os.Remove(file.beside("alice.key")); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the log says that the key is gone", func() bool { return strings.Contains(file.log.String(), "line 4: key_file: open ") })
	writeFile(t, file.beside("alice.key"), " \n")
	eventually(t, "the log says that the key is empty", func() bool { return strings.Contains(file.log.String(), "alice.key is empty") })
	writeFile(t, file.path, "callers:\n  alice: {token: "+goodToken+", exprires: 2000-01-01}\n")
	eventually(t, "the log says what is wrong", func() bool { return strings.Contains(file.log.String(), "did you mean") })
	if key("alice") != bobKey || e.tokenStatus(goodToken) != http.StatusOK {
		t.Error("the last good callers are not in force")
	}

	absolute := filepath.Join(t.TempDir(), "bob.key")
	writeFile(t, absolute, bobKey)
	writeFile(t, file.path, "callers:\n  bob: {token: "+otherToken+", key_file: "+fmt.Sprintf("%q", absolute)+"}\n")
	eventually(t, "bob has a key", func() bool { return key("bob") == bobKey })
	if e.tokenStatus(goodToken) != http.StatusUnauthorized || e.tokenStatus(otherToken) != http.StatusOK {
		t.Error("the old callers are in force")
	}
	for _, secret := range []string{goodToken, otherToken, aliceKey, bobKey} {
		if strings.Contains(file.log.String(), secret) {
			t.Errorf("the log is %s", file.log.String())
		}
	}
}

func TestAFileOfCallersThatCannotBeUsed(t *testing.T) {
	file := newCallersFile(t, "callers:\n  alice:\n    token: "+goodToken+"\n    key_file: alice.key\n")
	if _, err := file.try(); !errors.Is(err, os.ErrNotExist) || !strings.HasPrefix(err.Error(), "callers file "+file.path+": line 4: key_file: open "+file.beside("alice.key")) {
		t.Errorf("a key that is missing: %v", err)
	}
	writeFile(t, file.beside("alice.key"), "")
	if _, err := file.try(); err == nil || !strings.Contains(err.Error(), "line 4: key_file: "+file.beside("alice.key")+" is empty") {
		t.Errorf("an empty key: %v", err)
	}
	if err := os.Remove(file.path); err != nil {
		t.Fatal(err)
	}
	if _, err := file.try(); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
}

// The rules of a caller bound its calls of tools, and nobody else's.
func TestCallsAMinute(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		file := newCallersFile(t, "callers:\n  alice: {token: "+goodToken+", requests_per_minute: 2}\n  bob: {token: "+otherToken+"}\n")
		e := serveInMemory(t, httpd.Options{Callers: file.open()})
		chat := func(token string) response { return e.do(as(e.chat(modern), token)) }
		for range 2 {
			chat(goodToken).check(t, http.StatusOK, `"content"`)
		}
		<-time.After(20 * time.Second)
		got := chat(goodToken)
		got.check(t, http.StatusTooManyRequests, "requests_per_minute of this caller is 2", "Hint", `"retry_after_s":41`)
		if got.Header.Get("Retry-After") != "41" {
			t.Errorf("Retry-After is %q", got.Header.Get("Retry-After"))
		}
		chat(otherToken).check(t, http.StatusOK, `"content"`)
		for range 5 {
			e.do(as(e.request(t.Context(), "2025-11-25", "tools/list", `{}`), goodToken)).check(t, http.StatusOK, `"tools"`)
		}

		writeFile(t, file.path, "callers:\n  alice: {token: "+goodToken+", requests_per_minute: 3}\n")
		<-time.After(2 * time.Second)
		synctest.Wait()
		chat(goodToken).check(t, http.StatusOK, `"content"`)
		chat(goodToken).check(t, http.StatusTooManyRequests, "of this caller is 3")

		writeFile(t, file.path, "callers:\n  alice: {token: "+goodToken+", requests_per_minute: 1}\n")
		<-time.After(2 * time.Second)
		synctest.Wait()
		got = chat(goodToken)
		got.check(t, http.StatusTooManyRequests, "of this caller is 1")
		wait, err := time.ParseDuration(got.Header.Get("Retry-After") + "s")
		if err != nil {
			t.Fatal(err)
		}
		<-time.After(wait)
		chat(goodToken).check(t, http.StatusOK, `"content"`)
	})
}

func TestCallsAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		file := newCallersFile(t, "callers:\n  alice: {token: "+goodToken+", max_concurrent: 1, requests_per_minute: 3}\n  bob: {token: "+otherToken+"}\n")
		e := serveInMemory(t, httpd.Options{Callers: file.open()})
		e.Script(emulator.Fault{Path: "/chat/completions", Delay: 15 * time.Second})
		slow := e.background(as(e.chat(modern), goodToken))
		synctest.Wait()
		for range 5 { // which counts no call of the minute
			e.do(as(e.chat(modern), goodToken)).check(t, http.StatusTooManyRequests, "max_concurrent of this caller is 1", `"retry_after_s":1`)
		}
		e.do(as(e.request(t.Context(), "2025-11-25", "ping", `{}`), goodToken)).check(t, http.StatusOK)
		e.do(as(e.chat(modern), otherToken)).check(t, http.StatusOK, `"content"`)
		if answer := <-slow; !strings.HasPrefix(answer, "200") {
			t.Errorf("the first got %s", answer)
		}
		e.do(as(e.chat(modern), goodToken)).check(t, http.StatusOK, `"content"`)
	})
}
