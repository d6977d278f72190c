package resources

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/mark3labs/mcp-go/mcp"
	mcpserver "github.com/mark3labs/mcp-go/server"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/caller"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/catalog"
)

// The prompts.
const (
	promptChoose  = "choose-model"
	promptCompare = "compare-models"
	promptExtract = "extract-data"
)

// prompt is an MCP prompt: what a client sees of it, and the function that writes its
// messages. That gets arguments that the prompt declares, trimmed and not blank, and
// all required ones. Each may be a placeholder.
//
// The first message is a text, because LangChain and Gemini CLI take no other.
type prompt struct {
	mcp.Prompt
	tool  string // that it asks for; "" is none
	write func(ctx context.Context, known *catalog.Catalog, arguments map[string]string) ([]mcp.PromptMessage, error)
}

func (p prompt) render(ctx context.Context, known *catalog.Catalog, given map[string]string) ([]mcp.PromptMessage, error) {
	arguments, err := p.checkArguments(given)
	if err != nil {
		return nil, err
	}
	return p.write(ctx, known, arguments)
}

// checkArguments checks what every prompt requires of its arguments. A blank one
// counts as absent, because forms send what was left empty.
func (p prompt) checkArguments(given map[string]string) (map[string]string, error) {
	var names []string
	for _, declared := range p.Arguments {
		names = append(names, declared.Name)
	}
	accepted := map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(given)) {
		if !slices.Contains(names, name) {
			return nil, fmt.Errorf("unknown argument %q: the arguments are %s", excerpt(name), strings.Join(names, ", "))
		}
		if value := strings.TrimSpace(given[name]); value != "" {
			accepted[name] = value
		}
	}
	for _, declared := range p.Arguments {
		if _, ok := accepted[declared.Name]; ok || !declared.Required {
			continue
		}
		problem := "missing"
		if _, ok := given[declared.Name]; ok {
			problem = "blank"
		}
		return nil, fmt.Errorf("argument %q is %s: give %s", declared.Name, problem, lowerFirst(declared.Description))
	}
	return accepted, nil
}

func (s *Set) serve(p prompt) mcpserver.PromptHandlerFunc {
	return func(ctx context.Context, request mcp.GetPromptRequest) (*mcp.GetPromptResult, error) {
		messages, err := p.render(ctx, s.catalog(ctx), request.Params.Arguments)
		if err != nil {
			return nil, err
		}
		return &mcp.GetPromptResult{Description: p.Description, Messages: messages}, nil
	}
}

// CheckPrompt returns what is wrong with the arguments of a prompt. It returns nil if
// nothing is, and for a prompt that is not of this set.
func (s *Set) CheckPrompt(ctx context.Context, name string, arguments map[string]string) error {
	i := slices.IndexFunc(s.prompts, func(p prompt) bool { return p.Name == name })
	if i < 0 {
		return nil
	}
	p := s.prompts[i]
	if !s.usable(ctx, p) {
		return fmt.Errorf("prompt %q asks for the tool %s, which %s may not call", p.Name, p.tool, caller.NameOf(ctx))
	}
	_, err := p.render(ctx, s.catalog(ctx), arguments) // costs microseconds
	return err
}

// usable reports whether a prompt asks for no tool that the caller may not call.
func (s *Set) usable(ctx context.Context, p prompt) bool {
	return p.tool == "" || s.offers(ctx, p.tool)
}

// hidePrompts leaves out of a listing what the caller cannot use.
func (s *Set) hidePrompts(ctx context.Context, _ any, _ *mcp.ListPromptsRequest, result *mcp.ListPromptsResult) {
	result.Prompts = slices.DeleteFunc(result.Prompts, func(listed mcp.Prompt) bool {
		return slices.ContainsFunc(s.prompts, func(p prompt) bool { return p.Name == listed.Name && !s.usable(ctx, p) })
	})
}

func userText(text string) mcp.PromptMessage {
	return mcp.PromptMessage{Role: mcp.RoleUser, Content: mcp.NewTextContent(text)}
}

func lowerFirst(s string) string { return strings.ToLower(s[:1]) + s[1:] }
