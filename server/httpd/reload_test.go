package httpd

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// watchedText is a value of one text, which tests change, and its log.
type watchedText struct {
	*reloadable[string]

	mu      sync.Mutex
	text    string
	failure error
	log     bytes.Buffer
}

// watchText watches what read returns; a nil read returns the fields.
func watchText(t *testing.T, read func() (string, error)) (w *watchedText, stop func()) {
	t.Helper()
	w = &watchedText{text: "one"}
	if read == nil {
		read = w.current
	}
	w.reloadable = &reloadable[string]{
		what: "text", log: slog.New(slog.NewTextHandler(w, nil)), requested: make(chan struct{}, 1),
		read: func() ([][]byte, error) {
			text, err := read()
			return [][]byte{[]byte(text)}, err
		},
		parse: func(contents [][]byte) (string, error) {
			if text := string(contents[0]); text != "bad" {
				return text, nil
			}
			return "", errors.New("it is bad")
		},
	}
	ctx, cancel := context.WithCancel(t.Context())
	var watching sync.WaitGroup
	watching.Go(func() { w.watch(ctx) })
	return w, func() {
		cancel()
		watching.Wait()
	}
}

func (w *watchedText) current() (string, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.text, w.failure
}

func (w *watchedText) set(text string, failure error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.text, w.failure = text, failure
}

// Write adds to the log.
func (w *watchedText) Write(line []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.log.Write(line)
}

func (w *watchedText) checkLog(t *testing.T, message string, count int) {
	t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	if got := strings.Count(w.log.String(), message); got != count {
		t.Errorf("%q is logged %d times, not %d: %s", message, got, count, w.log.String())
	}
}

func TestAFileIsReloadedWhenItChangesOrWhenAsked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, stop := watchText(t, nil)
		defer stop()
		pass := func(d time.Duration) {
			<-time.After(d)
			synctest.Wait()
		}
		pass(reloadEvery)
		w.checkLog(t, "file reloaded", 1)
		pass(time.Minute)
		w.checkLog(t, "file reloaded", 1)
		w.reload()
		pass(0)
		w.checkLog(t, "file reloaded", 2)

		w.set("two", nil)
		if pass(reloadEvery); w.get() != "two" {
			t.Errorf("after a second the value is %q", w.get())
		}
		w.set("bad", nil)
		pass(time.Minute)
		w.set("", errors.New("it is gone"))
		pass(time.Minute)
		w.checkLog(t, "reload failed, keeping last good", 2)
		w.reload()
		pass(0)
		w.checkLog(t, "reload failed, keeping last good", 3)
		if w.get() != "two" {
			t.Errorf("after failures the value is %q", w.get())
		}
	})
}

func TestAFileThatBlocksIsLoggedOnceAndDoesNotKeepTheServer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		w, stop := watchText(t, func() (string, error) {
			<-release
			return "one", nil
		})
		<-time.After(time.Hour)
		synctest.Wait()
		w.checkLog(t, "reading takes longer than 10s", 1)
		release <- struct{}{}
		synctest.Wait()
		w.checkLog(t, "file reloaded", 1)
		<-time.After(time.Hour)
		stop() // a read is still blocked
		close(release)
	})
}
