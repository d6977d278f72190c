package shared

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/shared/redistest"
)

func isUp(s *Store) bool { return s.Status().Up }

func TestAnOutageIsSaidOnceAndEnds(t *testing.T) {
	server := redistest.Start(t)
	s, log := open(t, server.URL())
	other, _ := open(t, server.URL())
	redistest.Eventually(t, "both are seen", func() bool { return s.Status().Replicas == 2 && other.Status().Replicas == 2 })
	var said atomic.Int64
	s.AddSource(func(all bool) []Step {
		if !all {
			return nil
		}
		said.Add(1)
		return []Step{{Window: &Window{Key: "m", Most: 3, Length: time.Minute, Sent: []Slot{{"1", time.Second}, {"2", time.Second}}}}}
	})
	takeSlot(t, s, "m", 1, 3)
	server.Kill()
	for range 5 {
		if _, err := s.Take(t.Context(), Step{Window: &Window{Key: "m", Most: 3, Length: time.Minute, Slot: "2"}}); !errors.Is(err, ErrAway) {
			t.Fatalf("without a server: %v", err)
		}
	}
	if n, up := s.Replicas(); n != 2 || up {
		t.Errorf("%d replicas, up %v", n, up)
	}
	if !strings.Contains(s.Detail(), "1/2") {
		t.Errorf("detail %q", s.Detail())
	}
	redistest.Eventually(t, "the heartbeat fails too", func() bool { return s.Status().Failures >= 2 })
	said.Store(0)
	server.Restart()
	redistest.Eventually(t, "it is back", func() bool { return isUp(s) && isUp(other) })
	if said.Load() == 0 {
		t.Error("nothing was said to the new server")
	}
	for n, wait := range []bool{false, true} { // beside the two slots from before
		if got := takeSlot(t, other, "m", n, 3); (got.Wait > 0) != wait || got.Used != 3 {
			t.Errorf("slot %d after the outage: %+v", n, got)
		}
	}
	if away, back := log.count("the shared state is away"), log.count("the shared state is back"); away != 1 || back != 1 {
		t.Errorf("logged %d times that it is away, %d that it is back", away, back)
	}
	if s.Detail() != "" {
		t.Errorf("detail %q", s.Detail())
	}
}

func TestLostDataIsNoRoom(t *testing.T) {
	server := redistest.Start(t)
	s, log := open(t, server.URL())
	takeSlot(t, s, "m", 1, 1)
	if err := s.client.FlushAll(t.Context()).Err(); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Take(t.Context(), Step{Window: &Window{Key: "m", Most: 1, Length: time.Minute, Slot: "2"}}); !errors.Is(err, ErrAway) {
		t.Errorf("right after the loss: %v", err)
	}
	redistest.Eventually(t, "it is back", func() bool { return isUp(s) })
	if log.count("LOST") != 1 {
		t.Error("the log does not say what was lost")
	}
}

func TestAnOlderStateIsALoss(t *testing.T) {
	s, _ := open(t, redistest.Start(t).URL())
	redistest.Eventually(t, "a heartbeat was counted", func() bool {
		s.mu.Lock()
		defer s.mu.Unlock()
		return s.beaten > 0
	})
	if err := s.client.Del(t.Context(), s.key("replicas")).Err(); err != nil {
		t.Fatal(err)
	}
	redistest.Eventually(t, "the loss is seen", func() bool { return !isUp(s) })
	redistest.Eventually(t, "it is back", func() bool { return isUp(s) })
}

func TestFlushedScriptsAreLoadedAgain(t *testing.T) {
	s, _ := open(t, redistest.Start(t).URL())
	for n := range 20 {
		if err := s.client.ScriptFlush(t.Context()).Err(); err != nil {
			t.Fatal(err)
		}
		if got := takeSlot(t, s, "m", n, 20); got.Used != n+1 {
			t.Fatalf("slot %d: %+v", n, got)
		}
	}
	if s.Status().Failures != 0 {
		t.Errorf("%d failures", s.Status().Failures)
	}
}

func TestASlowServerCostsLittle(t *testing.T) {
	server := redistest.Start(t)
	slow := startProxy(t, server.Address)
	s, _ := open(t, "redis://"+slow.address)
	takeSlot(t, s, "m", 0, 1000)
	slow.delay.Store(int64(2 * time.Second))
	start := time.Now()
	var calls sync.WaitGroup
	for n := range 50 {
		calls.Go(func() {
			for i := range 10 {
				_, _ = s.Take(t.Context(), Step{Window: &Window{Key: "m", Most: 1000, Length: time.Minute, Slot: fmt.Sprint(n, i)}})
			}
		})
	}
	calls.Wait()
	if took := time.Since(start); took > 3*Timeout {
		t.Errorf("500 calls with a server that is 2 s slow took %s", took)
	}
	if isUp(s) {
		t.Error("it counts as up")
	}
	slow.delay.Store(0)
	redistest.Eventually(t, "it is back", func() bool { return isUp(s) })
}

func TestACancelledCallIsNoOutage(t *testing.T) {
	s, _ := open(t, redistest.Start(t).URL())
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.Take(ctx, Step{Window: &Window{Key: "m", Most: 1, Length: time.Minute, Slot: "1"}}); err != nil || !isUp(s) {
		t.Errorf("%v, up %v", err, isUp(s))
	}
}

func TestReplicasThatAreGoneNoLongerCount(t *testing.T) {
	server := redistest.Start(t)
	a, _ := open(t, server.URL())
	b, _ := open(t, server.URL())
	redistest.Eventually(t, "both are seen", func() bool { return a.Status().Replicas == 2 })
	b.Close()
	redistest.Eventually(t, "one is seen", func() bool { return a.Status().Replicas == 1 })
}

// proxy delays the answers of a server.
type proxy struct {
	address string
	delay   atomic.Int64
}

func startProxy(t *testing.T, to string) *proxy {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &proxy{address: listener.Addr().String()}
	ctx, cancel := context.WithCancel(context.Background())
	var all sync.WaitGroup
	t.Cleanup(func() {
		cancel()
		_ = listener.Close()
		all.Wait()
	})
	all.Go(func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return
			}
			server, err := net.Dial("tcp", to)
			if err != nil {
				_ = client.Close()
				continue
			}
			context.AfterFunc(ctx, func() { _, _ = client.Close(), server.Close() })
			all.Go(func() {
				_, _ = io.Copy(server, client)
				_ = server.Close()
			})
			all.Go(func() { p.answer(ctx, client, bufio.NewReader(server)) })
		}
	})
	return p
}

func (p *proxy) answer(ctx context.Context, client net.Conn, server *bufio.Reader) {
	defer func() { _ = client.Close() }()
	for piece := make([]byte, 4096); ; {
		n, err := server.Read(piece)
		if err != nil {
			return
		}
		select {
		case <-time.After(time.Duration(p.delay.Load())):
		case <-ctx.Done():
			return
		}
		if _, err := client.Write(piece[:n]); err != nil {
			return
		}
	}
}
