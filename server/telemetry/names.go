package telemetry

import (
	"sync"
	"unicode/utf8"
)

// maxNames is how many callers have series of their own.
const maxNames = 1000

// names are those of the callers that have series of their own: the first that came, since
// a name may be made up, as the subject of a token. It is safe for concurrent use.
type names struct {
	mu    sync.Mutex
	known map[string]bool
}

// label returns a caller's name, "other" for all after the first maxNames, and "none" for "".
// A label that is not UTF-8 would panic.
func (n *names) label(name string) string {
	if name == "" {
		return "none"
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if !n.known[name] {
		if len(n.known) >= maxNames || !utf8.ValidString(name) {
			return "other"
		}
		if n.known == nil {
			n.known = map[string]bool{}
		}
		n.known[name] = true
	}
	return name
}
