package telemetry

import (
	"slices"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider"
)

// Every new value of a label is a series that is kept forever, so what a caller
// can write must not become one.

// modelLabel lets only the ids of the known catalogue through.
func (m *Metrics) modelLabel(id string) string {
	if id == "" {
		return orNone(id)
	}
	if known := m.catalog(); known != nil {
		if model, _, ok := known.Lookup(id); ok && model.ID == id {
			return id
		}
	}
	return "other"
}

func orNone(name string) string {
	if name == "" {
		return "none"
	}
	return name
}

func codeLabel(code provider.Code) string {
	known := slices.ContainsFunc(provider.Codes(), func(c provider.CodeMeaning) bool { return c.Code == code })
	switch {
	case code == "":
		return "ok"
	case known, code == provider.CodeEmptyAttempt:
		return string(code)
	default:
		return "other"
	}
}

func warningLabel(code provider.WarningCode) string {
	if slices.ContainsFunc(provider.Warnings(), func(w provider.WarningMeaning) bool { return w.Code == code }) {
		return string(code)
	}
	return "other"
}
