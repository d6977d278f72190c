package httpd

import (
	"context"
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
	inherited        net.Listener // nil, or opened by systemd
}

// ParseAddress reads host:port, unix:/path, or systemd: with an optional name, which takes
// over a socket that systemd has opened.
func ParseAddress(text string) (Address, error) {
	if name, ok := strings.CutPrefix(text, "systemd:"); ok {
		return inheritedAddress(name)
	}
	if path, ok := strings.CutPrefix(text, "unix:"); ok {
		if path == "" {
			return Address{}, errors.New("the path of the Unix socket is missing")
		}
		return Address{network: "unix", address: path, local: true}, nil
	}
	if _, _, err := net.SplitHostPort(text); err != nil {
		return Address{}, fmt.Errorf("not an address: %q; give host:port, unix:/path of a socket, or systemd: for one that systemd passes", text)
	}
	tcp, err := net.ResolveTCPAddr("tcp", text)
	if err != nil {
		return Address{}, fmt.Errorf("not an address: %q: %w", text, err)
	}
	return Address{network: "tcp", address: tcp.String(), local: tcp.IP.IsLoopback()}, nil
}

func inheritedAddress(name string) (Address, error) {
	listener, err := inheritSocket(name)
	if err != nil {
		return Address{}, err
	}
	at := listener.Addr()
	tcp, isTCP := at.(*net.TCPAddr)
	return Address{network: at.Network(), address: at.String(), local: !isTCP || tcp.IP.IsLoopback(), inherited: listener}, nil
}

// IsLocal reports whether only this machine can reach the address.
func (a Address) IsLocal() bool { return a.local }

// Listen opens the address. A Unix socket is for its owner only, as long as nobody
// changes its mode.
func (a Address) Listen() (net.Listener, error) {
	if a.inherited != nil {
		return a.inherited, nil
	}
	var config net.ListenConfig
	if a.network == "unix" {
		a.removeStaleSocket()
		config.Control = makePrivate
	}
	listener, err := config.Listen(context.Background(), a.network, a.address)
	if failed, ok := errors.AsType[*net.OpError](err); ok {
		return nil, fmt.Errorf("listening on %s: %w", a.address, failed.Err)
	}
	isFile := a.network == "unix" && !strings.HasPrefix(a.address, "@") // a name of Linux that is no file
	if err != nil || !isFile {
		return listener, err
	}
	if err := os.Chmod(a.address, socketMode); err != nil {
		return nil, errors.Join(err, listener.Close())
	}
	return listener, nil
}

// socketMode is that of the file of a Unix socket: who may write it may connect.
const socketMode = 0o600

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
