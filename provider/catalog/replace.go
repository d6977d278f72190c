package catalog

import (
	"fmt"
	"strings"
	"time"
)

// settleTime is how long the service must have had a poorer catalogue before it is
// taken: what breaks is repaired within a day, and what is still so was meant.
const settleTime = 24 * time.Hour

// refusal is a payload that was not taken because it is poorer than the last one. It
// is part of the disk cache, so that a restart does not begin a new day.
type refusal struct {
	Since  time.Time `json:"since"`
	Listed string    `json:"catalog"` // the payload that came first

	models []Model
}

// replace returns the record to keep when fresh was read after last: fresh, unless it
// is poorer than last, which is the error. All other failures keep last too, so this is
// the only place where a catalogue is given up for another.
func replace(last, fresh record) (record, error) {
	reason := poorer(last.models, fresh.models)
	if reason == "" {
		return fresh, nil
	}
	now := time.Now()
	refused := last.Refused
	if refused == nil || now.Before(refused.Since) || poorer(refused.models, fresh.models) != "" {
		refused = &refusal{Since: now, Listed: fresh.Listed, models: fresh.models}
	}
	if now.Sub(refused.Since) >= settleTime {
		return fresh, nil
	}
	last.Refused = refused
	return last, fmt.Errorf("catalogue: %s; it has been so since %s, and is taken when it was for a day",
		reason, refused.Since.UTC().Format("2006-01-02 15:04 UTC"))
}

// poorer says how fresh is poorer than last: more than half of the models are gone, or
// a third of those that had some figure or ability lost it. It returns "" if it is not.
func poorer(last, fresh []Model) string {
	if 2*len(fresh) < len(last) {
		return fmt.Sprintf("it lists %d models, and the last one listed %d", len(fresh), len(last))
	}
	now := make(map[string]*Model, len(fresh))
	for i := range fresh {
		now[fresh[i].ID] = &fresh[i]
	}
	kept := 0
	for i := range last {
		if now[last[i].ID] != nil {
			kept++
		}
	}
	if 2*kept < len(last) {
		return fmt.Sprintf("it lists %d of the %d models that the last one listed", kept, len(last))
	}
	var losses []string
	for _, f := range features() {
		had, lost := 0, 0
		for i := range last {
			if m := now[last[i].ID]; m != nil && f.has(&last[i]) {
				had++
				if !f.has(m) {
					lost++
				}
			}
		}
		if had > 0 && 3*lost >= had {
			losses = append(losses, fmt.Sprintf("%d of %d lost their %s", lost, had, f.name))
		}
	}
	if len(losses) == 0 {
		return ""
	}
	const shown = 3
	if more := len(losses) - shown; more > 0 {
		losses = append(losses[:shown], fmt.Sprintf("%d more figures or abilities are gone", more))
	}
	return "it is poorer than the last one: of its models, " + strings.Join(losses, ", ")
}

// feature is something that calls and queries need to know of a model.
type feature struct {
	name string
	has  func(*Model) bool
}

func features() []feature {
	return []feature{
		{"availability", func(m *Model) bool { return m.Available }},
		{"input price", func(m *Model) bool { return m.InputPrice != nil }},
		{"output price", func(m *Model) bool { return m.OutputPrice != nil }},
		{"prices", func(m *Model) bool { return len(m.Prices) > 0 }},
		{"context size", func(m *Model) bool { return m.ContextTokens > 0 }},
		{"output limit", func(m *Model) bool { return m.MaxOutputTokens > 0 }},
		{"input modalities", func(m *Model) bool { return len(m.Input) > 0 }},
		{"output modalities", func(m *Model) bool { return len(m.Output) > 0 }},
		{"image input", func(m *Model) bool { return m.Can(Vision) }},
		{"number of images", func(m *Model) bool { return m.MaxImages > 0 }},
		{"tool calls", func(m *Model) bool { return m.Can(ToolCalls) }},
		{"reasoning", func(m *Model) bool { return m.Can(Reasoning) }},
		{"response formats", func(m *Model) bool { return len(m.ResponseFormats) > 0 }},
		{"JSON Schema", func(m *Model) bool { return m.Can(JSONSchema) }},
		{"limits of audio", func(m *Model) bool { return m.Audio != nil }},
		{"embedding size", func(m *Model) bool { return m.Embedding != nil }},
		{"rate limit with a key", func(m *Model) bool { return m.KeyPerMinute > 0 }},
		{"rate limit without a key", func(m *Model) bool { return m.AnonymousPerMinute > 0 }},
		{"tags", func(m *Model) bool { return len(m.Tags) > 0 }},
		{"series", func(m *Model) bool { return m.Series != "" }},
		{"publisher", func(m *Model) bool { return m.Publisher != "" }},
		{"size", func(m *Model) bool { return m.ParamsB != nil }},
		{"speed", func(m *Model) bool { return m.Speed != nil }},
		{"publication date", func(m *Model) bool { return !m.PublishedAt.IsZero() }},
		{"aliases", func(m *Model) bool { return len(m.Aliases) > 0 }},
	}
}
