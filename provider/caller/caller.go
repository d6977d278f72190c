// Package caller says who a call comes from, and what that caller may use. It is pure: it
// reads no files, and knows no tokens.
package caller

import (
	"context"
	"slices"
)

// Caller is one of those that share a server. A nil *Caller is the client of a server that
// has only one, or that lets everyone in: it may use everything, with the server's key.
type Caller struct {
	Name string
	Rules
}

// Rules are what a caller may use. The zero value allows everything, without a key.
type Rules struct {
	Tools  []string  // names; nil allows all
	Models []Pattern // of the ids of models; nil allows all

	Key       string // its own key of AI Endpoints; "" if it has no key
	SharedKey bool   // without a key of its own it uses the server's

	PerMinute     int     // calls of tools; 0 is no limit
	MaxConcurrent int     // calls of tools at once; 0 is no limit
	MaxCost       float64 // EUR a day, which begins at midnight UTC; 0 is no limit
	MaxCostMonth  float64 // EUR a calendar month, UTC; 0 is no limit
}

// MayCall reports whether the caller may call a tool.
func (c *Caller) MayCall(tool string) bool {
	return c == nil || c.Tools == nil || slices.Contains(c.Tools, tool)
}

// MayUse reports whether the caller may use the model with this id.
func (c *Caller) MayUse(model string) bool {
	return !c.ChoosesModels() || slices.ContainsFunc(c.Models, func(p Pattern) bool { return p.Matches(model) })
}

// ChoosesModels reports whether there are models that the caller may not use.
func (c *Caller) ChoosesModels() bool { return c != nil && c.Models != nil }

// UsesServerKey reports whether the caller's requests go out with the server's key.
func (c *Caller) UsesServerKey() bool { return c == nil || c.Key == "" && c.SharedKey }

type key struct{}

// With returns a context whose calls come from c.
func With(ctx context.Context, c *Caller) context.Context { return context.WithValue(ctx, key{}, c) }

// From returns the caller that calls with this context come from, nil without one.
func From(ctx context.Context) *Caller {
	c, _ := ctx.Value(key{}).(*Caller)
	return c
}

// NameOf returns the name of the caller, "" without one.
func NameOf(ctx context.Context) string {
	if c := From(ctx); c != nil {
		return c.Name
	}
	return ""
}
