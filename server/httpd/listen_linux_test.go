package httpd

import (
	"context"
	"net"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// Only its owner may connect to a Unix socket, whatever the process's umask is, and from
// the moment on in which its file is made.
func TestAUnixSocketIsPrivate(t *testing.T) {
	defer syscall.Umask(syscall.Umask(0))
	path := filepath.Join(t.TempDir(), "x.sock")
	for name, listen := range map[string]func() (net.Listener, error){
		"when it is made": func() (net.Listener, error) {
			config := net.ListenConfig{Control: makePrivate}
			return config.Listen(context.Background(), "unix", path)
		},
		"when it is opened": func() (net.Listener, error) {
			address, err := ParseAddress("unix:" + path)
			if err != nil {
				t.Fatal(err)
			}
			return address.Listen()
		},
	} {
		listener, err := listen()
		if err != nil {
			t.Fatal(err)
		}
		info, err := os.Stat(path)
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s the socket has mode %v, %v", name, info.Mode(), err)
		}
		_ = listener.Close()
	}
}

// A name in place of a file has no mode.
func TestAnAbstractUnixSocket(t *testing.T) {
	address, err := ParseAddress("unix:@ai-endpoints-mcp-test-" + filepath.Base(t.TempDir()) + filepath.Base(os.Args[0]))
	if err != nil {
		t.Fatal(err)
	}
	listener, err := address.Listen()
	if err != nil {
		t.Fatal(err)
	}
	_ = listener.Close()
}
