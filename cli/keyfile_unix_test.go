//go:build unix

package cli

import (
	"io/fs"
	"os"
	"syscall"
	"testing"
	"time"
)

// keyFile is a file as the system describes it.
type keyFile struct {
	mode fs.FileMode
	uid  uint32
}

func (keyFile) Name() string        { return "key" }
func (keyFile) Size() int64         { return 1 }
func (k keyFile) Mode() fs.FileMode { return k.mode }
func (keyFile) ModTime() time.Time  { return time.Time{} }
func (keyFile) IsDir() bool         { return false }
func (k keyFile) Sys() any          { return &syscall.Stat_t{Uid: k.uid} }

func TestWhoCanWriteAKeyFile(t *testing.T) {
	me := uint32(os.Geteuid())
	for name, test := range map[string]struct {
		file keyFile
		want string
	}{
		"private":             {keyFile{0o600, me}, ""},
		"readable":            {keyFile{0o644, me}, ""},
		"of the group":        {keyFile{0o620, me}, "its mode lets others write it"},
		"of all":              {keyFile{0o602, me}, "its mode lets others write it"},
		"of root":             {keyFile{0o444, 0}, ""},
		"of somebody else":    {keyFile{0o600, me + 4711}, "it belongs to another user"},
		"a pipe of the shell": {keyFile{fs.ModeNamedPipe | 0o622, me}, ""},
	} {
		if got := othersCanWrite(test.file); got != test.want {
			t.Errorf("%s: %q, want %q", name, got, test.want)
		}
	}
}
