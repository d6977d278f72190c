package shared

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"
)

const (
	// startTimeout bounds the check at the start.
	startTimeout = 3 * time.Second
	// dialTimeout is shorter, so that the check learns why no connection comes about.
	dialTimeout = 2 * time.Second
)

// CheckURL returns an error for what is not the address of a server. It repeats nothing of
// it, since it may hold a password.
func CheckURL(raw string) error {
	if _, err := redis.ParseURL(raw); err != nil {
		return errors.New("not an address such as redis://host:6379, rediss://user:password@host:6379/0 or unix:///path")
	}
	return nil
}

func parse(raw, caFile string) (*redis.Options, error) {
	if err := CheckURL(raw); err != nil {
		return nil, err
	}
	o, err := redis.ParseURL(raw)
	if err != nil {
		return nil, err
	}
	if caFile != "" {
		if o.TLSConfig == nil {
			return nil, errors.New("an authority of certificates needs an address that begins with rediss://")
		}
		pem, err := os.ReadFile(caFile)
		if err != nil {
			return nil, err
		}
		o.TLSConfig.RootCAs = x509.NewCertPool()
		if !o.TLSConfig.RootCAs.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("%s holds no certificate in PEM", caFile)
		}
	}
	// Steps have one deadline, and are not repeated: the heartbeat tries again.
	o.ContextTimeoutEnabled, o.MaxRetries, o.DialerRetries = true, -1, 1
	o.DialTimeout, o.ReadTimeout, o.WriteTimeout, o.PoolTimeout = dialTimeout, startTimeout, startTimeout, startTimeout
	o.Dialer, o.TLSConfig = dialer(o.TLSConfig), nil
	o.PipelinePoolSize = -1
	o.DisableIdentity = true // needs a right more, and says nothing of use
	o.MaintNotificationsConfig = &maintnotifications.Config{Mode: maintnotifications.ModeDisabled}
	return o, nil
}

// dialer tells a handshake that fails from a server that cannot be reached: one that speaks
// no TLS may just wait for more.
func dialer(encryption *tls.Config) func(ctx context.Context, network, address string) (net.Conn, error) {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		var plain net.Dialer
		connection, err := plain.DialContext(ctx, network, address)
		if err != nil || encryption == nil {
			return connection, err
		}
		encrypted := tls.Client(connection, encryption)
		if err := encrypted.HandshakeContext(ctx); err != nil {
			_ = connection.Close()
			return nil, &handshakeError{err}
		}
		return encrypted, nil
	}
}

type handshakeError struct{ cause error }

func (e *handshakeError) Error() string {
	return "TLS, which rediss:// asks for, does not come about with the server: " + e.cause.Error()
}

// discard drops the lines of the Redis client, which writes them to stderr: this package
// logs what matters.
type discard struct{}

func (discard) Printf(context.Context, string, ...any) {}

// check asks the server all that a replica ever asks.
func (s *Store) check(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	info, err := s.client.InfoMap(ctx).Result() // of several sections since 7.0 only
	if err != nil {
		return explain("INFO", err)
	}
	if err := checkVersion(info["Server"]["redis_version"]); err != nil {
		return err
	}
	if policy := info["Memory"]["maxmemory_policy"]; policy != "" && policy != "noeviction" {
		s.log.Warn("the server may remove sums and windows when its memory is full: set its maxmemory-policy to noeviction", "policy", policy)
	}
	for _, one := range []struct {
		name string
		ask  func() error
	}{
		{"the script of heartbeats", func() error { return s.beat(ctx) }},
		{"the script of steps", func() error {
			_, err := s.step(ctx, Step{
				Window:  &Window{Key: "check", Most: 1, Length: time.Second, Slot: "check", Sent: []Slot{{Name: "earlier", Age: 2 * time.Second}}},
				Ledgers: []Ledger{{Key: "check", Writer: "check", Version: 1, Own: 1, Max: 1, Kept: time.Minute}},
			})
			return err
		}},
		{"the script of cooldowns", func() error { return s.sendCooldowns(ctx, []cooldown{{"check", true}, {"check", false}}) }},
		{"the script of batches", func() error {
			if err := s.keep(ctx, "check", map[string]int64{"check": 1}); err != nil {
				return err
			}
			_, _, err := s.settle(ctx, settlement{batch: "check", writer: s.id, cost: 1})
			return err
		}},
	} {
		if err := one.ask(); err != nil {
			return explain(one.name, err)
		}
	}
	return nil
}

// checkVersion refuses servers before 6.2. Valkey says the version of Redis that it is like.
func checkVersion(version string) error {
	parts := strings.SplitN(version, ".", 3)
	if len(parts) < 2 {
		return errors.New("the server does not say which version of Redis it is")
	}
	major, err := strconv.Atoi(parts[0])
	minor, err2 := strconv.Atoi(parts[1])
	if errors.Join(err, err2) != nil || major < 6 || major == 6 && minor < 2 {
		return fmt.Errorf("the server is Redis %s; 6.2 or later, or Valkey, is needed", version)
	}
	return nil
}

// isUnreachable reports whether a server may be all right, but cannot be asked now.
func isUnreachable(err error) bool {
	if _, ok := errors.AsType[*handshakeError](err); ok {
		return false
	}
	if op, ok := errors.AsType[*net.OpError](err); ok && op.Op == "dial" {
		return true
	}
	if _, ok := errors.AsType[*net.DNSError](err); ok {
		return true
	}
	if timeout, ok := errors.AsType[net.Error](err); ok && timeout.Timeout() {
		return true
	}
	for _, passing := range []string{"LOADING", "MASTERDOWN", "BUSY", "TRYAGAIN", "LOST"} {
		if redis.HasErrorPrefix(err, passing) {
			return true
		}
	}
	return errors.Is(err, context.DeadlineExceeded)
}

// explain says what a failure at the start is about.
func explain(asked string, err error) error {
	_, isHandshake := errors.AsType[*handshakeError](err)
	switch {
	case isUnreachable(err), isHandshake:
		return err
	case errors.Is(err, io.EOF), strings.Contains(err.Error(), "reset by peer"), strings.Contains(err.Error(), "can't parse"):
		return fmt.Errorf("the server ended the connection, as one does that speaks TLS only, which rediss:// asks for: %w", err)
	default:
		return fmt.Errorf("%s: %w", asked, err)
	}
}
