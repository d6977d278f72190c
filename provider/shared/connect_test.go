package shared

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"log/slog"
	"math/big"
	"net"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/shared/redistest"
)

const secret = "s3cret-of-redis"

// refusal opens a store that cannot be used, and returns why.
func refusal(t *testing.T, url, caFile string) string {
	t.Helper()
	log := &logText{}
	s, err := Open(context.Background(), Options{URL: url, CAFile: caFile, Service: "s", Logger: slog.New(slog.NewTextHandler(log, nil))})
	if err == nil {
		s.Close()
		t.Fatalf("%s is accepted", strings.ReplaceAll(url, secret, "***"))
	}
	if strings.Contains(err.Error(), secret) || log.count(secret) > 0 {
		t.Errorf("the password is shown: %v", err)
	}
	return err.Error()
}

func TestWrongServersAreRefusedAtTheStart(t *testing.T) {
	server := redistest.Start(t, "--requirepass", secret)
	acl := redistest.Start(t)
	users := acl.Write("users.acl", strings.Join([]string{
		"user default off",
		"user good on >" + secret + " " + documentedRights(t),
		"user noscripts on >" + secret + " ~ai-endpoints-mcp:* +@all -@scripting",
		"user nowrites on >" + secret + " ~ai-endpoints-mcp:* +@all -zadd",
		"user nokeys on >" + secret + " ~other:* +@all",
		"user noinfo on >" + secret + " ~* +@all -info",
	}, "\n")+"\n")
	acl.Kill()
	acl.Restart("--aclfile", users)
	certificate := newCertificate(t, server)
	encrypted := redistest.Start(t, "--tls-port", "0")
	encrypted.Kill()
	_, port, _ := net.SplitHostPort(encrypted.Address)
	encrypted.Restart("--port", "0", "--tls-port", port, "--tls-auth-clients", "no",
		"--tls-cert-file", certificate.cert, "--tls-key-file", certificate.key, "--tls-ca-cert-file", certificate.cert)

	for _, test := range []struct{ name, url, ca, want string }{
		{"no password", server.URL(), "", "NOAUTH"},
		{"wrong password", "redis://:wrong-" + secret + "@" + server.Address, "", "WRONGPASS"},
		{"wrong user", "redis://nobody:" + secret + "@" + server.Address, "", "WRONGPASS"},
		{"password that is not wanted", "redis://default:" + secret + "@" + acl.Address, "", "WRONGPASS"},
		{"no scripts", "redis://noscripts:" + secret + "@" + acl.Address, "", "evalsha"},
		{"no zadd", "redis://nowrites:" + secret + "@" + acl.Address, "", "the script of heartbeats"},
		{"other keys", "redis://nokeys:" + secret + "@" + acl.Address, "", "permission"},
		{"no info", "redis://noinfo:" + secret + "@" + acl.Address, "", "info"},
		{"TLS to a plain server", "rediss://:" + secret + "@" + server.Address, "", "does not come about"},
		{"plain to a TLS server", "redis://:" + secret + "@" + encrypted.Address, "", "rediss://"},
		{"unknown authority", "rediss://" + encrypted.Address, "", "certificate"},
		{"old version", "redis://" + fakeRedis(t, "6.0.16"), "", "6.2 or later"},
		{"no version", "redis://" + fakeRedis(t, ""), "", "which version"},
		{"not a URL", "redis://user:pa/" + secret + "@host:1:2", "", "not an address"},
		{"other scheme", "http://:" + secret + "@host", "", "not an address"},
		{"CA without TLS", server.URL(), certificate.cert, "rediss://"},
		{"CA that is none", "rediss://" + encrypted.Address, certificate.key, "no certificate"},
		{"CA that is missing", "rediss://" + encrypted.Address, certificate.key + "x", "no such file"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := refusal(t, test.url, test.ca); !strings.Contains(got, test.want) {
				t.Errorf("got %q, want %q in it", got, test.want)
			}
		})
	}
	for name, o := range map[string]Options{
		"password": {URL: "redis://:" + secret + "@" + server.Address},
		"user":     {URL: "redis://good:" + secret + "@" + acl.Address + "/0"},
		"TLS":      {URL: "rediss://" + encrypted.Address, CAFile: certificate.cert},
	} {
		t.Run(name, func(t *testing.T) {
			s, err := Open(context.Background(), o)
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			takeSlot(t, s, "m", 1, 1)
		})
	}
}

// documentedRights returns the keys and commands that a user has in docs/teams.md.
func documentedRights(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("../../docs/teams.md")
	found := regexp.MustCompile(`ACL SETUSER endpoints on ">change-me" "(~\S+)" (.*)`).FindSubmatch(text)
	if err != nil || found == nil {
		t.Fatalf("docs/teams.md has no rights, error %v", err)
	}
	return string(found[1]) + " " + string(found[2])
}

func TestEvictionIsWarnedOf(t *testing.T) {
	_, log := open(t, redistest.Start(t, "--maxmemory-policy", "volatile-lru").URL())
	if log.count("volatile-lru") != 1 {
		t.Error("no warning")
	}
}

func TestASocketIsAnAddressToo(t *testing.T) {
	server := redistest.Start(t)
	server.Kill()
	socket := server.Folder + "/s"
	server.Restart("--unixsocket", socket)
	s, _ := open(t, "unix://"+socket)
	takeSlot(t, s, "m", 1, 1)
}

// fakeRedis is a server of a version, which answers INFO only, and that as before 7.0: of one
// section at most.
func fakeRedis(t *testing.T, version string) string {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			c, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer func() { _ = c.Close() }()
				command := ""
				for lines := bufio.NewScanner(c); lines.Scan(); {
					if strings.HasPrefix(lines.Text(), "*") {
						command = lines.Text()
					}
					switch text := "# Server\r\nredis_version:" + version + "\r\n"; strings.ToLower(lines.Text()) {
					case "info":
						if command > "*2" {
							_, _ = fmt.Fprint(c, "-ERR syntax error\r\n")
							continue
						}
						_, _ = fmt.Fprintf(c, "$%d\r\n%s\r\n", len(text), text)
					case "hello":
						_, _ = fmt.Fprint(c, "-ERR unknown command 'HELLO'\r\n")
					}
				}
			}()
		}
	}()
	return listener.Addr().String()
}

type certificateFiles struct{ cert, key string }

// newCertificate makes a certificate of loopback that signs itself.
func newCertificate(t *testing.T, s *redistest.Server) certificateFiles {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
	}
	signed, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	encode := func(kind string, bytes []byte) string {
		return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: bytes}))
	}
	return certificateFiles{s.Write("cert.pem", encode("CERTIFICATE", signed)), s.Write("key.pem", encode("PRIVATE KEY", private))}
}
