//go:build unix

package e2e

import (
	"context"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/emulator"
)

// passing returns a command that runs the binary as systemd does: with files from number 3
// on, and variables that name them. Only the process itself knows its id before it starts.
func passing(t testing.TB, variables []string, files []*os.File, arguments ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.CommandContext(testContext(t), "sh", append([]string{"-c", `LISTEN_PID=${LISTEN_PID:-$$} exec "$0" "$@"`, binary}, arguments...)...)
	cmd.Env = append(os.Environ(), variables...)
	cmd.ExtraFiles = files
	return cmd
}

// listeningFile returns a socket that listens, as a file.
func listeningFile(t testing.TB, network, address string) (*os.File, net.Addr) {
	t.Helper()
	listener, err := net.Listen(network, address)
	if err != nil {
		t.Fatal(err)
	}
	if local, ok := listener.(*net.UnixListener); ok {
		local.SetUnlinkOnClose(false)
	}
	file, err := listener.(interface{ File() (*os.File, error) }).File()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = file.Close() })
	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}
	return file, listener.Addr()
}

// systemd keeps the socket: what connects while the service restarts is answered by the
// next process.
func TestTheServerTakesTheSocketOfSystemd(t *testing.T) {
	u := newUpstream(t, emulator.Options{})
	file, address := listeningFile(t, "tcp", "127.0.0.1:0")
	for range 2 {
		p := newHTTPProcess(t)
		arguments := append([]string{"http", "--listen", "systemd:", "--auth-token-file", p.tokens}, u.flags...)
		p.run(passing(t, []string{"LISTEN_FDS=1"}, []*os.File{file}, arguments...))
		if p.url != "http://"+address.String() {
			t.Errorf("it serves at %s, want %s", p.url, address)
		}
		if status, body := p.status(http.MethodPost, "/mcp", teamToken, sayHi); status != http.StatusOK {
			t.Errorf("the call is answered by %d %s", status, body)
		}
		p.signal(syscall.SIGTERM)
		if state := p.wait(); state.ExitCode() != 0 {
			t.Errorf("the process ended with %s", state)
		}
	}
}

func TestTheServerTakesANamedUnixSocket(t *testing.T) {
	u := newUpstream(t, emulator.Options{})
	path := filepath.Join(t.TempDir(), "mcp.sock")
	other, _ := listeningFile(t, "tcp", "127.0.0.1:0")
	file, _ := listeningFile(t, "unix", path)
	p := newHTTPProcess(t)
	arguments := append([]string{"http", "--listen", "systemd:mcp", "--auth-token-file", p.tokens}, u.flags...)
	p.run(passing(t, []string{"LISTEN_FDS=2", "LISTEN_FDNAMES=other:mcp"}, []*os.File{other, file}, arguments...))
	web := &http.Client{Transport: &http.Transport{DisableKeepAlives: true, DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		var dialer net.Dialer
		return dialer.DialContext(ctx, "unix", path)
	}}}
	answer, err := web.Get("http://localhost/readyz")
	if err != nil {
		t.Fatal(err)
	}
	_ = answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		t.Errorf("/readyz is %s", answer.Status)
	}
	p.signal(syscall.SIGTERM)
	p.wait()
	if _, err := os.Stat(path); err != nil {
		t.Errorf("the socket of systemd was removed: %v", err)
	}
}

// An address that others reach needs tokens, whoever opened it.
func TestSocketsOfSystemdThatAreRefused(t *testing.T) {
	everywhere, _ := listeningFile(t, "tcp", "0.0.0.0:0")
	local, _ := listeningFile(t, "tcp", "127.0.0.1:0")
	plain, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	defer plain.Close()
	for _, test := range []struct {
		name, listen string
		variables    []string
		files        []*os.File
		want         string
	}{
		{"reached by others", "systemd:", []string{"LISTEN_FDS=1"}, []*os.File{everywhere}, "can be reached by others"},
		{"none", "systemd:", nil, nil, "systemd passed no socket"},
		{"no number", "systemd:", []string{"LISTEN_FDS=many"}, []*os.File{local}, "systemd passed no socket"},
		{"of another process", "systemd:", []string{"LISTEN_FDS=1", "LISTEN_PID=1"}, []*os.File{local}, "systemd passed no socket"},
		{"several", "systemd:", []string{"LISTEN_FDS=2", "LISTEN_FDNAMES=a:b"}, []*os.File{local, local}, "systemd passed 2 sockets"},
		{"another name", "systemd:mcp", []string{"LISTEN_FDS=1", "LISTEN_FDNAMES=a:mcp"}, []*os.File{local}, `no socket named "mcp"`},
		{"not a socket", "systemd:", []string{"LISTEN_FDS=1"}, []*os.File{plain}, "not a listening stream socket"},
	} {
		t.Run(test.name, func(t *testing.T) {
			out, err := passing(t, test.variables, test.files, "http", "--sandbox", "--listen", test.listen).CombinedOutput()
			if err == nil || !strings.Contains(string(out), test.want) || !strings.Contains(string(out), "--listen") {
				t.Errorf("%v: %s", err, out)
			}
		})
	}
}

func TestSystemdIsNotified(t *testing.T) {
	folder, err := os.MkdirTemp("", "notify") // a socket's path must be short
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(folder)
	notified, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: filepath.Join(folder, "s"), Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer notified.Close()
	state := func() string {
		buffer := make([]byte, 100)
		if err := notified.SetReadDeadline(time.Now().Add(maxWait)); err != nil {
			t.Fatal(err)
		}
		n, err := notified.Read(buffer)
		if err != nil {
			t.Fatal(err)
		}
		return string(buffer[:n])
	}
	p := newHTTPProcess(t)
	p.run(passing(t, []string{"NOTIFY_SOCKET=" + notified.LocalAddr().String()}, nil, "http", "--sandbox", "--listen", "127.0.0.1:0"))
	if got := state(); got != "READY=1" {
		t.Errorf("the first state is %q", got)
	}
	p.signal(syscall.SIGTERM)
	if got := state(); got != "STOPPING=1" {
		t.Errorf("the second state is %q", got)
	}
	if state := p.wait(); state.ExitCode() != 0 {
		t.Errorf("the process ended with %s", state)
	}
}

// A service whose manager has gone serves all the same.
func TestALostNotificationIsLogged(t *testing.T) {
	p := newHTTPProcess(t)
	p.run(passing(t, []string{"NOTIFY_SOCKET=" + filepath.Join(t.TempDir(), "gone")}, nil, "http", "--sandbox", "--listen", "127.0.0.1:0"))
	eventually(t, "the log says so", func() bool { return strings.Contains(p.log.String(), "systemd was not notified") })
	if status, body := p.status(http.MethodGet, "/healthz", "", ""); status != http.StatusOK {
		t.Errorf("/healthz is %d %s", status, body)
	}
}
