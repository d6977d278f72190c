package httpd

import (
	"crypto/sha256"
	"testing"
	"time"
)

// No file is taken that holds the hash of an empty token. If one were, an empty
// token would still let nobody in.
func TestAnEmptyTokenIsNeverValid(t *testing.T) {
	known := []token{{name: "team", hash: sha256.Sum256(nil), line: 1}}
	h := &HTTP{HTTPOptions: HTTPOptions{Tokens: &Tokens{&watchedFile[[]token]{value: known, looked: time.Now()}}}}
	for _, given := range []string{"Bearer ", "Bearer", "bearer", "Bearer    ", "Bearer \t "} {
		if name, _ := h.caller([]string{given}); name != "" {
			t.Errorf("%q lets %s in", given, name)
		}
	}
}
