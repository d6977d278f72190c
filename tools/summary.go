package tools

import (
	"github.com/mark3labs/mcp-go/mcp"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider"
)

// Summary is what a log or a metric may know of a call: no content.
type Summary struct {
	Model            string // that answered; "" is none
	PromptTokens     int
	CompletionTokens int
	TotalTokens      int           // 0 is unknown
	CostEUR          *float64      // nil is unknown
	FirstTokenMS     int64         // 0 is unknown
	Code             provider.Code // of the failure; "" is success
	Warnings         []provider.WarningCode
}

// Summarize gives the summary of a result of one of the tools.
func Summarize(result *mcp.CallToolResult) Summary {
	known, ok := result.StructuredContent.(interface{ summary() Summary })
	switch {
	case ok:
		return known.summary()
	case result.IsError:
		return Summary{Code: provider.CodeInternal}
	default:
		return Summary{}
	}
}

func (c common) summary() Summary {
	s := Summary{Model: c.Model, FirstTokenMS: c.FirstTokenMS}
	if c.Usage != nil {
		s.PromptTokens, s.CompletionTokens, s.TotalTokens = c.Usage.PromptTokens, c.Usage.CompletionTokens, c.Usage.TotalTokens
	}
	if c.Cost != nil {
		s.CostEUR = &c.Cost.Amount
	}
	for _, warning := range c.Warnings {
		s.Warnings = append(s.Warnings, warning.Code)
	}
	return s
}

func (f failed) summary() Summary { return Summary{Code: f.Error.Code} }
