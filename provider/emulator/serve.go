package emulator

import (
	"fmt"
	"net"
	"net/http"
	"time"
)

// Server is an [Emulator] on a loopback port.
type Server struct {
	BaseURL    string // http://127.0.0.1:PORT/v1
	CatalogURL string // http://127.0.0.1:PORT/rest/v1/models_v2

	http   http.Server
	served chan struct{} // closed when nothing is accepted any more
}

// Start serves the emulator on a free port of 127.0.0.1. The caller closes the
// server.
func (e *Emulator) Start() (*Server, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("starting the emulator: %w", err)
	}
	origin := "http://" + listener.Addr().String()
	s := &Server{
		BaseURL: origin + "/v1", CatalogURL: origin + catalogPath,
		// No WriteTimeout: a stream may take as long as its delays say.
		http:   http.Server{Handler: e, ReadHeaderTimeout: 10 * time.Second},
		served: make(chan struct{}),
	}
	go func() {
		defer close(s.served)
		// Serve ends with Close, and only then.
		_ = s.http.Serve(listener)
	}()
	return s, nil
}

// Close stops the server and tears open streams down.
func (s *Server) Close() error {
	err := s.http.Close()
	<-s.served
	return err
}
