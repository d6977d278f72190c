package server

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/mark3labs/mcp-go/mcp"
	mcpserver "github.com/mark3labs/mcp-go/server"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/caller"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/tools"
)

// callerTTL is how long a client may cache the list of a caller's tools, which changes with
// the caller's rules. A call is checked all the same.
const callerTTL = time.Minute

// permitted refuses a call of a tool that its caller may not call.
func (s *Server) permitted(tool tools.Tool, next handler) handler {
	return func(ctx context.Context, arguments json.RawMessage, events tools.Events) tools.Result {
		if who := caller.From(ctx); !who.MayCall(tool.Name) {
			return tool.Fail(notPermitted(who, tool.Name, s.toolNames(ctx)))
		}
		return next(ctx, arguments, events)
	}
}

func notPermitted(who *caller.Caller, tool string, own []string) error {
	e := &provider.Error{
		Code: provider.CodeNotPermitted, Message: fmt.Sprintf("%s may not call the tool %s (tools)", who.Name, tool),
		Hint: "it may call no tool of this server; ask whoever runs it",
	}
	if len(own) > 0 {
		e.Hint = "it may call " + strings.Join(own, ", ") + "; ask whoever runs this server for more"
	}
	return e
}

// addCallerHooks makes what lists and introduces the tools show a caller only those that it
// may call.
//
// mcp-go: its filters of tools also answer a call of one that they hide, as if there were no
// such tool.
func (s *Server) addCallerHooks(hooks *mcpserver.Hooks, offered []tools.Tool) {
	about := func(ctx context.Context, instructionsOfAll string) string {
		who := caller.From(ctx)
		if who == nil || who.Tools == nil {
			return instructionsOfAll
		}
		theirs := slices.DeleteFunc(slices.Clone(offered), func(t tools.Tool) bool { return !who.MayCall(t.Name) })
		return s.introduce(theirs)
	}
	hooks.AddAfterInitialize(func(ctx context.Context, _ any, _ *mcp.InitializeRequest, result *mcp.InitializeResult) {
		result.Instructions = about(ctx, result.Instructions)
	})
	hooks.AddAfterDiscover(func(ctx context.Context, _ any, _ *mcp.DiscoverRequest, result *mcp.DiscoverResult) {
		result.Instructions = about(ctx, result.Instructions)
		hintPrivate(ctx, result)
	})
	hooks.AddAfterListTools(func(ctx context.Context, _ any, _ *mcp.ListToolsRequest, result *mcp.ListToolsResult) {
		result.Tools = slices.DeleteFunc(result.Tools, func(t mcp.Tool) bool { return !caller.From(ctx).MayCall(t.Name) })
		hintPrivate(ctx, result)
	})
	hooks.AddAfterListPrompts(func(ctx context.Context, _ any, _ *mcp.ListPromptsRequest, result *mcp.ListPromptsResult) {
		hintPrivate(ctx, result)
	})
}

// hintPrivate keeps caches from showing one caller what is for another. Earlier revisions of
// the protocol have no such hints.
func hintPrivate(ctx context.Context, result mcp.CacheHintSetter) {
	if caller.From(ctx) != nil && mcp.IsModernProtocol(mcpserver.RequestProtocolVersion(ctx)) {
		result.SetCacheHints(callerTTL.Milliseconds(), mcp.CacheScopePrivate)
	}
}

// introduce returns the instructions for the tools.
func (s *Server) introduce(offered []tools.Tool) string {
	about := instructions(offered)
	if s.sandbox {
		about = markText(about)
	}
	return about
}
