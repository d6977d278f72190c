//go:build !unix

package httpd

import (
	"errors"
	"net"
)

// inheritSocket returns an error: only Unix systems pass sockets to a process.
func inheritSocket(string) (net.Listener, error) {
	return nil, errors.New("this system has no systemd; give host:port")
}
