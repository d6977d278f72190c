package shared

import (
	"context"
	"crypto/rand"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"
)

// run says what has changed, and every second that this replica lives. It is the only one
// that asks a server that is away.
func (s *Store) run(ctx context.Context) {
	defer close(s.ended)
	beats := time.NewTicker(heartbeat)
	defer beats.Stop()
	whole := context.WithoutCancel(ctx) // what has begun to be said is said, since a source says it once
	for {
		select {
		case <-ctx.Done():
			s.leave(whole)
			return
		case <-beats.C:
			s.tick(whole)
		case <-s.wake:
			s.sayChanged(whole)
		}
	}
}

// tick is one heartbeat. A server that has answered for some time is relied on again.
func (s *Store) tick(ctx context.Context) {
	err := s.bounded(ctx, s.beat)
	if err == nil {
		s.mu.Lock()
		everything := !s.up || time.Since(s.answering) < 2*rejoin // slots may have been taken while it came back
		s.mu.Unlock()
		err = s.say(ctx, everything)
	}
	if err != nil {
		s.fail(err)
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.up:
	case s.answering.IsZero():
		s.answering = time.Now()
	case time.Since(s.answering) >= rejoin:
		s.up, s.reason = true, nil
		s.log.Info("the shared state is back: limits are shared by replicas again", "replicas", s.known())
	}
}

// fail makes the store away. It is logged once for each outage.
func (s *Store) fail(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.failures++
	s.answering = time.Time{}
	wasUp := s.up
	s.up, s.reason = false, err
	if wasUp {
		s.log.Warn("the shared state is away: this replica goes on with its share of the limits", "replicas", s.known(), "error", err)
	}
}

// bounded runs one round trip.
func (s *Store) bounded(ctx context.Context, ask func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, Timeout)
	defer cancel()
	return ask(ctx)
}

// beat is the heartbeat. The error is LOST if the data is not what it was.
func (s *Store) beat(ctx context.Context) error {
	sent := time.Now()
	got, err := s.scripts.heartbeat.Run(ctx, s.client,
		[]string{s.key("mark"), s.key("replicas"), s.key("cooldowns")},
		s.id, lifetime.Milliseconds(), rand.Text(), markLifetime.Milliseconds(), cooldownTime.Milliseconds()).Slice()
	if err != nil {
		return err
	}
	if len(got) < 4 || len(got)%2 != 0 {
		return fmt.Errorf("the script of heartbeats answered %d values", len(got))
	}
	mark, isMark := got[1].(string)
	numbers, err := integers([]any{got[0], got[2], got[3]})
	if !isMark || err != nil {
		return fmt.Errorf("the script of heartbeats answered %T as the mark: %w", got[1], err)
	}
	now, seen, replicas := numbers[0], numbers[1], numbers[2]
	s.mu.Lock()
	defer s.mu.Unlock()
	s.replicas = max(1, int(replicas))
	s.readCooldowns(got[4:], sent)
	s.reportSkew(time.UnixMilli(now), sent)
	lost := s.mark != "" && s.mark != mark || seen < s.beaten
	s.mark, s.beaten = mark, now
	if lost {
		return errLost
	}
	return nil
}

// reportSkew warns of a clock that differs, once: budgets begin at midnight of the
// replica's clock.
func (s *Store) reportSkew(theirs, sent time.Time) {
	const most = 5 * time.Second
	if skew := theirs.Sub(sent).Abs(); skew > most && !s.skewed {
		s.skewed = true
		s.log.Warn("the clock of this replica differs from that of the shared state, so its days begin at another time",
			"by", skew.Round(time.Second))
	}
}

// errLost is the same as the script's.
var errLost = lostError{}

type lostError struct{}

func (lostError) Error() string { return "LOST the server has lost its data" }
func (lostError) RedisError()   {}

var _ redis.Error = errLost

// say says what this replica has: everything, or what has changed.
func (s *Store) say(ctx context.Context, everything bool) error {
	s.mu.Lock()
	sources := s.sources
	s.mu.Unlock()
	for _, source := range sources {
		for _, one := range source(everything) {
			if err := s.bounded(ctx, func(ctx context.Context) error {
				_, err := s.step(ctx, one)
				return err
			}); err != nil {
				return err
			}
		}
	}
	return s.sayPending(ctx)
}

// sayChanged says what has changed. While the server is away, the next heartbeat that it
// answers says everything.
func (s *Store) sayChanged(ctx context.Context) {
	if _, up := s.Replicas(); !up {
		return
	}
	if err := s.say(ctx, false); err != nil {
		s.fail(err)
	}
}

// leave says the last, and that this replica no longer needs a share.
func (s *Store) leave(ctx context.Context) {
	s.sayChanged(ctx)
	if _, up := s.Replicas(); up {
		_ = s.bounded(ctx, func(ctx context.Context) error { return s.client.ZRem(ctx, s.key("replicas"), s.id).Err() })
	}
}
