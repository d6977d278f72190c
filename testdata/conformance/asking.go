package main

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"slices"
	"strings"

	"github.com/mark3labs/mcp-go/mcp"
	mcpserver "github.com/mark3labs/mcp-go/server"
)

// asking holds the fixtures that answer a call with a question to the client
// (multi round-trip requests). The state that a client brings back is signed.
type asking struct{ key []byte }

func newAsking() (*asking, error) {
	a := &asking{make([]byte, 32)}
	_, err := rand.Read(a.key)
	return a, err
}

// sign returns the state as clients carry it.
func (a *asking) sign(state string) string {
	mac := hmac.New(sha256.New, a.key)
	mac.Write([]byte(state))
	return state + "." + hex.EncodeToString(mac.Sum(nil))
}

// state returns what was signed; the error says that a client made it up.
func (a *asking) state(signed string) (string, error) {
	if signed == "" {
		return "", nil
	}
	state, _, _ := strings.Cut(signed, ".")
	if !hmac.Equal([]byte(a.sign(state)), []byte(signed)) {
		return "", errors.New("the requestState is not one of this server")
	}
	return state, nil
}

// step asks for answers, each under its name, and carries a state.
type step struct {
	state     string // "" means none
	questions map[string]question
}

// question is one thing that the client is asked under a name.
type question struct {
	put      func(to *mcpserver.InputRequestBuilder, name string)
	answered func(in mcp.InputResponses, name string) bool
}

func elicit(message, field, kind string) question {
	return question{
		put: func(to *mcpserver.InputRequestBuilder, name string) {
			to.Elicit(name, mcp.ElicitationParams{Mode: mcp.ElicitationModeForm, Message: message, RequestedSchema: map[string]any{
				"type": "object", "properties": map[string]any{field: map[string]any{"type": kind}}, "required": []string{field},
			}})
		},
		answered: func(in mcp.InputResponses, name string) bool { return mcpserver.ElicitationResponse(in, name) != nil },
	}
}

func sample(prompt string) question {
	return question{
		put: func(to *mcpserver.InputRequestBuilder, name string) {
			to.Sample(name, mcp.CreateMessageParams{MaxTokens: 100, Messages: []mcp.SamplingMessage{
				{Role: mcp.RoleUser, Content: mcp.NewTextContent(prompt)},
			}})
		},
		answered: func(in mcp.InputResponses, name string) bool { return mcpserver.SamplingResponse(in, name) != nil },
	}
}

func roots() question {
	return question{
		put:      func(to *mcpserver.InputRequestBuilder, name string) { to.Roots(name) },
		answered: func(in mcp.InputResponses, name string) bool { return mcpserver.RootsResponse(in, name) != nil },
	}
}

// next returns the questions that are still to be asked, nil when all steps were
// answered.
func (a *asking) next(steps []step, given mcp.MultiRoundTripParams) (*mcpserver.InputRequestBuilder, error) {
	state, err := a.state(given.RequestState)
	if err != nil {
		return nil, err
	}
	at := max(0, slices.IndexFunc(steps, func(s step) bool { return s.state == state }))
	if answered(steps[at], given.InputResponses) {
		at++
	}
	if at == len(steps) {
		return nil, nil
	}
	ask := mcpserver.NewInputRequestBuilder("")
	if steps[at].state != "" {
		ask.RequestState(a.sign(steps[at].state))
	}
	for name, question := range steps[at].questions {
		question.put(ask, name)
	}
	return ask, nil
}

// answered tells whether a client answered all that a step asks.
func answered(s step, answers mcp.InputResponses) bool {
	for name, question := range s.questions {
		if !question.answered(answers, name) {
			return false
		}
	}
	return true
}

// ask makes a tool that asks one step after another.
func (a *asking) ask(name, answer string, steps ...step) mcpserver.ServerTool {
	return mcpserver.ServerTool{
		Tool: mcp.NewToolWithRawSchema(name, "Asks the client before it answers", []byte(noArguments)),
		Handler: func(_ context.Context, r mcp.CallToolRequest) (*mcp.CallToolResult, error) {
			more, err := a.next(steps, r.Params.MultiRoundTripParams)
			if err != nil {
				return nil, err
			}
			if more != nil {
				return more.ToolResult(), nil
			}
			return mcp.NewToolResultText(answer), nil
		},
	}
}

func (a *asking) tools() []mcpserver.ServerTool {
	name := elicit("What is your name?", "name", "string")
	confirm := map[string]question{"confirm": elicit("Please confirm", "ok", "boolean")}
	return []mcpserver.ServerTool{
		a.ask("test_input_required_result_elicitation", "Hello!", step{questions: map[string]question{"user_name": name}}),
		a.ask("test_input_required_result_sampling", "The capital was named.",
			step{questions: map[string]question{"capital_question": sample("What is the capital of France?")}}),
		a.ask("test_input_required_result_list_roots", "The roots were listed.", step{questions: map[string]question{"client_roots": roots()}}),
		a.ask("test_input_required_result_request_state", "state-ok", step{"confirm", confirm}),
		a.ask("test_input_required_result_tampered_state", "state-ok", step{"confirm", confirm}),
		a.ask("test_input_required_result_multiple_inputs", "Hello!", step{"all", map[string]question{
			"user_name": name, "greeting": sample("Generate a greeting"), "client_roots": roots(),
		}}),
		a.ask("test_input_required_result_multi_round", "Hello!",
			step{"first", map[string]question{"step1": elicit("Step 1: What is your name?", "name", "string")}},
			step{"second", map[string]question{"step2": elicit("Step 2: What is your favorite color?", "color", "string")}}),
		a.ask("test_streaming_elicitation", "Hello!", step{questions: map[string]question{"user_name": name}}),
		capabilities(),
	}
}

// capabilities asks only what the client says that it can answer.
func capabilities() mcpserver.ServerTool {
	return mcpserver.ServerTool{
		Tool: mcp.NewToolWithRawSchema("test_input_required_result_capabilities", "Asks what the client can answer", []byte(noArguments)),
		Handler: func(ctx context.Context, _ mcp.CallToolRequest) (*mcp.CallToolResult, error) {
			info := mcpserver.RequestProtocolInfoFromContext(ctx)
			if info == nil || info.ClientCapabilities == nil {
				return nil, errors.New("the request tells no capabilities")
			}
			ask := mcpserver.NewInputRequestBuilder("")
			if info.ClientCapabilities.Sampling != nil {
				sample("What is the capital of France?").put(ask, "capital_question")
			}
			if info.ClientCapabilities.Elicitation != nil {
				elicit("What is your name?", "name", "string").put(ask, "user_name")
			}
			return ask.ToolResult(), nil
		},
	}
}

// prompt asks before it is written.
func (a *asking) prompt() mcpserver.ServerPrompt {
	steps := []step{{questions: map[string]question{"user_context": elicit("What context should the prompt use?", "context", "string")}}}
	return mcpserver.ServerPrompt{
		Prompt: mcp.NewPrompt("test_input_required_result_prompt", mcp.WithPromptDescription("Asks the client before it is written")),
		Handler: func(_ context.Context, r mcp.GetPromptRequest) (*mcp.GetPromptResult, error) {
			more, err := a.next(steps, r.Params.MultiRoundTripParams)
			if err != nil {
				return nil, err
			}
			if more != nil {
				return more.PromptResult(), nil
			}
			text := mcp.NewTextContent("The context was given.")
			return &mcp.GetPromptResult{Messages: []mcp.PromptMessage{mcp.NewPromptMessage(mcp.RoleUser, text)}}, nil
		},
	}
}
