package virtual_test

import (
	"errors"
	"fmt"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/catalog"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/virtual"
)

func ExampleParse() {
	query, err := virtual.Parse("Text_Generation @ biggest ? input_cost < 0.5 & context_size >= 128k")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(query)
	fmt.Println(query.Tag, query.Ranker, len(query.Conditions), query.Extended)
	// Output:
	// Text_Generation@biggest?input_cost<0.5&context_size>=128000
	// Text_Generation biggest 2 true
}

func ExampleParse_syntaxError() {
	_, err := virtual.Parse("llama@newest")
	fmt.Println(err)
	// Output:
	// unknown ranker "newest" at column 7; did you mean "latest"?
}

func ExampleResolve() {
	query, err := virtual.Parse("openai@biggest?input_cost<0.05")
	if err != nil {
		fmt.Println(err)
		return
	}
	resolution, err := virtual.Resolve(catalog.Snapshot().Models(), query, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, candidate := range resolution.Candidates {
		fmt.Println(candidate.Model.ID, "has", candidate.Figure())
	}
	for _, excluded := range resolution.Excluded {
		fmt.Println(excluded.Model, excluded.Reason)
	}
	// Output:
	// gpt-oss-20b has 21 billion parameters
	// gpt-oss-120b has input_cost 0.08, not <0.05
	// whisper-large-v3-turbo takes no text
	// whisper-large-v3 takes no text
}

func ExampleResolve_noMatch() {
	query, err := virtual.Parse("llama@smallest?params<8")
	if err != nil {
		fmt.Println(err)
		return
	}
	_, err = virtual.Resolve(catalog.Snapshot().Models(), query, nil)
	var noMatch *virtual.NoMatchError
	fmt.Println(errors.As(err, &noMatch))
	fmt.Println(err)
	// Output:
	// true
	// no model matches "llama@smallest?params<8": of 1 model with the tag, 1 removed by "params<8"; closest: Meta-Llama-3_3-70B-Instruct has params 70, not <8
}
