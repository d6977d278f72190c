//go:build unix

package cli

import (
	"io/fs"
	"os"
	"syscall"
)

// othersCanWrite says who besides the user can put another key into a file, "" if nobody
// can. Root can write every file.
func othersCanWrite(info fs.FileInfo) string {
	if info.Mode().IsRegular() && info.Mode()&0o022 != 0 {
		return "its mode lets others write it"
	}
	if stat, ok := info.Sys().(*syscall.Stat_t); ok && stat.Uid != 0 && int(stat.Uid) != os.Geteuid() {
		return "it belongs to another user"
	}
	return ""
}

// keepOwner makes who owned a file before it was replaced its owner again, if this user may: root
// changes a file that the server's user reads.
func keepOwner(path string, was fs.FileInfo) {
	if stat, ok := was.Sys().(*syscall.Stat_t); ok {
		_ = os.Chown(path, int(stat.Uid), int(stat.Gid))
	}
}
