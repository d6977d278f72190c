// Package callers reads the files that say who may call the server: the file of tokens, a
// line each ([ParseTokens]), and the file of callers with their rules ([Parse]). It is
// pure: it opens no file. Of a token it keeps only the hash, and no error shows a token or
// a key.
package callers

import (
	"slices"
	"time"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/caller"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/server/yamlfile"
)

// Entry is a caller of a file.
type Entry struct {
	*caller.Caller
	Expires time.Time // from when on the token is not valid; the zero time is never
	Token   TokenForm
	Line    int
}

// Expired reports whether the caller's token is no longer valid.
func (e *Entry) Expired(now time.Time) bool { return !e.Expires.IsZero() && !now.Before(e.Expires) }

// TokenForm says how a file holds a token.
type TokenForm string

// The forms of tokens.
const (
	NoToken   TokenForm = "none"
	TokenText TokenForm = "text"
	TokenHash TokenForm = "hash"
)

// Set is the callers of a file. It does not change, so it is safe for concurrent use.
type Set struct {
	entries []*Entry // in the order of the file
	byToken map[tokenHash]*Entry
	byName  map[string]*Entry
}

// ByToken returns the caller of a token that a client presents. An empty token is never
// valid. The search is for the token's hash, so that its duration reveals nothing about
// the known tokens.
func (s *Set) ByToken(presented string) (*Entry, bool) {
	if presented == "" {
		return nil, false
	}
	e, ok := s.byToken[hashOf(presented)]
	return e, ok
}

// ByName returns the caller with a name.
func (s *Set) ByName(name string) (*Entry, bool) {
	e, ok := s.byName[name]
	return e, ok
}

// Len returns how many callers there are.
func (s *Set) Len() int { return len(s.entries) }

// Entries returns the callers in the order of the file.
func (s *Set) Entries() []*Entry { return slices.Clone(s.entries) }

// Names returns the callers' names in the order of the file.
func (s *Set) Names() []string {
	names := make([]string, len(s.entries))
	for i, e := range s.entries {
		names[i] = e.Name
	}
	return names
}

func newSet() *Set { return &Set{byToken: map[tokenHash]*Entry{}, byName: map[string]*Entry{}} }

// add adds a caller, whose name and token no other may have. A nil token is none.
func (s *Set) add(e *Entry, token *tokenHash) error {
	earlier := s.byName[e.Name]
	if earlier == nil && token != nil {
		earlier = s.byToken[*token]
	}
	if earlier != nil {
		return yamlfile.Errorf(e.Line, "the name or the token is that of line %d", earlier.Line)
	}
	s.entries = append(s.entries, e)
	s.byName[e.Name] = e
	if token != nil {
		s.byToken[*token] = e
	}
	return nil
}

// checkHashes refuses the hashes of tokens that are guessed in a moment.
func (s *Set) checkHashes() error {
	if line := s.lineOfTinyToken(); line > 0 {
		return yamlfile.Errorf(line, "this is the hash of a token of one or two characters")
	}
	return nil
}
