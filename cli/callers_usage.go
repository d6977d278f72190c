package cli

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"text/tabwriter"
	"time"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/text"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/server/httpd/audit"
)

// usageQuery is what callers usage is asked for.
type usageQuery struct {
	name  string // "" is all callers
	month string // as a flag has it; "" is this one
	json  bool
}

// usedBy is what one caller has used.
type usedBy struct {
	Caller string `json:"caller"` // "" without authentication
	Today  *used  `json:"today"`  // null for another month than this one
	Month  *used  `json:"month"`
}

// used is the use of a day or a month.
type used struct {
	Calls   int     `json:"calls"`
	Failed  int     `json:"failed"`
	Tokens  int     `json:"tokens"`
	CostEUR float64 `json:"cost_eur"`
	MaxCost float64 `json:"max_cost,omitempty"` // of the file of callers
}

func (u *used) add(l audit.Line) {
	if u == nil {
		return
	}
	u.Calls++
	if l.Code != audit.Succeeded {
		u.Failed++
	}
	u.Tokens += l.PromptTokens + l.CompletionTokens
	if l.CostEUR != nil {
		u.CostEUR += *l.CostEUR
	}
}

// usageReport sums up a month of the audit log.
type usageReport struct {
	month  time.Time
	today  string // its day, "" in another month
	byName map[string]*usedBy
	names  []string
}

func (p *program) printUsage(q *usageQuery) error {
	dir := p.options.auditDir()
	if dir == "" {
		return usageError{
			errors.New("there is no audit log"), "name its folder with --audit-dir DIR, or the file of callers with --callers FILE",
		}
	}
	r := newUsageReport(time.Now().UTC())
	if err := r.choose(q.month); err != nil {
		return err
	}
	if err := r.addFile(p); err != nil {
		return err
	}
	damaged, err := audit.Read(dir, r.month, r.month.AddDate(0, 1, -1), r.add)
	if err != nil {
		return err
	}
	if q.name != "" {
		if r.byName[q.name] == nil {
			return noSuchCaller(q.name, r.names)
		}
		r.names = []string{q.name}
	}
	if damaged > 0 {
		fmt.Fprintf(p.err, "%s of the audit log cannot be read and are left out\n", text.Count(damaged, "line"))
	}
	return r.print(p, q.json, damaged)
}

func newUsageReport(now time.Time) *usageReport {
	month := time.Date(now.Year(), now.Month(), 1, 0, 0, 0, 0, time.UTC)
	return &usageReport{month: month, today: now.Format(time.DateOnly), byName: map[string]*usedBy{}}
}

// choose takes another month.
func (r *usageReport) choose(month string) error {
	if month == "" || month == r.month.Format("2006-01") {
		return nil
	}
	chosen, err := time.Parse("2006-01", month)
	if err != nil {
		return usageError{fmt.Errorf("--month is %q; give a month such as 2026-10", month), "see ai-endpoints-mcp callers usage --help"}
	}
	r.month, r.today = chosen, ""
	return nil
}

// addFile adds the callers of the file with their limits, so that those without calls are
// seen too.
func (r *usageReport) addFile(p *program) error {
	if p.options.Callers == "" {
		return nil
	}
	all, err := p.readCallers()
	if err != nil {
		return err
	}
	for _, e := range all.Entries() {
		u := r.of(e.Name)
		u.Month.MaxCost = e.MaxCostMonth
		if u.Today != nil {
			u.Today.MaxCost = e.MaxCost
		}
	}
	return nil
}

func (r *usageReport) of(name string) *usedBy {
	u := r.byName[name]
	if u == nil {
		u = &usedBy{Caller: name, Month: &used{}}
		if r.today != "" {
			u.Today = &used{}
		}
		r.byName[name] = u
		r.names = append(r.names, name)
	}
	return u
}

func (r *usageReport) add(l audit.Line) {
	u := r.of(l.Caller)
	u.Month.add(l)
	if l.Time.UTC().Format(time.DateOnly) == r.today {
		u.Today.add(l)
	}
}

func (r *usageReport) print(p *program, asJSON bool, damaged int) error {
	slices.Sort(r.names)
	if asJSON {
		rows := []*usedBy{}
		for _, name := range r.names {
			rows = append(rows, r.byName[name])
		}
		return printJSON(p.out, struct {
			Month        string    `json:"month"`
			Callers      []*usedBy `json:"callers"`
			DamagedLines int       `json:"damaged_lines"`
		}{r.month.Format("2006-01"), rows, damaged})
	}
	w := tabwriter.NewWriter(p.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "CALLER\tPERIOD\tCALLS\tFAILED\tTOKENS\tEUR\tMAX EUR")
	for _, name := range r.names {
		u := r.byName[name]
		shown := text.Printable(cmp.Or(name, "(none)"))
		if u.Today != nil {
			fmt.Fprintln(w, u.Today.row(shown, r.today))
		}
		fmt.Fprintln(w, u.Month.row(shown, r.month.Format("2006-01")))
	}
	if err := w.Flush(); err != nil {
		return fmt.Errorf("printing the usage: %w", err)
	}
	return nil
}

func (u *used) row(name, period string) string {
	limit := "-"
	if u.MaxCost > 0 {
		limit = text.Number(u.MaxCost)
	}
	return fmt.Sprintf("%s\t%s\t%d\t%d\t%d\t%.4f\t%s", name, period, u.Calls, u.Failed, u.Tokens, u.CostEUR, limit)
}
