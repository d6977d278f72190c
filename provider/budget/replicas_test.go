package budget

import (
	"context"
	"log/slog"
	"testing"
)

// peers are replicas as a test has them.
type peers struct {
	n       int
	up      bool
	changed int
	kept    map[string]int64
}

func (p *peers) Replicas() (int, bool)                         { return p.n, p.up }
func (p *peers) Changed()                                      { p.changed++ }
func (p *peers) KeepBatch(_ string, reserved map[string]int64) { p.kept = reserved }
func (p *peers) SettleBatch(context.Context, string, int64, float64) (first, known bool) {
	return false, true
}

func openWith(t *testing.T, p *peers, folder string, max float64) *Accounts {
	t.Helper()
	a, err := New(Options{MaxCost: max, Folder: folder, Service: "s", Logger: slog.New(slog.DiscardHandler), Replicas: p})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// spend reserves and spends an amount, and reports whether it fitted.
func spend(t *testing.T, a *Accounts, eur float64) bool {
	t.Helper()
	c := &Charge{estimate: euros(eur), requests: 1, share: 1}
	if err := a.Reserve(t.Context(), c); err != nil {
		return false
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	c.replaceReserved(euros(eur))
	return true
}

// see tells what all replicas spent, of which this one spent what it knows.
func see(a *Accounts, total float64) {
	for _, p := range a.Parts(true) {
		a.Saw(p, int64(euros(total)), p.Own)
	}
}

func TestAShareOfTheRestIsSpentInAnOutage(t *testing.T) {
	for _, folder := range []string{"", t.TempDir()} {
		p := &peers{n: 3, up: true}
		a := openWith(t, p, folder, 10)
		if !spend(t, a, 1) {
			t.Fatal("refused")
		}
		see(a, 4) // others spent 3, so 6 are left
		p.up = false
		spent := 0
		for spend(t, a, 0.5) {
			spent++
		}
		if spent != 4 {
			t.Errorf("spent %d times 0.5 of a share of 2", spent)
		}
		p.up = true
		if !spend(t, a, 4) || spend(t, a, 0.5) {
			t.Error("back again, the rest is 10 - 4 - 2")
		}
		see(a, 2)
		if !spend(t, a, 8) || spend(t, a, 0.001) {
			t.Error("what is seen last counts")
		}
	}
}

func TestAPartIsTheSameAfterARestart(t *testing.T) {
	folder, p := t.TempDir(), &peers{n: 1, up: true}
	first := openWith(t, p, folder, 10)
	spend(t, first, 1)
	spend(t, first, 2)
	before, after := first.Parts(true), openWith(t, p, folder, 10).Parts(true)
	if len(before) != 1 || len(after) != 1 {
		t.Fatalf("%v, %v", before, after)
	}
	b, c := before[0], after[0]
	if b.Ledger != c.Ledger || b.Writer != c.Writer || b.Version != c.Version || b.Own != c.Own || b.Own != int64(3*euro) {
		t.Errorf("%+v became %+v", b, c)
	}
	if other := openWith(t, p, t.TempDir(), 10).Parts(true)[0]; other.Writer == b.Writer {
		t.Error("two folders have one name")
	}
	if p.changed == 0 || len(first.Parts(false)) != 0 {
		t.Errorf("said %d times that something changed", p.changed)
	}
}

func TestVersionsGrowWithEachAmount(t *testing.T) {
	for _, folder := range []string{"", t.TempDir()} {
		a := openWith(t, &peers{n: 1, up: true}, folder, 10)
		last := int64(-1)
		for range 5 {
			c := &Charge{estimate: euro, requests: 1, share: 1}
			if err := a.Reserve(t.Context(), c); err != nil {
				t.Fatal(err)
			}
			reserved := a.Reserved(c)[0]
			if reserved.Version <= last || reserved.Max != int64(10*euro) {
				t.Errorf("%+v after version %d", reserved, last)
			}
			a.Release(c)
			if last = a.Parts(false)[0].Version; last <= reserved.Version {
				t.Errorf("version %d after %d", last, reserved.Version)
			}
		}
	}
}

func TestABatchIsKeptInTheLedgers(t *testing.T) {
	p := &peers{n: 2, up: true}
	a := openWith(t, p, t.TempDir(), 10)
	c := &Charge{estimate: 3 * euro, requests: 1, share: 1}
	if err := a.Reserve(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	ledger := a.Reserved(c)[0].Ledger
	a.KeepBatch("batch_1", c)
	if p.kept[ledger] != int64(3*euro) {
		t.Errorf("kept %v", p.kept)
	}
}
