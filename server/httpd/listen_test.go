package httpd_test

import (
	"bytes"
	"context"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/server/httpd"
)

func TestAPortInUseIsAnError(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	address, err := httpd.ParseAddress(listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	if _, err = address.Listen(); err == nil || !strings.Contains(err.Error(), listener.Addr().String()) || !strings.Contains(err.Error(),
		"in use") {
		t.Errorf("the error is %v", err)
	}
}

func TestAddresses(t *testing.T) {
	for text, local := range map[string]bool{
		"127.0.0.1:0": true, "localhost:8080": true, "[::1]:80": true, "127.5.5.5:1": true, "unix:/run/x.sock": true,
		":8080": false, "0.0.0.0:8080": false, "[::]:80": false, "10.0.0.1:80": false,
	} {
		if address, err := httpd.ParseAddress(text); err != nil || address.IsLocal() != local {
			t.Errorf("%s: local %v, %v", text, address.IsLocal(), err)
		}
	}
	for _, text := range []string{"", "8080", "localhost", "127.0.0.1:99999", "127.0.0.1:x", "unix:", "http://127.0.0.1:80", "systemd:", "systemd:mcp"} {
		if _, err := httpd.ParseAddress(text); err == nil {
			t.Errorf("%q is taken", text)
		}
	}
}

func TestAUnixSocketReplacesOneThatWasLeftBehindOnly(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.sock")
	address, err := httpd.ParseAddress("unix:" + path)
	if err != nil {
		t.Fatal(err)
	}
	left, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := address.Listen(); err == nil {
		t.Fatal("a socket in use was taken")
	}
	left.(*net.UnixListener).SetUnlinkOnClose(false)
	left.Close()
	listener, err := address.Listen()
	if err != nil {
		t.Fatal(err)
	}
	e := serveOn(t, listener, setup{}, httpd.Options{})
	wire := &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		var dialer net.Dialer
		return dialer.DialContext(ctx, "unix", path)
	}}
	defer wire.CloseIdleConnections()
	e.web, e.url = &http.Client{Transport: wire}, "http://localhost/mcp"
	e.checkServes()

	file := filepath.Join(t.TempDir(), "file")
	writeFile(t, file, "precious")
	address, err = httpd.ParseAddress("unix:" + file)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := address.Listen(); err == nil {
		t.Error("a file was taken for a socket")
	}
	if content, err := os.ReadFile(file); err != nil || !bytes.Equal(content, []byte("precious")) {
		t.Errorf("the file is %q, %v", content, err)
	}
}
