package httpd

import "syscall"

// makePrivate sets the mode of a Unix socket before it has a name, so that nobody can
// connect in the moment before its file gets the mode.
func makePrivate(_, _ string, socket syscall.RawConn) (err error) {
	failed := socket.Control(func(fd uintptr) { err = syscall.Fchmod(int(fd), socketMode) })
	if failed != nil {
		return failed
	}
	return err
}
