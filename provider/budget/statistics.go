package budget

import (
	"maps"
	"sync"
	"time"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/caller"
)

// OtherCallers is the entry of all callers after the first [maxCallers], whose names may come
// from tokens, so that they cannot make a report grow.
const OtherCallers = "other"

// maxCallers is how many callers are counted by their names.
const maxCallers = 2000

// modelUsages is the usage of models by id.
type modelUsages map[string]*ModelUsage

// statistics counts attempts by model, of all and of each caller.
type statistics struct {
	since   time.Time
	mu      sync.Mutex
	models  modelUsages
	callers map[string]modelUsages
	others  modelUsages // of the callers after the first maxCallers
}

func newStatistics() *statistics {
	return &statistics{since: time.Now(), models: modelUsages{}, callers: map[string]modelUsages{}, others: modelUsages{}}
}

// record counts an attempt, also of its caller; "" counts for no caller.
func (s *statistics) record(caller string, c *Charge, o Outcome) {
	s.addAll(caller, modelUsages{c.countedAs(): new(c.ended(o))})
}

// addAll adds usage of a caller.
func (s *statistics) addAll(caller string, used modelUsages) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.models.add(used)
	if caller != "" {
		s.of(caller).add(used)
	}
}

// of returns the usage of a caller.
func (s *statistics) of(caller string) modelUsages {
	if known := s.callers[caller]; known != nil {
		return known
	}
	if len(s.callers) >= maxCallers {
		return s.others
	}
	s.callers[caller] = modelUsages{}
	return s.callers[caller]
}

// add adds usage.
func (m modelUsages) add(used modelUsages) {
	for name, u := range used {
		m.of(name).add(*u)
	}
}

// of returns the usage of a model, to be added to.
func (m modelUsages) of(name string) *ModelUsage {
	u, ok := m[name]
	if !ok {
		u = &ModelUsage{Errors: map[string]int{}}
		m[name] = u
	}
	return u
}

// total returns the sum.
func (m modelUsages) total() ModelUsage {
	total := ModelUsage{Errors: map[string]int{}}
	for _, u := range m {
		total.add(*u)
	}
	return total
}

// report returns the usage of a caller, or of all for nil. A caller after the first
// maxCallers sees no usage, since it would be that of others.
func (s *statistics) report(who *caller.Caller) Report {
	s.mu.Lock()
	defer s.mu.Unlock()
	models := s.models
	if who != nil {
		models = s.callers[who.Name]
	}
	report := Report{Since: s.since, Models: map[string]ModelUsage{}, Total: models.total()}
	for name, u := range models {
		one := *u
		one.Errors = maps.Clone(u.Errors)
		report.Models[name] = one
	}
	if who == nil && len(s.callers) > 0 {
		report.Callers = s.totals()
	}
	return report
}

// totals returns the totals of all callers.
func (s *statistics) totals() map[string]ModelUsage {
	totals := map[string]ModelUsage{}
	for name, models := range s.callers {
		totals[name] = models.total()
	}
	if len(s.others) > 0 {
		others := s.others.total()
		if known, ok := totals[OtherCallers]; ok { // a caller of this name
			others.add(known)
		}
		totals[OtherCallers] = others
	}
	return totals
}
