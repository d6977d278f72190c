package cli

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/server/httpd/callers"
)

// runs runs the program, which must succeed, and returns what it prints.
func runs(t *testing.T, args ...string) string {
	t.Helper()
	var out, stderr bytes.Buffer
	p := newProgram("")
	p.out, p.err = &out, &stderr
	if code := p.run(t.Context(), args); code != 0 {
		t.Errorf("%v: exit code %d: %s", args, code, stderr.String())
	}
	return out.String()
}

func readSet(t *testing.T, path string) *callers.Set {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	s, err := callers.Parse(content, editing())
	if err != nil {
		t.Fatalf("%v in %s", err, content)
	}
	return s
}

// Commands that change a file at once lose no caller, and no token.
func TestCallersAreChangedAtOnce(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "callers.yaml")
	runs(t, "callers", "add", "first", "--callers", path)
	const adding = 10
	var changing sync.WaitGroup
	tokens := make([]string, adding)
	for i := range adding {
		runs(t, "callers", "add", fmt.Sprint("old-", i), "--callers", path)
	}
	for i := range adding {
		changing.Go(func() {
			tokens[i] = strings.TrimSpace(runs(t, "callers", "add", fmt.Sprint("new-", i), "--callers", path))
		})
		changing.Go(func() { runs(t, "callers", "revoke", fmt.Sprint("old-", i), "--callers", path) })
	}
	changing.Wait()
	s := readSet(t, path)
	if s.Len() != 1+adding {
		t.Errorf("there are %v", s.Names())
	}
	for i, token := range tokens {
		if e, ok := s.ByToken(token); !ok || e.Name != fmt.Sprint("new-", i) {
			t.Errorf("the token of new-%d is that of %+v", i, e)
		}
	}
	left, err := os.ReadDir(filepath.Dir(path))
	if err != nil || len(left) != 1 {
		t.Errorf("%v, there are %v", err, left)
	}
}

// A file keeps its mode, a link its target, and a new file is its owner's alone.
func TestAChangedFileKeepsItsModeAndLink(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("modes and links are those of unix")
	}
	folder := t.TempDir()
	path, link := filepath.Join(folder, "real", "callers.yaml"), filepath.Join(folder, "callers.yaml")
	if err := os.Mkdir(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	runs(t, "callers", "add", "first", "--callers", path)
	mode := func() os.FileMode {
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		return info.Mode().Perm()
	}
	if mode() != 0o600 {
		t.Errorf("a new file has the mode %s", mode())
	}
	if err := os.Chmod(path, 0o640); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(filepath.Join("real", "callers.yaml"), link); err != nil {
		t.Fatal(err)
	}
	runs(t, "callers", "add", "second", "--callers", link)
	info, err := os.Lstat(link)
	if err != nil || info.Mode()&os.ModeSymlink == 0 || mode() != 0o640 || readSet(t, path).Len() != 2 {
		t.Errorf("%v, the link is %s, the file has the mode %s", err, info.Mode(), mode())
	}
}

// A key file without a key is an error for a caller, whatever it holds instead.
func TestTheKeyOfACaller(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	for content, want := range map[string]string{
		"":                                 "is empty",
		" \n":                              "is empty",
		"${KEY}":                           "holds no key",
		"two words":                        "holds a blank",
		"\xff\xfek\x00":                    "UTF-16",
		"OVHCLOUD_API_KEY=" + canaryKey:    "",
		"\"" + canaryKey + "\"\n":          "",
		canaryKey:                          "",
		strings.Repeat(canaryKey, 2) + "é": "not ASCII",
	} {
		path := filepath.Join(folder, "key")
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		var log bytes.Buffer
		o := &newProgram("").options
		key, err := o.callerKey(o.logger(&log, false))(path, []byte(content))
		switch {
		case want == "" && (err != nil || key != canaryKey):
			t.Errorf("%q: %v", content, err)
		case want != "" && (err == nil || key != "" || !strings.Contains(err.Error(), want)):
			t.Errorf("%q: %v", content, err)
		}
		if strings.Contains(fmt.Sprint(err)+log.String(), "canary") {
			t.Errorf("the key is shown: %v %s", err, log.String())
		}
	}
}
