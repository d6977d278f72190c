//go:build unix

package httpd

import (
	"errors"
	"fmt"
	"net"
	"os"
	"slices"
	"strconv"
	"strings"
	"syscall"
)

// firstInherited is the number of the first file that systemd passes, SD_LISTEN_FDS_START.
const firstInherited = 3

// inheritSocket returns the listening socket that systemd passed to this process under a
// name (FileDescriptorName=), or the only one if name is "". It can be taken once.
func inheritSocket(name string) (net.Listener, error) {
	number, err := inheritedFile(name)
	if err != nil {
		return nil, err
	}
	syscall.CloseOnExec(number)
	file := os.NewFile(uintptr(number), "socket of systemd")
	defer file.Close() // the listener has a copy
	listener, err := net.FileListener(file)
	if err != nil {
		return nil, fmt.Errorf("file %d from systemd is not a listening stream socket: %w", number, err)
	}
	return listener, nil
}

// inheritedFile returns the number of an open file by the variables of sd_listen_fds(3).
func inheritedFile(name string) (int, error) {
	count, err := strconv.Atoi(os.Getenv("LISTEN_FDS"))
	if err != nil || count < 1 || os.Getenv("LISTEN_PID") != strconv.Itoa(os.Getpid()) {
		return 0, errors.New("systemd passed no socket to this process; start it by a socket unit, which sets LISTEN_FDS and LISTEN_PID")
	}
	if name == "" {
		if count > 1 {
			return 0, fmt.Errorf("systemd passed %d sockets; name one, as in systemd:NAME", count)
		}
		return firstInherited, nil
	}
	names := strings.Split(os.Getenv("LISTEN_FDNAMES"), ":")
	if at := slices.Index(names, name); at >= 0 && at < count {
		return firstInherited + at, nil
	}
	return 0, fmt.Errorf("systemd passed no socket named %q; the names are %q", name, names)
}
