package callers

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/budget"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/caller"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/server/yamlfile"
)

// maxCalls is the highest limit of calls a minute, and at once.
const maxCalls = 10_000

// reader reads the fields of one caller.
type reader struct {
	options Options
	entry   *Entry
	token   *tokenHash // nil without one
}

func (r *reader) fields() map[string]func(*yaml.Node) error {
	rules := &r.entry.Rules
	return map[string]func(*yaml.Node) error{
		"token":               r.readToken,
		"expires":             r.readExpires,
		"key_file":            r.readKeyFile,
		"shared_key":          toggle(&rules.SharedKey),
		"tools":               r.readTools,
		"models":              r.readModels,
		"requests_per_minute": calls("requests_per_minute", &rules.PerMinute),
		"max_concurrent":      calls("max_concurrent", &rules.MaxConcurrent),
		"max_cost":            euros("max_cost", &rules.MaxCost),
		"max_cost_month":      euros("max_cost_month", &rules.MaxCostMonth),
	}
}

// check looks at the fields together.
func (r *reader) check() error {
	switch {
	case r.token == nil && !r.options.WithoutTokens:
		return errors.New("the caller has no token, which only a server with OAuth allows; add token: sha256:HEX")
	case r.entry.Key != "" && r.entry.SharedKey:
		return errors.New("key_file and shared_key contradict each other: a caller with a key of its own never uses the server's")
	}
	return nil
}

func (r *reader) readToken(node *yaml.Node) error {
	if node.Kind != yaml.ScalarNode {
		return errors.New("token must be one text: the token, or sha256:HEX")
	}
	hash, err := parseToken(r.entry.Name, node.Value)
	r.token, r.entry.Token = &hash, formOf(node.Value)
	return err
}

// readExpires reads the last day of a token, UTC, or the moment of a timestamp.
func (r *reader) readExpires(node *yaml.Node) error {
	if day, err := time.Parse("2006-1-2", node.Value); err == nil {
		r.entry.Expires = day.AddDate(0, 0, 1)
		return nil
	}
	for _, layout := range []string{"2006-1-2T15:4:5Z07:00", "2006-1-2t15:4:5Z07:00", "2006-1-2 15:4:5Z07:00", "2006-1-2 15:4:5"} {
		if moment, err := time.Parse(layout, node.Value); err == nil {
			r.entry.Expires = moment.UTC()
			return nil
		}
	}
	return errors.New("expires must be a date such as 2026-12-31, the last day on which the token is valid, UTC")
}

func (r *reader) readKeyFile(node *yaml.Node) error {
	if !isKeyPath(node) {
		return errors.New("key_file must be the path of a file that holds the key, not the key itself")
	}
	key, err := r.options.ReadKey(node.Value)
	switch {
	case err != nil:
		return fmt.Errorf("key_file: %w", err)
	case key == "":
		return fmt.Errorf("key_file: %s is empty", node.Value)
	}
	r.entry.Key = key
	return nil
}

// isKeyPath reports whether a key_file is a path, and not the key itself, which no error
// may show.
func isKeyPath(node *yaml.Node) bool {
	const shortestKey = 40
	isKey := len(node.Value) >= shortestKey && !strings.ContainsAny(node.Value, `/\`)
	return node.Kind == yaml.ScalarNode && strings.TrimSpace(node.Value) != "" && !isKey
}

func (r *reader) readTools(node *yaml.Node) error {
	names, ok := yamlfile.Texts(node)
	if !ok {
		return errors.New("tools must be a list of names, such as [core, embed]")
	}
	known := append(slices.Clone(r.options.Tools), "core", "all")
	for _, name := range names {
		if !slices.Contains(known, name) {
			return errors.New("tools names a tool that there is not" + yamlfile.Nearest(name, known))
		}
	}
	r.entry.Tools = ExpandTools(names, func() []string { return r.options.Tools })
	if len(names) == 0 {
		r.entry.Tools = []string{} // none, where nil is all
	}
	return nil
}

// coreTools is how many tools of the list are the core.
const coreTools = 5

// ExpandTools puts the names of the first tools for core; for all it returns nil, which
// stands for every tool. It asks for the tools only if it needs them.
func ExpandTools(names []string, tools func() []string) []string {
	if slices.Contains(names, "all") {
		return nil
	}
	var expanded []string
	for _, name := range names {
		if name == "core" {
			expanded = append(expanded, tools()[:coreTools]...)
		} else {
			expanded = append(expanded, name)
		}
	}
	return expanded
}

func (r *reader) readModels(node *yaml.Node) error {
	texts, ok := yamlfile.Texts(node)
	if !ok {
		return errors.New("models must be a list of patterns, such as [gpt-oss-120b, Mistral-*]")
	}
	r.entry.Models = []caller.Pattern{} // none, where nil is all
	for _, text := range texts {
		pattern, err := caller.ParsePattern(text)
		if err != nil {
			return fmt.Errorf("models: %w", err)
		}
		r.entry.Models = append(r.entry.Models, pattern)
	}
	return nil
}

func toggle(field *bool) func(*yaml.Node) error {
	return func(node *yaml.Node) error {
		if node.Tag != "!!bool" || node.Decode(field) != nil {
			return errors.New("shared_key must be true or false")
		}
		return nil
	}
}

func calls(name string, field *int) func(*yaml.Node) error {
	return func(node *yaml.Node) (err error) {
		*field, err = strconv.Atoi(node.Value)
		if err != nil || *field < 1 || *field > maxCalls {
			return fmt.Errorf("%s must be a whole number from 1 to %d; leave it out for no limit", name, maxCalls)
		}
		return nil
	}
}

func euros(name string, field *float64) func(*yaml.Node) error {
	return func(node *yaml.Node) (err error) {
		*field, err = strconv.ParseFloat(node.Value, 64)
		if err != nil || !(*field > 0 && *field <= budget.Max) { // NaN is neither
			return fmt.Errorf("%s must be more than 0 and at most %d EUR; leave it out for no limit", name, budget.Max)
		}
		return nil
	}
}
