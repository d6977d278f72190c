package catalog_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/catalog"
)

// service is the catalogue URL and /v1/models, in memory: what it answers can be
// changed between two fetches, and it counts.
type service struct {
	mu      sync.Mutex
	status  int
	body    string
	etag    string
	err     error
	fetches int
	asked   []string // If-None-Match of each fetch
}

func (s *service) RoundTrip(req *http.Request) (*http.Response, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fetches++
	s.asked = append(s.asked, req.Header.Get("If-None-Match"))
	if s.err != nil {
		return nil, s.err
	}
	resp := &http.Response{StatusCode: s.status, Status: fmt.Sprint(s.status), Header: http.Header{}, Request: req}
	body := s.body
	if s.etag != "" {
		resp.Header.Set("ETag", s.etag)
		if req.Header.Get("If-None-Match") == s.etag {
			resp.StatusCode, body = http.StatusNotModified, ""
		}
	}
	resp.Body = io.NopCloser(strings.NewReader(body))
	return resp, nil
}

func (s *service) set(change func(*service)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change(s)
}

// payload lists so many models, model-1 and on.
func payload(models int) string {
	var entries []string
	for i := range models {
		entries = append(entries, fmt.Sprintf(`{"id":"m%d","name":"model-%d","available":true}`, i+1, i+1))
	}
	return "[" + strings.Join(entries, ",") + "]"
}

func newService(models int) *service {
	return &service{status: http.StatusOK, body: payload(models), etag: fmt.Sprintf(`"%d"`, models)}
}

// open makes a live catalogue on the service, as one process would.
func open(t *testing.T, s *service, dir string, log io.Writer) *catalog.Live {
	t.Helper()
	live := catalog.NewLive(catalog.LiveOptions{
		CatalogURL: "https://catalog.test/models", BaseURL: "https://api.test/v1", CacheDir: dir,
		HTTPClient: &http.Client{Transport: s}, Logger: slog.New(slog.NewTextHandler(log, nil)),
		Served: func(context.Context) ([]byte, error) { return []byte(`{"data":[{"id":"served-only"}]}`), nil },
	})
	t.Cleanup(live.Close)
	return live
}

func TestDiskCache(t *testing.T) {
	const listed = 4
	const stale = 2 * time.Hour
	for _, test := range []struct {
		name    string
		age     time.Duration  // of the cache when the second process starts
		change  func(*service) // what the service does by then
		source  catalog.Source // after a refresh; before it, it is the cache
		models  int            // listed, after a refresh
		fetches int            // of the second process
		problem string         // after a refresh
	}{
		{"fresh: no fetch at all", 59 * time.Minute,
			func(s *service) { s.body = payload(9) }, catalog.SourceCache, listed, 0, ""},
		{"stale: served while one refresh runs", stale,
			func(s *service) { s.body, s.etag = payload(5), `"5"` }, catalog.SourceLive, 5, 1, ""},
		{"unchanged: 304 makes it live again", stale,
			func(*service) {}, catalog.SourceLive, listed, 1, ""},
		{"garbage is not taken", stale,
			func(s *service) { s.body, s.etag = "<html>", "" }, catalog.SourceCache, listed, 1, "decoding"},
		{"an empty list is not taken", stale,
			func(s *service) { s.body, s.etag = "[]", "" }, catalog.SourceCache, listed, 1, "no model"},
		{"a list that shrank to less than half is not taken", stale,
			func(s *service) { s.body, s.etag = payload(1), "" }, catalog.SourceCache, listed, 1, "lists 1 models"},
		{"a list that shrank to half is taken", stale,
			func(s *service) { s.body, s.etag = payload(2), "" }, catalog.SourceLive, 2, 1, ""},
		{"offline", stale,
			func(s *service) { s.err = errors.New("no route to host") }, catalog.SourceCache, listed, 1, "no route to host"},
		{"an error status", stale,
			func(s *service) { s.status, s.etag = 503, "" }, catalog.SourceCache, listed, 1, "503"},
	} {
		t.Run(test.name, func(t *testing.T) {
			dir := t.TempDir()
			synctest.Test(t, func(t *testing.T) {
				s := newService(listed)
				first := open(t, s, dir, io.Discard)
				if got := first.Get(t.Context()); got.Source != catalog.SourceLive {
					t.Fatalf("the first process has the source %s, want live", got.Source)
				}
				first.Close()
				<-time.After(test.age)
				s.set(test.change)
				s.set(func(s *service) { s.fetches = 0 })

				second := open(t, s, dir, io.Discard)
				if got := second.Get(t.Context()); got.Source != catalog.SourceCache || countListed(got) != listed {
					t.Errorf("at once: source %s with %d models, want cache with %d", got.Source, countListed(got), listed)
				}
				synctest.Wait()
				got := second.Get(t.Context())
				if got.Source != test.source || countListed(got) != test.models {
					t.Errorf("later: source %s with %d models, want %s with %d", got.Source, countListed(got), test.source, test.models)
				}
				if (test.problem == "") != (got.Problem == "") || !strings.Contains(got.Problem, test.problem) {
					t.Errorf("the problem is %q, want %q in it", got.Problem, test.problem)
				}
				if s.fetches != test.fetches {
					t.Errorf("the second process fetched %d times, want %d", s.fetches, test.fetches)
				}
			})
		})
	}
}

