package httpd

import (
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
)

// Address is where an HTTP server listens.
type Address struct {
	network, address string
	local            bool
}

// ParseAddress reads host:port or unix:/path.
func ParseAddress(text string) (Address, error) {
	if path, ok := strings.CutPrefix(text, "unix:"); ok {
		if path == "" {
			return Address{}, errors.New("the path of the Unix socket is missing")
		}
		return Address{"unix", path, true}, nil
	}
	if _, _, err := net.SplitHostPort(text); err != nil {
		return Address{}, fmt.Errorf("not an address: %q; give host:port, or unix:/path of a socket", text)
	}
	tcp, err := net.ResolveTCPAddr("tcp", text)
	if err != nil {
		return Address{}, fmt.Errorf("not an address: %q: %w", text, err)
	}
	return Address{"tcp", tcp.String(), tcp.IP.IsLoopback()}, nil
}

// IsLocal reports whether only this machine can reach the address.
func (a Address) IsLocal() bool { return a.local }

// Listen opens the address.
func (a Address) Listen() (net.Listener, error) {
	if a.network == "unix" {
		a.removeStaleSocket()
	}
	listener, err := net.Listen(a.network, a.address)
	if failed, ok := errors.AsType[*net.OpError](err); ok {
		return nil, fmt.Errorf("listening on %s: %w", a.address, failed.Err)
	}
	return listener, err
}

// removeStaleSocket removes a socket that no process listens on, because its own was
// killed. Any other file stays and makes Listen fail.
func (a Address) removeStaleSocket() {
	info, err := os.Lstat(a.address)
	if err != nil || info.Mode()&os.ModeSocket == 0 {
		return
	}
	if connection, err := net.Dial(a.network, a.address); err == nil {
		_ = connection.Close()
		return
	}
	_ = os.Remove(a.address)
}
