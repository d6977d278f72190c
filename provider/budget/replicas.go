package budget

import (
	"context"
	"crypto/rand"
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/caller"
)

// Replicas are the programs that share the limits, each with a folder of its own. What each
// of them spent is a part of a sum. A part is said as a whole and replaces the one before,
// so it may be said again at any time.
type Replicas interface {
	// Replicas returns how many there are, and whether the sums can be asked for. While they
	// cannot, each takes its share of what was left.
	Replicas() (n int, canAsk bool)
	// Changed says, without waiting, that [Accounts.Parts] has something new.
	Changed()
	// KeepBatch remembers what was reserved for a batch in each ledger, without waiting.
	KeepBatch(batch string, reserved map[string]int64)
	// SettleBatch replaces that by the cost and a part of what was reserved, once for all.
	SettleBatch(ctx context.Context, batch string, cost int64, unknown float64) (first, known bool)
}

// Part is what the programs with this folder spent in a period, or have reserved.
type Part struct {
	Ledger  string // names the sum
	Writer  string // the folder
	Version int64  // is higher for a later part
	Own     int64
	Max     int64         // of the sum, for a charge; 0 is no limit
	Kept    time.Duration // how long the sum is of use
	account *account
	period  string
}

// sight is a sum as it was last seen.
type sight struct{ total, own money }

func (a *Accounts) newAccount(p period, spend *spending) *account {
	return &account{period: p, spend: spend, replicas: a.replicas, seen: map[string]sight{}, changed: map[string]bool{}}
}

// nameWriter names this folder, for as long as it exists. Without a folder it names this
// process.
func (a *Accounts) nameWriter() error {
	a.writer = rand.Text()
	if a.replicas == nil || a.folder == "" {
		return nil
	}
	path := filepath.Join(a.folder, "replica")
	if err := os.MkdirAll(a.folder, 0o700); err != nil {
		return err
	}
	temporary := path + "-" + a.writer
	if err := os.WriteFile(temporary, []byte(a.writer), 0o600); err != nil {
		return err
	}
	defer func() { _ = os.Remove(temporary) }()
	if err := os.Link(temporary, path); err != nil && !errors.Is(err, fs.ErrExist) { // another process may have been faster
		return err
	}
	name, err := os.ReadFile(path)
	if a.writer = strings.TrimSpace(string(name)); err == nil && a.writer == "" {
		err = errors.New(path + " is empty")
	}
	return err
}

// takesShare reports whether only a share of what is left may be spent.
func (a *account) takesShare() bool {
	if a.replicas == nil {
		return false
	}
	_, canAsk := a.replicas.Replicas()
	return !canAsk
}

// known returns what is spent in a period, as far as it is known here.
func (a *account) known(name string) money {
	own := a.spend.sumOn(name)
	seen, ok := a.seen[name]
	if !ok {
		return own
	}
	return seen.total + a.spend.of(name).sum - seen.own
}

// spentOf returns what is not left of a limit. While only a share of what is left may be
// spent, that is all but the share, without what was spent of it.
func (a *account) spentOf(name string, most money) (spent money, share bool) {
	known := a.known(name)
	if !a.takesShare() {
		return known, false
	}
	n, _ := a.replicas.Replicas()
	own := a.spend.of(name).sum
	if _, ok := a.seen[name]; !ok {
		a.seen[name] = sight{known, own} // all that is known of it
	}
	seen := a.seen[name]
	left := (most-seen.total)/money(n) - (own - seen.own)
	return most - left, true
}

// tell says that what was spent in a period has changed.
func (a *account) tell(name string) {
	if a.replicas != nil {
		a.changed[name] = true
		a.replicas.Changed()
	}
}

// part returns what was spent of an account. The caller holds the lock of the accounts.
func (a *Accounts) part(one *account, name string) Part {
	sum := one.spend.of(name)
	kept := 3 * 24 * time.Hour
	if one.period == month {
		kept = 70 * 24 * time.Hour
	}
	return Part{
		Ledger: one.ledger(name), Writer: a.writer, Version: sum.version(), Own: int64(sum.sum), Kept: kept,
		account: one, period: name,
	}
}

func (a *account) ledger(name string) string { return a.spend.owner + ":" + name }

// Reserved returns the parts of the limits in which c is reserved, with what all replicas
// together may spend of each.
func (a *Accounts) Reserved(c *Charge) (parts []Part) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, r := range c.reserved {
		one := a.part(r.account, r.period)
		if r.amount > 0 { // what is free always fits
			one.Max = int64(r.account.max)
		}
		parts = append(parts, one)
	}
	return parts
}

// Limits returns the parts of the limits that apply to the caller of the context.
func (a *Accounts) Limits(ctx context.Context) (parts []Part) {
	limits, _ := a.limitsOf(caller.From(ctx))
	a.mu.Lock()
	defer a.mu.Unlock()
	for i := range limits {
		limits[i].readSpent()
		parts = append(parts, a.part(limits[i].account, limits[i].checked))
	}
	return parts
}

// Parts returns what was spent in each period that is known: all of them, or those that
// have changed since the last call.
func (a *Accounts) Parts(all bool) (parts []Part) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, one := range a.allAccounts() {
		for name := range one.spend.sums {
			if all || one.changed[name] {
				parts = append(parts, a.part(one, name))
			}
		}
		clear(one.changed)
	}
	return parts
}

func (a *Accounts) allAccounts() (accounts []*account) {
	if a.server != nil {
		accounts = append(accounts, a.server)
	}
	for _, one := range a.callers {
		accounts = append(accounts, one)
	}
	return accounts
}

// Saw tells what the sum of a part is, and which part of it is this folder's.
func (a *Accounts) Saw(p Part, total, own int64) {
	a.mu.Lock()
	defer a.mu.Unlock()
	seen := p.account.seen
	maps.DeleteFunc(seen, func(name string, _ sight) bool { return p.account.spend.sums[name] == nil })
	seen[p.period] = sight{money(total), money(own)}
}

// keepForReplicas remembers what was reserved for a batch.
func (a *Accounts) keepForReplicas(id string, c *Charge) {
	if a.replicas == nil || len(c.reserved) == 0 {
		return
	}
	reserved := map[string]int64{}
	for _, r := range c.reserved {
		reserved[r.account.ledger(r.period)] = int64(r.amount)
		r.account.tell(r.period)
	}
	a.replicas.KeepBatch(batchKey(id), reserved)
}

// settleForReplicas settles a batch in the sums of all replicas.
func (a *Accounts) settleForReplicas(ctx context.Context, id string, requests int, b *BatchUsage) (first, known bool) {
	if a.replicas == nil {
		return false, false
	}
	return a.replicas.SettleBatch(ctx, batchKey(id), int64(b.cost), b.unknownPart(requests))
}
