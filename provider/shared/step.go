package shared

import (
	"context"
	_ "embed" // the scripts
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"
)

//go:embed step.lua
var stepScript string

//go:embed heartbeat.lua
var heartbeatScript string

//go:embed cooldown.lua
var cooldownScript string

//go:embed keep.lua
var keepScript string

//go:embed settle.lua
var settleScript string

type scripts struct{ step, heartbeat, cooldown, keep, settle *redis.Script }

func newScripts() scripts {
	return scripts{
		redis.NewScript(stepScript), redis.NewScript(heartbeatScript), redis.NewScript(cooldownScript),
		redis.NewScript(keepScript), redis.NewScript(settleScript),
	}
}

// Step is what a replica says in one round trip, and may ask for.
type Step struct {
	Window  *Window // nil is none
	Ledgers []Ledger
	Saw     func([]Sum) // gets the sums of the ledgers; nil ignores them
}

// Window is the window of a rate limit: a log of the slots that were taken, rather than
// GCRA, which lets up to twice the limit through in a window that begins between bursts.
// The service counts in such windows, so its limit would be passed. A log of the few
// hundred requests of a minute costs little.
type Window struct {
	Key    string
	Most   int           // slots in each Length
	Length time.Duration // in which a slot counts
	Slot   string        // the name of the slot to take; "" takes none
	Sent   []Slot        // that this replica took before, of which the server may not know
}

// Slot is a slot that was taken.
type Slot struct {
	Name string
	Age  time.Duration
}

// Ledger is a sum of which each writer says its own part.
type Ledger struct {
	Key     string
	Writer  string
	Version int64 // of the part: the higher one is the newer one
	Own     int64 // the writer's part, not negative
	Max     int64 // a step is refused whose sum is over it; 0 refuses none
	Kept    time.Duration
}

// Sum is a ledger as the server has it.
type Sum struct {
	Total int64 // of all writers, and of batches that were settled
	Own   int64 // the part of the writer who asked
}

// Answer is the server's to a step.
type Answer struct {
	Wait    time.Duration // until the next slot is free; 0 if one was taken
	Used    int           // slots in the window
	Refused bool          // by a ledger, and no slot was taken
	Sums    []Sum
}

// Take asks for a slot, or for room in ledgers. The error is [ErrAway].
func (s *Store) Take(ctx context.Context, step Step) (Answer, error) {
	if _, up := s.Replicas(); !up {
		return Answer{}, ErrAway
	}
	// A call that is cancelled now must not look like a server that does not answer.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), Timeout)
	defer cancel()
	answer, err := s.step(ctx, step)
	if err != nil {
		s.fail(err)
		return Answer{}, fmt.Errorf("%w: %w", ErrAway, err)
	}
	return answer, nil
}

type wireWindow struct {
	Most   int      `json:"most"`
	Length int64    `json:"length"`
	Slot   string   `json:"slot,omitempty"`
	Sent   [][2]any `json:"sent,omitempty"`
}

type wireLedger struct {
	Writer  string `json:"writer"`
	Version int64  `json:"version"`
	Own     string `json:"own"`
	Max     string `json:"max,omitempty"`
	Kept    int64  `json:"kept"`
}

type wireStep struct {
	Mark    string       `json:"mark"`
	Windows []wireWindow `json:"windows,omitempty"`
	Ledgers []wireLedger `json:"ledgers,omitempty"`
}

func (s *Store) step(ctx context.Context, step Step) (answer Answer, err error) {
	s.mu.Lock()
	wire, keys := wireStep{Mark: s.mark}, []string{s.key("mark")}
	s.mu.Unlock()
	if w := step.Window; w != nil {
		keys = append(keys, s.key("window:"+w.Key))
		wire.Windows = append(wire.Windows, s.wireWindow(w))
	}
	for _, l := range step.Ledgers {
		keys = append(keys, s.ledgerKey(l.Key))
		one := wireLedger{Writer: l.Writer, Version: l.Version, Own: decimal(l.Own), Kept: int64(l.Kept.Seconds())}
		if l.Max != 0 {
			one.Max = decimal(l.Max)
		}
		wire.Ledgers = append(wire.Ledgers, one)
	}
	text, err := json.Marshal(wire)
	if err != nil {
		return answer, err
	}
	got, err := s.scripts.step.Run(ctx, s.client, keys, text).Slice()
	if err != nil {
		return answer, err
	}
	numbers, err := integers(got)
	if err != nil || len(numbers) != 3+2*len(step.Ledgers) {
		return answer, fmt.Errorf("the script of steps answered %d values: %w", len(got), err)
	}
	answer = Answer{Wait: time.Duration(numbers[0]) * time.Millisecond, Used: int(numbers[1]), Refused: numbers[2] != 0}
	for i := range step.Ledgers {
		answer.Sums = append(answer.Sums, Sum{Total: numbers[3+2*i], Own: numbers[4+2*i]})
	}
	if step.Saw != nil {
		step.Saw(answer.Sums)
	}
	return answer, nil
}

// wireWindow names each slot after this replica too.
func (s *Store) wireWindow(w *Window) wireWindow {
	wire := wireWindow{Most: w.Most, Length: w.Length.Milliseconds()}
	if w.Slot != "" {
		wire.Slot = s.id + ":" + w.Slot
	}
	for _, sent := range w.Sent {
		wire.Sent = append(wire.Sent, [2]any{s.id + ":" + sent.Name, sent.Age.Milliseconds()})
	}
	return wire
}

func (s *Store) ledgerKey(name string) string { return s.key("spent:" + name) }

func decimal(n int64) string { return strconv.FormatInt(n, 10) }

// integers reads an answer of integers, and of integers that came as texts.
func integers(values []any) ([]int64, error) {
	numbers := make([]int64, len(values))
	for i, value := range values {
		switch value := value.(type) {
		case int64:
			numbers[i] = value
		case string:
			n, err := strconv.ParseInt(value, 10, 64)
			if err != nil {
				return nil, err
			}
			numbers[i] = n
		default:
			return nil, fmt.Errorf("a value of the type %T", value)
		}
	}
	return numbers, nil
}
