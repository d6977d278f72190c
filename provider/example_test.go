package provider_test

import (
	"context"
	"fmt"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/emulator"
)

func ExampleProvider_Chat() {
	service, err := emulator.New(emulator.Options{}).Start() // stands in for AI Endpoints
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = service.Close() }()
	p, err := provider.New(provider.Options{BaseURL: service.BaseURL, CatalogURL: service.CatalogURL})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer p.Close()

	result, err := p.Chat(context.Background(), provider.ChatRequest{
		Model:    "llama@latest",
		Messages: []provider.Message{{Role: provider.RoleUser, Content: provider.Content{Text: "Why is the sky blue?"}}},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(result.Content)
	fmt.Printf("%s, resolved by the %s, %s, %d attempt, %d warnings\n",
		result.Model, result.ResolvedBy, result.FinishReason, len(result.Attempts), len(result.Warnings))
	// Output:
	// [emulator] Meta-Llama-3_3-70B-Instruct would answer here. It received 1 message; the last user message says: "Why is the sky blue?".
	// Meta-Llama-3_3-70B-Instruct, resolved by the service, stop, 1 attempt, 0 warnings
}

func ExampleAsError() {
	p, err := provider.New(provider.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer p.Close()

	_, err = p.Chat(context.Background(), provider.ChatRequest{
		Model:    "llama@newest",
		Messages: []provider.Message{{Role: provider.RoleUser, Content: provider.Content{Text: "Hello"}}},
	})
	fmt.Println(provider.AsError(err).Code)
	fmt.Println(err)
	// Output:
	// query_syntax
	// query_syntax: model: unknown ranker "newest" at column 7; did you mean "latest"? Hint: a query is tag@ranker?spec<value, as in llama@latest or text_generation@biggest?input_cost<0.5
}
