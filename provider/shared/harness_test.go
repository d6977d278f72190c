package shared

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// logText is a log that a test can read.
type logText struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *logText) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *logText) count(part string) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Count(l.text.String(), part)
}

// open opens a store that the test closes.
func open(t testing.TB, url string) (*Store, *logText) {
	t.Helper()
	log := &logText{}
	s, err := Open(context.Background(), Options{URL: url, Service: "https://api.example.com/v1", Logger: slog.New(slog.NewTextHandler(log, nil))})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s, log
}

// takeSlot takes a slot of a window of a minute.
func takeSlot(t testing.TB, s *Store, key string, n, most int) Answer {
	t.Helper()
	answer, err := s.Take(t.Context(), Step{Window: &Window{Key: key, Most: most, Length: time.Minute, Slot: fmt.Sprint(n)}})
	if err != nil {
		t.Fatal(err)
	}
	return answer
}
