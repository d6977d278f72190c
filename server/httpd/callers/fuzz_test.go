package callers_test

import (
	"regexp"
	"testing"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/server/httpd/callers"
)

// Any file is read, or refused with an error that shows nothing secret. What is read lets
// nobody in without a token.
func FuzzCallers(f *testing.F) {
	f.Add("callers: {alice: {token: " + token + ", tools: [core], models: [\"*\"], max_cost: 1, expires: 2026-12-31, key_file: a}}")
	f.Add("callers:\n  alice: &a\n    token: " + hash + "\n  bob: *a\n")
	for _, test := range bad() {
		if len(test.content) < 1000 {
			f.Add(test.content)
		}
	}
	// A text of 16 characters or more is a token or a key, if the file says so.
	secret := regexp.MustCompile(`(?:token|key_file):[ \t]*([!-~]{16,})`)
	f.Fuzz(func(t *testing.T, content string) {
		s, err := callers.Parse([]byte(content), options())
		if err != nil {
			for _, m := range secret.FindAllStringSubmatch(content, -1) {
				if regexp.MustCompile(regexp.QuoteMeta(m[1])).MatchString(err.Error()) && m[1] != "missing" && m[1] != "empty" {
					t.Errorf("%q: %v", content, err)
				}
			}
			return
		}
		if s.Len() == 0 {
			t.Errorf("%q holds nobody", content)
		}
		if e, ok := s.ByToken(""); ok {
			t.Errorf("%q lets %s in without a token", content, e.Name)
		}
		for _, e := range s.Entries() {
			if e.Token == callers.NoToken || e.PerMinute < 0 || e.MaxConcurrent < 0 || !(e.MaxCost >= 0) || !(e.MaxCostMonth >= 0) {
				t.Errorf("%q: %+v", content, e)
			}
		}
		_, _ = callers.KeyFiles([]byte(content))
	})
}
