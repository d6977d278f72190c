package httpd

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// watchedText is a value made of one text, which tests change, and its log.
type watchedText struct {
	*reloadable[string]
	log bytes.Buffer
}

func watchText(t *testing.T, read func() (string, error)) (w *watchedText, stop func()) {
	t.Helper()
	w = &watchedText{}
	w.reloadable = &reloadable[string]{
		what: "text", log: slog.New(slog.NewTextHandler(&w.log, nil)), requested: make(chan struct{}, 1),
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
	watched := make(chan struct{})
	go func() {
		w.watch(ctx)
		close(watched)
	}()
	return w, func() {
		cancel()
		<-watched
	}
}

func (w *watchedText) checkLog(t *testing.T, message string, count int) {
	t.Helper()
	if got := strings.Count(w.log.String(), message); got != count {
		t.Errorf("%q is logged %d times, not %d: %s", message, got, count, w.log.String())
	}
}

func TestAFileIsReloadedWhenItChangesOrWhenAsked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		text, failure := "one", error(nil)
		w, stop := watchText(t, func() (string, error) { return text, failure })
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

		text = "two"
		if pass(reloadEvery); w.get() != "two" {
			t.Errorf("after a second the value is %q", w.get())
		}
		text = "bad"
		pass(time.Minute)
		failure = errors.New("it is gone")
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
