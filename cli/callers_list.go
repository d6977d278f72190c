package cli

import (
	"fmt"
	"os"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/caller"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/text"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/server/httpd/callers"
)

// callerRow is a caller as callers list prints it.
type callerRow struct {
	Name    string            `json:"name"`
	Token   callers.TokenForm `json:"token"`
	Expires string            `json:"expires,omitempty"` // the last day, or the moment
	Expiry  string            `json:"expiry,omitempty"`  // "past" or "soon"
	Key     string            `json:"key"`               // "own", "shared" or "none"
	Tools   []string          `json:"tools"`             // null is all
	Models  []string          `json:"models"`            // null is all

	RequestsPerMinute int     `json:"requests_per_minute,omitempty"`
	MaxConcurrent     int     `json:"max_concurrent,omitempty"`
	MaxCost           float64 `json:"max_cost,omitempty"`
	MaxCostMonth      float64 `json:"max_cost_month,omitempty"`
}

func (p *program) listCallers(asJSON bool) error {
	all, err := p.readCallers()
	if err != nil {
		return err
	}
	rows := make([]callerRow, 0, all.Len())
	for _, e := range all.Entries() {
		rows = append(rows, rowOf(e, time.Now()))
	}
	if asJSON {
		return printJSON(p.out, map[string][]callerRow{"callers": rows})
	}
	w := tabwriter.NewWriter(p.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "NAME\tTOKEN\tEXPIRES\tKEY\tTOOLS\tMODELS\tLIMITS")
	for _, r := range rows {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", r.Name, r.Token, r.expires(), r.Key, listed(r.Tools), listed(r.Models), r.limits())
	}
	if err := w.Flush(); err != nil {
		return fmt.Errorf("printing the callers: %w", err)
	}
	return nil
}

// readCallers reads the file of callers, to show it.
func (p *program) readCallers() (*callers.Set, error) {
	path, err := p.options.callersPath()
	if err != nil {
		return nil, err
	}
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, usageError{fmt.Errorf("callers file: %w", err), "name another with --callers, or add a caller with callers add NAME"}
	}
	all, err := callers.Parse(content, editing())
	if err != nil {
		return nil, usageError{fmt.Errorf("callers file %s: %w", path, err), "correct the file; see " + callersGuide}
	}
	return all, nil
}

// expirySoon is for how long before its end a token is marked.
const expirySoon = 14 * 24 * time.Hour

func rowOf(e *callers.Entry, now time.Time) callerRow {
	r := callerRow{
		Name: e.Name, Token: e.Token, Key: keyKind(e.Caller), Tools: e.Tools,
		RequestsPerMinute: e.PerMinute, MaxConcurrent: e.MaxConcurrent, MaxCost: e.MaxCost, MaxCostMonth: e.MaxCostMonth,
	}
	if e.Models != nil {
		r.Models = []string{}
	}
	for _, p := range e.Models {
		r.Models = append(r.Models, p.String())
	}
	if e.Expires.IsZero() {
		return r
	}
	r.Expires = e.Expires.Format(time.RFC3339)
	if e.Expires.Equal(e.Expires.Truncate(24 * time.Hour)) {
		r.Expires = e.Expires.Add(-1).Format(time.DateOnly) // the last day
	}
	switch {
	case e.Expired(now):
		r.Expiry = "past"
	case e.Expired(now.Add(expirySoon)):
		r.Expiry = "soon"
	}
	return r
}

func keyKind(c *caller.Caller) string {
	switch {
	case c.Key != "":
		return "own"
	case c.SharedKey:
		return "shared"
	default:
		return "none"
	}
}

func (r callerRow) expires() string {
	switch {
	case r.Expires == "":
		return "never"
	case r.Expiry == "":
		return r.Expires
	default:
		return r.Expires + " (" + r.Expiry + ")"
	}
}

func (r callerRow) limits() string {
	var limits []string
	if r.RequestsPerMinute > 0 {
		limits = append(limits, fmt.Sprintf("%d/min", r.RequestsPerMinute))
	}
	if r.MaxConcurrent > 0 {
		limits = append(limits, fmt.Sprintf("%d at once", r.MaxConcurrent))
	}
	if r.MaxCost > 0 {
		limits = append(limits, text.Number(r.MaxCost)+" EUR/day")
	}
	if r.MaxCostMonth > 0 {
		limits = append(limits, text.Number(r.MaxCostMonth)+" EUR/month")
	}
	if limits == nil {
		return "none"
	}
	return strings.Join(limits, ", ")
}

// listed writes the names that a rule allows; nil allows all.
func listed(names []string) string {
	switch {
	case names == nil:
		return "all"
	case len(names) == 0:
		return "none"
	default:
		return text.Printable(strings.Join(names, ","))
	}
}
