// Package shared is what the replicas of a server have in common, on Redis or Valkey: the
// windows of rate limits, the sums of what was spent, and cooldowns. It knows keys and
// numbers only.
//
// A [Store] answers each step with one script, in one round trip. A replica says what it
// has in such a way that it may be said again: a slot has a name, and a part of a sum
// replaces the one before. So after an outage, or when the server has lost its data, each
// replica says all that it has, and nothing is counted twice.
//
// While the server cannot be asked, [Store.Replicas] says among how many the limits are to
// be divided. A step that fails makes it so at once, and only the heartbeat tries again:
// calls do not wait for a server that is slow or away more than once.
package shared

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
)

const (
	// Timeout bounds a step, and with it what a slow server costs a call.
	Timeout = 250 * time.Millisecond
	// heartbeat is how often a replica says that it lives.
	heartbeat = time.Second
	// lifetime is how long a replica counts without a heartbeat.
	lifetime = 10 * time.Second
	// rejoin is how long the server must have answered before a replica relies on it again:
	// by then each of the others has said what it has.
	rejoin = 3 * time.Second
	// unknownReplicas stands in for the number of replicas until it was seen, so that one
	// that starts in an outage takes little.
	unknownReplicas = 10
	// markLifetime is longer than any outage after which the data may still be of use.
	markLifetime = 100 * 24 * time.Hour
)

// ErrAway is the error of a step while the server cannot be asked.
var ErrAway = errors.New("the shared state is away")

// Options configures a [Store].
type Options struct {
	URL     string       // redis://, rediss:// or unix://
	CAFile  string       // PEM file of the authorities of the server's certificate; "" is the system's
	Service string       // the address of the service: each has limits of its own
	Logger  *slog.Logger // nil discards
}

// Store is safe for concurrent use.
type Store struct {
	client  *redis.Client
	scripts scripts
	prefix  string // of all keys, with braces, so that a cluster keeps them together
	id      string // of this replica
	log     *slog.Logger

	mu        sync.Mutex
	up        bool
	reason    error     // why not
	answering time.Time // since when the server answers again; zero while it does not
	mark      string    // of the data, as it was last seen
	beaten    int64     // when the server last counted this replica, by its clock
	replicas  int       // that were last seen; 0 before
	failures  int64     // of steps, since the start
	sources   []Source
	cooling   map[string]time.Time // when each key failed, as all replicas know it
	pending   pending
	skewed    bool // whether the clocks were reported to differ

	wake   chan struct{}
	stop   context.CancelFunc
	ended  chan struct{}
	closed sync.Once
}

// Source returns what this replica has, to be said to the server: all of it, or only what
// has changed since the last call.
type Source func(all bool) []Step

// Open connects to the server, and checks that it can be used. The error is for whoever
// configured it, and never holds the password. A server that cannot be reached is no
// error: the store is then away until it can be.
func Open(ctx context.Context, o Options) (*Store, error) {
	settings, err := parse(o.URL, o.CAFile)
	if err != nil {
		return nil, err
	}
	redis.SetLogger(discard{})
	s := newStore(redis.NewClient(settings), o)
	err = s.check(ctx)
	switch {
	case err == nil:
		s.up, s.answering = true, time.Now()
		s.log.Info("rate limits and budgets are shared by replicas", "replicas", s.replicas)
	case isUnreachable(err):
		s.reason = err
		s.log.Warn("the shared state cannot be reached: this replica starts with its share of the limits", "replicas", s.known(), "error", err)
	default:
		_ = s.client.Close()
		return nil, err
	}
	ctx, s.stop = context.WithCancel(context.WithoutCancel(ctx))
	go s.run(ctx)
	return s, nil
}

func newStore(client *redis.Client, o Options) *Store {
	log := o.Logger
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	return &Store{
		client: client, scripts: newScripts(), prefix: "ai-endpoints-mcp:1:{" + Hash(o.Service) + "}:", id: rand.Text(), log: log,
		cooling: map[string]time.Time{}, wake: make(chan struct{}, 1), ended: make(chan struct{}),
	}
}

// Hash stands for a text in a key: an address, or a secret.
func Hash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:8])
}

// AddSource adds what this replica has.
func (s *Store) AddSource(source Source) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sources = append(s.sources, source)
}

// Changed says, without waiting, that a [Source] has something new.
func (s *Store) Changed() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// Replicas returns how many replicas there are, at least 1, and whether the server can be
// asked. While it cannot, each takes its share of a limit.
func (s *Store) Replicas() (n int, up bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.known(), s.up
}

func (s *Store) known() int {
	if s.replicas == 0 {
		return unknownReplicas
	}
	return s.replicas
}

// Status is how the store is.
type Status struct {
	Up       bool
	Replicas int    // that were last seen
	Failures int64  // steps that failed, since the start
	Reason   string // why it is away
}

// Status returns how the store is.
func (s *Store) Status() Status {
	s.mu.Lock()
	defer s.mu.Unlock()
	status := Status{Up: s.up, Replicas: s.known(), Failures: s.failures}
	if !s.up && s.reason != nil {
		status.Reason = s.reason.Error()
	}
	return status
}

// Detail says in words that the store is away, "" while it is not, or for nil.
func (s *Store) Detail() string {
	if s == nil {
		return ""
	}
	status := s.Status()
	if status.Up {
		return ""
	}
	// The reason is in the log: it may name a host, and anyone may read this.
	return fmt.Sprintf("the shared state is away: this replica takes 1/%d of the limits", status.Replicas)
}

// Close says what is not said yet, and ends the connection.
func (s *Store) Close() {
	s.closed.Do(func() {
		s.stop()
		<-s.ended
		_ = s.client.Close()
	})
}

// key returns the key of something of this service.
func (s *Store) key(parts string) string { return s.prefix + parts }
