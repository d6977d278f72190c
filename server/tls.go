package server

import (
	"cmp"
	"crypto/tls"
	"fmt"
	"log/slog"
)

// Certificate is a server's certificate and key, which are read again when
// their files change.
type Certificate struct {
	file *watchedFile[*tls.Certificate]
}

// OpenCertificate reads PEM files: the certificate, with the chain behind it,
// and its key.
func OpenCertificate(certFile, keyFile string, log *slog.Logger) (*Certificate, error) {
	file, err := watchFiles("TLS certificate", cmp.Or(log, slog.New(slog.DiscardHandler)), func(contents [][]byte) (*tls.Certificate, error) {
		pair, err := tls.X509KeyPair(contents[0], contents[1])
		return &pair, err
	}, certFile, keyFile)
	if err != nil {
		return nil, fmt.Errorf("TLS certificate %s with key %s: %w", certFile, keyFile, err)
	}
	return &Certificate{file}, nil
}

func (c *Certificate) config() *tls.Config {
	return &tls.Config{
		MinVersion:     tls.VersionTLS12,
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return c.file.get(), nil },
	}
}
