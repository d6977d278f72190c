package emulator

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"time"
)

// Server is an [Emulator] on a port.
type Server struct {
	BaseURL    string // http://HOST:PORT/v1
	CatalogURL string // http://HOST:PORT/rest/v1/models_v2

	http   http.Server
	served chan struct{} // closed when nothing is accepted any more
	failed error         // why, unless it was closed; set before served is
}

// Start serves the emulator on a free port of 127.0.0.1. The caller closes the
// server.
func (e *Emulator) Start() (*Server, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("starting the emulator: %w", err)
	}
	return e.StartOn(listener), nil
}

// StartOn serves the emulator on a TCP listener, which the server owns from now on.
// The caller closes the server.
func (e *Emulator) StartOn(listener net.Listener) *Server {
	origin := "http://" + reachable(listener.Addr().String())
	s := &Server{
		BaseURL: origin + "/v1", CatalogURL: origin + catalogPath,
		// No WriteTimeout: a stream may take as long as its delays say. No ReadTimeout:
		// it would end the context of a request that is being answered.
		http: http.Server{
			Handler: e, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 64 << 10,
		},
		served: make(chan struct{}),
	}
	go func() {
		defer close(s.served)
		if err := s.http.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			s.failed = err
		}
	}()
	return s
}

// reachable returns an address that this machine can connect to, in place of the one that
// stands for all interfaces.
func reachable(address string) string {
	at, err := netip.ParseAddrPort(address)
	if err != nil || !at.Addr().IsUnspecified() {
		return address
	}
	return netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), at.Port()).String()
}

// Wait serves until ctx ends, or until the listener fails, which is an error. Then it
// closes the server.
func (s *Server) Wait(ctx context.Context) error {
	select {
	case <-ctx.Done():
	case <-s.served:
	}
	return errors.Join(s.Close(), s.failed)
}

// Close stops the server and tears open streams down.
func (s *Server) Close() error {
	err := s.http.Close()
	<-s.served
	return err
}
