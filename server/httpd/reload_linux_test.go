package httpd_test

import (
	"crypto/tls"
	"net/http"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/server/httpd"
)

// A pipe without a writer stands for any file whose read neither ends nor fails, such as
// one on a stalled network file system.
func TestAFileThatBlocksDelaysNoRequest(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	tokenFile, certFile, keyFile := filepath.Join(folder, "tokens"), filepath.Join(folder, "cert"), filepath.Join(folder, "key")
	for _, blocked := range []string{tokenFile, certFile, keyFile} {
		t.Run(filepath.Base(blocked), func(t *testing.T) {
			writeFile(t, tokenFile, "team: "+goodToken)
			writeCertificate(t, 1, certFile, keyFile)
			tokens, err := httpd.OpenTokens(tokenFile, nil)
			if err != nil {
				t.Fatal(err)
			}
			certificate, err := httpd.OpenCertificate(certFile, keyFile, nil)
			if err != nil {
				t.Fatal(err)
			}
			e := serveHTTP(t, setup{}, httpd.Options{Callers: tokens, Certificate: certificate})
			wire := &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, DisableKeepAlives: true}
			e.url, e.web = "https://"+e.host+"/mcp", &http.Client{Transport: wire, Timeout: maxWait}

			if err := os.Remove(blocked); err != nil {
				t.Fatal(err)
			}
			if err := syscall.Mkfifo(blocked, 0o600); err != nil {
				t.Fatal(err)
			}
			writer := awaitRead(t, blocked)
			for range 3 {
				if got := e.tokenStatus(goodToken); got != http.StatusOK {
					t.Errorf("while the file blocks a request is answered with %d", got)
				}
				e.http.Reload()
			}
			if blocked == tokenFile {
				if _, err := writer.WriteString("bot: " + otherToken); err != nil {
					t.Fatal(err)
				}
				if err := writer.Close(); err != nil {
					t.Fatal(err)
				}
				eventually(t, "the new token is accepted", func() bool { return e.tokenStatus(otherToken) == http.StatusOK })
				writer = awaitRead(t, blocked)
			}
			// A read that begins now finds a file; the one that waits has its writer still.
			plain := filepath.Join(t.TempDir(), "plain")
			writeFile(t, plain, "")
			if err := os.Rename(plain, blocked); err != nil {
				t.Fatal(err)
			}
			e.stop()
			e.awaitEnd()
			_ = writer.Close() // the last read ends, which goleak checks
		})
	}
}

// awaitRead returns the writer of a pipe once the server reads from it.
func awaitRead(t *testing.T, path string) *os.File {
	t.Helper()
	var writer *os.File
	eventually(t, "the file is read", func() bool {
		var err error
		writer, err = os.OpenFile(path, os.O_WRONLY|syscall.O_NONBLOCK, 0)
		return err == nil
	})
	return writer
}
