// Package audit keeps a log of the calls of tools: who called what, which model answered,
// and what it cost, never the content. It is a folder with a file a day, a line of JSON a
// call, to which several processes may write.
package audit

import (
	"cmp"
	"encoding/json"
	"log/slog"
	"sync"
	"time"
)

// Line is one call of a tool.
type Line struct {
	ID               string    `json:"id"` // of the request
	Time             time.Time `json:"time"`
	Caller           string    `json:"caller"` // "" without authentication
	Tool             string    `json:"tool"`
	Model            string    `json:"model"` // that answered; "" is unknown
	PromptTokens     int       `json:"prompt_tokens"`
	CompletionTokens int       `json:"completion_tokens"`
	CostEUR          *float64  `json:"cost_eur"` // nil is unknown
	Code             string    `json:"code"`     // of the failure; "ok" is success
	LatencyMS        int64     `json:"latency_ms"`
}

// Succeeded is the code of a call that did not fail.
const Succeeded = "ok"

// Options configures a [Log].
type Options struct {
	Dir    string       // is made when the first line is written
	Days   int          // for how long files are kept; 0 keeps all
	Logger *slog.Logger // nil discards
}

const (
	// queued is how many lines may wait for a slow disk. The rest is dropped.
	queued = 4096
	// maxFileSize is when a day's next file begins, in bytes.
	maxFileSize = 100_000_000
	// pruneEvery is how often old files are deleted, since a day may pass without a call.
	pruneEvery = time.Hour
	// closeTimeout bounds the wait for a disk that hangs.
	closeTimeout = 500 * time.Millisecond
)

// Log writes lines, in a goroutine of its own: a disk that is slow, full or read-only
// neither delays nor fails a call. It is safe for concurrent use.
type Log struct {
	folder folder
	days   int
	log    *slog.Logger
	done   chan struct{} // closed once all lines are written

	mu     sync.Mutex
	lines  chan Line // nil once the log is closed
	lost   int
	warned bool
}

// New returns a log, which must be closed.
func New(o Options) *Log {
	l := &Log{
		folder: folder{path: o.Dir, maxSize: maxFileSize}, days: o.Days, log: cmp.Or(o.Logger, slog.New(slog.DiscardHandler)),
		lines: make(chan Line, queued), done: make(chan struct{}),
	}
	go l.run(l.lines)
	return l
}

// Write adds a line without waiting for the disk. A nil log ignores it.
func (l *Log) Write(line Line) {
	if l == nil {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	select {
	case l.lines <- line: // never of a closed log, whose channel is nil
	default:
		l.lose("the disk is too slow, or the server stops")
	}
}

// Close waits until the lines are written, but not for a disk that hangs. Later lines are
// lost.
func (l *Log) Close() {
	l.mu.Lock()
	if l.lines != nil {
		close(l.lines)
		l.lines = nil
	}
	l.mu.Unlock()
	late := time.NewTimer(closeTimeout)
	defer late.Stop()
	select {
	case <-l.done:
	case <-late.C:
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.lost > 0 {
		l.log.Warn("the audit log lacks calls", "lost", l.lost)
	}
}

func (l *Log) run(lines <-chan Line) {
	defer close(l.done)
	hourly := time.NewTicker(pruneEvery)
	defer hourly.Stop()
	l.prune()
	for {
		select {
		case line, open := <-lines:
			if !open {
				return
			}
			l.write(line)
		case <-hourly.C:
			l.prune()
		}
	}
}

func (l *Log) write(line Line) {
	line.Time = line.Time.UTC().Truncate(time.Millisecond)
	encoded, err := json.Marshal(line)
	if err == nil {
		err = l.folder.append(line.Time, append(encoded, '\n'))
	}
	if err != nil {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.lose(err.Error())
	}
}

// lose counts a line, and warns of the first. The caller holds the mutex.
func (l *Log) lose(why string) {
	l.lost++
	if !l.warned {
		l.warned = true
		l.log.Warn("the audit log cannot be written, calls are answered without it", "folder", l.folder.path, "reason", why)
	}
}

func (l *Log) prune() {
	if l.days == 0 {
		return
	}
	if err := l.folder.prune(time.Now().UTC().AddDate(0, 0, -l.days)); err != nil {
		l.log.Warn("old audit files cannot be deleted", "error", err)
	}
}
