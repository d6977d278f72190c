package httpd

import (
	"crypto/sha256"
	"testing"
)

// A file with the hash of an empty token is refused. Even if it were not, an empty token
// would not be valid.
func TestAnEmptyTokenIsNeverValid(t *testing.T) {
	known := &reloadable[[]token]{}
	known.value.Store(&[]token{{name: "team", hash: sha256.Sum256(nil), line: 1}})
	e := &Endpoint{options: Options{Tokens: &Tokens{known}}}
	for _, given := range []string{"Bearer ", "Bearer", "bearer", "Bearer    ", "Bearer \t "} {
		if name, _ := e.caller([]string{given}); name != "" {
			t.Errorf("%q lets %s in", given, name)
		}
	}
}
