package limit

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

// away is what a limiter knows of replicas whose common window cannot be asked.
func away(n int) func() (int, bool) { return func() (int, bool) { return n, false } }

// burst takes slots until no more is free, and returns how many it took.
func burst(t *testing.T, l *Limiter, perMinute int, ask Ask) (taken int) {
	t.Helper()
	for {
		ok, err := l.TryAcquire("m", perMinute, ask)
		if err != nil {
			t.Fatal(err)
		}
		if !ok {
			return taken
		}
		taken++
	}
}

func TestAReplicaKeepsToItsShare(t *testing.T) {
	for _, tt := range []struct {
		perMinute, replicas, share int
		every                      time.Duration
	}{
		{400, 3, 133, window},
		{400, 1, 400, window},
		{3, 3, 1, window},
		{2, 3, 1, window * 3 / 2}, // less than one a minute
		{1, 10, 1, window * 10},
		{1, 50, 1, longestWindow},
	} {
		synctest.Test(t, func(t *testing.T) {
			l := &Limiter{Replicas: away(tt.replicas)}
			for round := range 3 {
				if taken := burst(t, l, tt.perMinute, nil); taken != tt.share {
					t.Errorf("round %d of %+v: took %d", round, tt, taken)
				}
				<-time.After(tt.every - time.Millisecond)
				if l.HasRoom("m", tt.perMinute) {
					t.Errorf("%+v: room too early", tt)
				}
				<-time.After(time.Millisecond)
			}
		})
	}
}

// What the others took before the outage counts in equal parts, so that all shares together
// are no more than what was left.
func TestAShareIsOfWhatWasLeft(t *testing.T) {
	for _, tt := range []struct{ own, others, want int }{
		{0, 0, 100}, {0, 90, 70}, {30, 60, 70}, {10, 80, 70}, {90, 0, 10}, {0, 300, 0}, {100, 200, 0},
	} {
		synctest.Test(t, func(t *testing.T) {
			up, used := true, tt.others
			l := &Limiter{Replicas: func() (int, bool) { return 3, up }}
			ask := func(slot *Sent) (Answer, error) {
				if !up {
					return Answer{}, ErrAway
				}
				used++
				return Answer{Used: used}, nil
			}
			for range tt.own {
				if ok, err := l.TryAcquire("m", 300, ask); !ok || err != nil {
					t.Fatal(ok, err)
				}
			}
			if tt.own == 0 && tt.others > 0 { // it was told that there is no room, or asked for nothing
				l.mu.Lock()
				l.queueOf("m").saw(Answer{Used: used, Wait: time.Nanosecond})
				l.mu.Unlock()
				<-time.After(time.Millisecond)
			}
			up = false
			if taken := burst(t, l, 300, ask); taken != tt.want {
				t.Errorf("%+v: took %d", tt, taken)
			}
			<-time.After(window)
			if taken := burst(t, l, 300, ask); taken != 100 {
				t.Errorf("%+v: took %d in the next window", tt, taken)
			}
		})
	}
}

// A slot whose answer got lost may be in the common window, so it keeps its number.
func TestASlotKeepsItsNumberInAnOutage(t *testing.T) {
	l := &Limiter{Replicas: func() (int, bool) { return 2, true }}
	var asked uint64
	ok, err := l.TryAcquire("m", 10, func(slot *Sent) (Answer, error) {
		asked = slot.Number
		return Answer{}, errors.Join(ErrAway, errors.New("timeout"))
	})
	if recent := l.Recent()["m"]; !ok || err != nil || len(recent) != 1 || recent[0].Number != asked {
		t.Errorf("%v, %v, %v", ok, err, recent)
	}
}

// A call that another replica overtakes waits on, in its place in the queue.
func TestTheTurnStaysWhileOthersTakeTheSlot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &Limiter{Replicas: func() (int, bool) { return 2, true }}
		waits := []time.Duration{3 * time.Second, 2 * time.Second, 0}
		ask := func(*Sent) (Answer, error) {
			wait := waits[0]
			waits = waits[1:]
			return Answer{Wait: wait, Used: 10}, nil
		}
		if ok, _ := l.TryAcquire("m", 10, ask); ok {
			t.Fatal("a slot in a full window")
		}
		start, wait := time.Now(), NewWaitBudget(6*time.Second, nil)
		slot, err := l.Wait(t.Context(), "m", 10, wait)
		if err != nil {
			t.Fatal(err)
		}
		defer slot.Release()
		rest, err := slot.Take(ask)
		if err != nil || rest != 2*time.Second {
			t.Fatal(rest, err)
		}
		if err := slot.Sleep(t.Context(), rest, wait); err != nil {
			t.Fatal(err)
		}
		if rest, err := slot.Take(ask); err != nil || rest != 0 || time.Since(start) != 5*time.Second {
			t.Errorf("%s, %v after %s", rest, err, time.Since(start))
		}
		if err := slot.Sleep(t.Context(), 2*time.Second, wait); err == nil {
			t.Error("it waits for longer than it may")
		}
	})
}

func TestAnotherErrorIsReturned(t *testing.T) {
	l, refused := &Limiter{Replicas: func() (int, bool) { return 2, true }}, errors.New("refused")
	ask := func(*Sent) (Answer, error) { return Answer{}, refused }
	for _, perMinute := range []int{0, 10} {
		if _, err := l.TryAcquire("m", perMinute, ask); !errors.Is(err, refused) {
			t.Errorf("%d a minute: %v", perMinute, err)
		}
	}
	if len(l.Recent()) != 0 && len(l.Recent()["m"]) != 0 {
		t.Error("a slot was taken")
	}
}
