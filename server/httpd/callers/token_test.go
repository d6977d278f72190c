package callers

import (
	"crypto/sha256"
	"testing"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/caller"
)

// A file with the hash of an empty token is refused. Even if it were not, an empty token
// would not be valid.
func TestAnEmptyTokenIsNeverValid(t *testing.T) {
	s, hash := newSet(), tokenHash(sha256.Sum256(nil))
	if err := s.add(&Entry{Caller: &caller.Caller{Name: "team"}, Line: 1}, &hash); err != nil {
		t.Fatal(err)
	}
	if e, ok := s.ByToken(""); ok {
		t.Errorf("it lets %s in", e.Name)
	}
}
