package cli

import (
	"io"
	"sync"
	"time"

	"github.com/schollz/progressbar/v3"
)

// statusLine shows on a terminal what a call waits for, in one line that is gone when
// anything else is written. It is safe for concurrent use, and draws nothing where no
// terminal is.
type statusLine struct {
	w       io.Writer
	enabled bool

	mu  sync.Mutex
	bar *progressbar.ProgressBar // nil draws nothing
	max int                      // of a bar that counts
}

func newStatusLine(w io.Writer) *statusLine { return &statusLine{w: w, enabled: isTerminal(w)} }

// Write writes what has to stay, such as a log line.
func (s *statusLine) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.finish()
	return s.w.Write(p)
}

// wait shows what is waited for, and for how long.
func (s *statusLine) wait(why string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.start(-1, why)
}

// progress shows how much is done.
func (s *statusLine) progress(done, total int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.bar == nil || s.max != total {
		s.start(total, "")
	}
	if s.bar != nil {
		_ = s.bar.Set(done) // fails only where the terminal is gone
	}
}

// clear removes the line.
func (s *statusLine) clear() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.finish()
}

// start replaces the line by one that counts to max, or for -1 the seconds.
func (s *statusLine) start(max int, text string) {
	s.finish()
	if !s.enabled {
		return
	}
	options := []progressbar.Option{
		progressbar.OptionSetWriter(s.w),
		progressbar.OptionSetDescription(text),
		progressbar.OptionSetWidth(24),
		progressbar.OptionThrottle(50 * time.Millisecond),
		progressbar.OptionClearOnFinish(),
		progressbar.OptionSetRenderBlankState(true),
	}
	if max > 0 {
		options = append(options, progressbar.OptionShowCount())
	}
	s.max, s.bar = max, progressbar.NewOptions(max, options...)
}

func (s *statusLine) finish() {
	if s.bar != nil {
		_ = s.bar.Finish()
		s.bar = nil
	}
}
