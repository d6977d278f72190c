package shared

import (
	"context"
	"crypto/rand"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
)

const (
	// cooldownTime is how long a failure is remembered.
	cooldownTime = time.Minute
	// batchLifetime is well beyond the month in which a batch was submitted.
	batchLifetime = 100 * 24 * time.Hour
	// maxPending bounds what waits to be said, of each kind.
	maxPending = 1000
)

// pending waits until it can be said.
type pending struct {
	cooldowns []cooldown
	kept      []keptBatch
	settled   []settlement
}

type cooldown struct {
	key    string
	begins bool
}

type keptBatch struct {
	batch    string
	reserved map[string]int64 // by ledger
}

// settlement is what a batch did cost.
type settlement struct {
	batch   string
	writer  string // makes it the same one when it is said again
	cost    int64
	unknown float64 // the part of what was reserved that stays, for requests of unknown cost
}

// Fail starts the cooldown of a key for all replicas, and does not wait for it.
func (s *Store) Fail(key string) { s.cool(key, true) }

// Succeed ends the cooldown of a key for all replicas, and does not wait for it.
func (s *Store) Succeed(key string) {
	s.mu.Lock()
	_, cooling := s.cooling[key]
	s.mu.Unlock()
	if cooling {
		s.cool(key, false)
	}
}

func (s *Store) cool(key string, begins bool) {
	s.mu.Lock()
	if begins {
		s.cooling[key] = time.Now()
	} else {
		delete(s.cooling, key)
	}
	s.pending.cooldowns = bounded(append(s.pending.cooldowns, cooldown{key, begins}))
	s.mu.Unlock()
	s.Changed()
}

// Since returns how long ago a key failed at any replica, if its cooldown lasts. Others'
// failures are known from the last heartbeat, so it asks nothing.
func (s *Store) Since(key string) (ago time.Duration, cooling bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	at, failed := s.cooling[key]
	if ago = time.Since(at); !failed || ago >= cooldownTime {
		return 0, false
	}
	return ago, true
}

// readCooldowns reads keys and ages. What is not said yet stays as this replica has it.
func (s *Store) readCooldowns(values []any, sent time.Time) {
	cooling := map[string]time.Time{}
	for pair := range slices.Chunk(values, 2) {
		key, isKey := pair[0].(string)
		age, isAge := pair[1].(int64)
		if isKey && isAge {
			cooling[key] = sent.Add(-time.Duration(age) * time.Millisecond)
		}
	}
	for _, own := range s.pending.cooldowns {
		if delete(cooling, own.key); own.begins {
			cooling[own.key] = s.cooling[own.key]
		}
	}
	s.cooling = cooling
}

// KeepBatch remembers what was reserved for a batch in each ledger, and does not wait for it.
func (s *Store) KeepBatch(batch string, reserved map[string]int64) {
	s.mu.Lock()
	s.pending.kept = bounded(append(s.pending.kept, keptBatch{batch, maps.Clone(reserved)}))
	s.mu.Unlock()
	s.Changed()
}

// SettleBatch replaces what was reserved for a batch by its cost, in the ledgers of the time
// when it was submitted, once for all replicas. It reports false if that was done before.
// Known is false for a batch of which nothing was kept, and while the server is away, which
// is told of it later.
func (s *Store) SettleBatch(ctx context.Context, batch string, cost int64, unknown float64) (first, known bool) {
	one := settlement{batch: batch, writer: rand.Text(), cost: cost, unknown: unknown}
	if _, up := s.Replicas(); up {
		err := s.bounded(context.WithoutCancel(ctx), func(ctx context.Context) error { return s.sayPendingOnce(ctx) })
		if err == nil {
			err = s.bounded(context.WithoutCancel(ctx), func(ctx context.Context) (err error) {
				first, known, err = s.settle(ctx, one)
				return err
			})
		}
		if err == nil {
			return first, known
		}
		s.fail(err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pending.settled = bounded(append(s.pending.settled, one))
	return false, false
}

// bounded forgets the oldest.
func bounded[T any](list []T) []T { return list[max(0, len(list)-maxPending):] }

// sayPending says what waits.
func (s *Store) sayPending(ctx context.Context) error { return s.bounded(ctx, s.sayPendingOnce) }

func (s *Store) sayPendingOnce(ctx context.Context) error {
	s.mu.Lock()
	waiting := s.pending
	s.pending = pending{}
	s.mu.Unlock()
	err := s.sendPending(ctx, &waiting)
	if err != nil { // said again later: each may be said twice
		s.mu.Lock()
		s.pending.cooldowns = bounded(append(waiting.cooldowns, s.pending.cooldowns...))
		s.pending.kept = bounded(append(waiting.kept, s.pending.kept...))
		s.pending.settled = bounded(append(waiting.settled, s.pending.settled...))
		s.mu.Unlock()
	}
	return err
}

func (s *Store) sendPending(ctx context.Context, waiting *pending) error {
	if err := s.sendCooldowns(ctx, waiting.cooldowns); err != nil {
		return err
	}
	for ; len(waiting.kept) > 0; waiting.kept = waiting.kept[1:] {
		if err := s.keep(ctx, waiting.kept[0].batch, waiting.kept[0].reserved); err != nil {
			return err
		}
	}
	for ; len(waiting.settled) > 0; waiting.settled = waiting.settled[1:] {
		if _, _, err := s.settle(ctx, waiting.settled[0]); err != nil {
			return err
		}
	}
	return nil
}

func (s *Store) sendCooldowns(ctx context.Context, changes []cooldown) error {
	if len(changes) == 0 {
		return nil
	}
	arguments := []any{cooldownTime.Milliseconds()}
	for _, c := range changes {
		begins := "0"
		if c.begins {
			begins = "1"
		}
		arguments = append(arguments, c.key, begins)
	}
	return s.scripts.cooldown.Run(ctx, s.client, []string{s.key("cooldowns")}, arguments...).Err()
}

func (s *Store) keep(ctx context.Context, batch string, reserved map[string]int64) error {
	arguments := []any{int64(batchLifetime.Seconds())}
	for ledger, amount := range reserved {
		arguments = append(arguments, "of:"+ledger, amount)
	}
	return s.scripts.keep.Run(ctx, s.client, []string{s.key("batch:" + batch)}, arguments...).Err()
}

func (s *Store) settle(ctx context.Context, one settlement) (first, known bool, err error) {
	key := s.key("batch:" + one.batch)
	fields, err := s.client.HGetAll(ctx, key).Result()
	if err != nil || len(fields) == 0 {
		return false, false, err
	}
	keys, arguments := []string{key}, []any{one.writer}
	for field, amount := range fields {
		ledger, isLedger := strings.CutPrefix(field, "of:")
		reserved, err := strconv.ParseInt(amount, 10, 64)
		if !isLedger || err != nil {
			continue
		}
		keys = append(keys, s.ledgerKey(ledger))
		arguments = append(arguments, one.cost+int64(math.Ceil(one.unknown*float64(reserved)))-reserved)
	}
	settled, err := s.scripts.settle.Run(ctx, s.client, keys, arguments...).Int()
	return settled == 1, true, err
}
