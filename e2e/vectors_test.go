package e2e

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/emulator"
)

// A second search asks for its query only, in another process too, unless no vectors are
// to be kept.
func TestVectorsAreKeptUnlessTheyMustNot(t *testing.T) {
	for _, test := range []struct {
		flags []string
		asked int // texts, by the second search
	}{
		{nil, 1},
		{[]string{"--no-vector-cache"}, 3},
	} {
		u, folder := newUpstream(t, emulator.Options{}), t.TempDir()
		for _, name := range []string{"a.md", "b.md"} {
			if err := os.WriteFile(filepath.Join(folder, name), []byte("The text of "+name), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		search := func() {
			t.Helper()
			arguments := append([]string{"call", "embed", "files=*.md", "query=text", "--allow-dir", folder}, u.flags...)
			if out, err := exec.CommandContext(testContext(t), binary, append(arguments, test.flags...)...).CombinedOutput(); err != nil {
				t.Fatalf("%v: %s", err, out)
			}
		}
		search()
		before := len(u.Calls("/embeddings"))
		search()
		calls := u.Calls("/embeddings")[before:]
		var sent struct{ Input []string }
		if len(calls) != 1 || json.Unmarshal(calls[0].Body, &sent) != nil || len(sent.Input) != test.asked {
			t.Errorf("%v: the second search sent %v in %d requests, not %d texts", test.flags, sent.Input, len(calls), test.asked)
		}
	}
}