func countListed(c *catalog.Catalog) int {
	listed := 0
	for _, m := range c.Models() {
		if m.Listed {
			listed++
		}
	}
	return listed
}

func TestNoCacheWithoutAFolder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newService(3)
		open(t, s, "", io.Discard).Get(t.Context())
		open(t, s, "", io.Discard).Get(t.Context())
		if s.fetches != 2 {
			t.Errorf("two processes fetched %d times, want 2", s.fetches)
		}
	})
}

func TestUnwritableFolderCostsOneWarning(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		s := newService(3)
		live := open(t, s, filepath.Join(file, "cache"), &log)
		for range 3 {
			if got := live.Get(t.Context()); got.Source != catalog.SourceLive {
				t.Errorf("the source is %s, want live", got.Source)
			}
			synctest.Wait()
			<-time.After(2 * time.Hour)
		}
		live.Close()
		if got := strings.Count(log.String(), "cannot be cached"); got != 1 {
			t.Errorf("%d warnings, want 1:\n%s", got, log.String())
		}
	})
}

func TestBrokenCacheIsIgnored(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		s := newService(3)
		first := open(t, s, dir, io.Discard)
		first.Get(t.Context())
		first.Close()
		files, err := filepath.Glob(filepath.Join(dir, "*"))
		if err != nil || len(files) != 1 {
			t.Fatalf("the folder holds %v, want one file", files)
		}
		if err := os.WriteFile(files[0], []byte(`{"url":"https://catalog`), 0o600); err != nil {
			t.Fatal(err)
		}
		var log bytes.Buffer
		second := open(t, s, dir, &log)
		if got := second.Get(t.Context()); got.Source != catalog.SourceLive {
			t.Errorf("the source is %s, want live", got.Source)
		}
		second.Close()
		if !strings.Contains(log.String(), "ignoring the catalogue's disk cache") {
			t.Errorf("nothing was logged of the broken cache: %s", log.String())
		}
	})
}

func TestTwoProcessesShareTheCache(t *testing.T) {
	dir := t.TempDir()
	s := newService(19)
	s.etag = ""
	var both sync.WaitGroup
	for range 8 {
		live := open(t, s, dir, io.Discard)
		both.Go(func() {
			for range 20 {
				live.Verified(t.Context())
			}
			live.Close()
		})
	}
	both.Wait()
	reader := open(t, s, dir, io.Discard)
	if got := reader.Get(t.Context()); got.Source != catalog.SourceCache || countListed(got) != 19 {
		t.Errorf("the cache has source %s with %d models, want cache with 19", got.Source, countListed(got))
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "*.tmp")); len(left) > 0 {
		t.Errorf("temporary files were left: %v", left)
	}
}

// An id that a fresh cache does not know may be new, so the service is asked
// before the id is called unknown.
func TestVerifiedAsksTheService(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		s := newService(4)
		first := open(t, s, dir, io.Discard)
		first.Get(t.Context())
		first.Close()
		s.set(func(s *service) { s.body, s.etag = payload(5), `"5"` })
		second := open(t, s, dir, io.Discard)
		if _, _, ok := second.Get(t.Context()).Lookup("model-5"); ok {
			t.Fatal("the cache knows the new model already")
		}
		verified := second.Verified(t.Context())
		if _, _, ok := verified.Lookup("model-5"); !ok || !verified.Complete() {
			t.Errorf("the verified catalogue has source %s and lacks the new model", verified.Source)
		}
	})
}

func TestBackoffAfterFailures(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newService(3)
		s.err = errors.New("down")
		live := open(t, s, "", io.Discard)
		if got := live.Get(t.Context()); got.Source != catalog.SourceSnapshot || got.Complete() {
			t.Fatalf("the source is %s, want the snapshot, not complete", got.Source)
		}
		// One fetch at once, then at minute 1, 3, 7, 15 and 30.
		for range 45*60 - 1 {
			live.Get(t.Context())
			<-time.After(time.Second)
		}
		if s.fetches != 6 {
			t.Errorf("%d fetches in 45 minutes, want 6", s.fetches)
		}
		s.set(func(s *service) { s.err = nil })
		<-time.After(15 * time.Minute)
		live.Get(t.Context())
		synctest.Wait()
		if got := live.Get(t.Context()); got.Source != catalog.SourceLive || got.Problem != "" {
			t.Errorf("after recovery the source is %s with the problem %q", got.Source, got.Problem)
		}
		// The next failure waits for the shortest pause again.
		s.set(func(s *service) { s.err = errors.New("down") })
		<-time.After(live.TTL())
		synctest.Wait()
		before := s.fetches
		for range 2 {
			live.Get(t.Context())
			<-time.After(time.Minute)
		}
		synctest.Wait()
		if got := s.fetches - before; got != 2 {
			t.Errorf("%d fetches in the first two minutes of the second failure, want 2", got)
		}
	})
}
