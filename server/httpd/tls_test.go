package httpd_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/catalog"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/emulator"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/server/httpd"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/server/telemetry"
)

// writeCertificate writes a certificate with a serial number, which ends in as many hours.
func writeCertificate(t testing.TB, serial int64, certFile, keyFile string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(serial), Subject: pkix.Name{CommonName: "localhost"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Duration(serial) * time.Hour),
		DNSNames: []string{"localhost"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	cert, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	writeFile(t, certFile, string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert})))
	writeFile(t, keyFile, string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private})))
}

func TestTLS(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	certFile, keyFile := filepath.Join(folder, "cert.pem"), filepath.Join(folder, "key.pem")
	if _, err := httpd.OpenCertificate(certFile, keyFile, nil); err == nil {
		t.Error("files that are not there are taken")
	}
	writeCertificate(t, 1, certFile, keyFile)
	var log lockedBuffer
	certificate, err := httpd.OpenCertificate(certFile, keyFile, jsonLog(&log))
	if err != nil {
		t.Fatal(err)
	}
	e := serveHTTP(t, setup{}, httpd.Options{Certificate: certificate})
	e.url = "https://" + e.host + "/mcp"

	serial := func(o *tls.Config) int64 {
		o.InsecureSkipVerify = true // it is self-signed
		conn, err := tls.Dial("tcp", e.host, o)
		if err != nil {
			return 0
		}
		defer conn.Close()
		return conn.ConnectionState().PeerCertificates[0].SerialNumber.Int64()
	}
	if serial(&tls.Config{MaxVersion: tls.VersionTLS11, MinVersion: tls.VersionTLS10}) != 0 {
		t.Error("TLS 1.1 is spoken")
	}
	if serial(&tls.Config{MaxVersion: tls.VersionTLS12}) != 1 || serial(&tls.Config{}) != 1 {
		t.Error("TLS 1.2 or 1.3 is not spoken")
	}
	for _, http2 := range []bool{false, true} {
		wire := &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, ForceAttemptHTTP2: http2}
		e.web = &http.Client{Transport: wire}
		for _, version := range eras {
			e.connect(t, version).checkProgress("t")
		}
		if got := e.do(e.chat(modern)); (got.ProtoMajor == 2) != http2 {
			t.Errorf("the protocol is %s", got.Proto)
		}
		wire.CloseIdleConnections()
	}

	writeCertificate(t, 2, certFile, keyFile)
	eventually(t, "the new certificate is used", func() bool { return serial(&tls.Config{}) == 2 })
	writeFile(t, keyFile, "no key")
	eventually(t, "the log says what is wrong", func() bool { return serial(&tls.Config{}) == 2 && strings.Contains(log.String(), "ERROR") })
	writeCertificate(t, 3, certFile, keyFile)
	e.http.Reload()
	eventually(t, "after a reload the newest certificate is used", func() bool { return serial(&tls.Config{}) == 3 })
}

// The metrics tell the end of the certificate in use, not that of the first one.
func TestMetricsTellWhenTheCertificateEnds(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	certFile, keyFile := filepath.Join(folder, "cert.pem"), filepath.Join(folder, "key.pem")
	writeCertificate(t, 5, certFile, keyFile)
	certificate, err := httpd.OpenCertificate(certFile, keyFile, nil)
	if err != nil {
		t.Fatal(err)
	}
	metrics := telemetry.NewMetrics(telemetry.MetricsOptions{Catalog: func() *catalog.Catalog { return nil }})
	serveHTTP(t, setup{}, httpd.Options{Certificate: certificate, Metrics: metrics})
	hours := func() int {
		answer := httptest.NewRecorder()
		metrics.Handler(slog.New(slog.DiscardHandler)).ServeHTTP(answer, httptest.NewRequest(http.MethodGet, "/metrics", nil))
		found := regexp.MustCompile(`(?m)^ai_endpoints_mcp_certificate_expiry_timestamp_seconds (\S+)$`).FindStringSubmatch(answer.Body.String())
		if found == nil {
			t.Fatalf("the metrics are %s", answer.Body)
		}
		end, err := strconv.ParseFloat(found[1], 64)
		if err != nil {
			t.Fatal(err)
		}
		return int(time.Until(time.Unix(int64(end), 0)).Round(time.Hour).Hours())
	}
	if got := hours(); got != 5 {
		t.Errorf("it ends in %d hours, want 5", got)
	}
	writeCertificate(t, 9, certFile, keyFile)
	eventually(t, "the end of the new certificate", func() bool { return hours() == 9 })
}

// Over HTTP/2 a deadline ends even a stream on which nothing is written.
func TestASilentStreamOverHTTP2IsNotEnded(t *testing.T) {
	t.Parallel()
	const stall = 250 * time.Millisecond // a busy machine writes in that time
	folder := t.TempDir()
	certFile, keyFile := filepath.Join(folder, "cert.pem"), filepath.Join(folder, "key.pem")
	writeCertificate(t, 1, certFile, keyFile)
	for _, meta := range []string{`{}`, `{"progressToken":"t"}`} {
		for _, version := range eras {
			t.Run(version+" "+meta, func(t *testing.T) {
				t.Parallel()
				certificate, err := httpd.OpenCertificate(certFile, keyFile, nil)
				if err != nil {
					t.Fatal(err)
				}
				e := serveHTTP(t, setup{}, httpd.Options{Certificate: certificate, StallTimeout: stall})
				e.url = "https://" + e.host + "/mcp"
				wire := &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, ForceAttemptHTTP2: true}
				defer wire.CloseIdleConnections()
				e.web = &http.Client{Transport: wire}
				e.Script(emulator.Fault{Path: "/chat/completions", ChunkDelay: 2 * stall})
				got := e.do(e.request(t.Context(), version, "tools/call",
					`{"name":"chat","arguments":{"prompt":"hi","model":"Meta-Llama-3_3-70B-Instruct","max_tokens":4},"_meta":`+meta+`}`))
				if got.check(t, http.StatusOK, `"finish_reason"`); got.ProtoMajor != 2 {
					t.Errorf("the protocol is %s", got.Proto)
				}
			})
		}
	}
}
