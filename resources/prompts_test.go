package resources_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/mark3labs/mcp-go/mcp"
)

type arguments = map[string]string

func TestPromptsAreDescribed(t *testing.T) {
	inBothEras(t, func(t *testing.T, _ era, c session) {
		listed, err := c.ListPrompts(t.Context(), mcp.ListPromptsRequest{})
		if err != nil {
			t.Fatal(err)
		}
		got := map[string][]string{} // required arguments begin with an exclamation mark
		for _, p := range listed.Prompts {
			if p.Title == "" || p.Description == "" {
				t.Errorf("%s lacks a title or description", p.Name)
			}
			for _, a := range p.Arguments {
				if a.Title == "" || a.Description == "" {
					t.Errorf("%s: argument %s lacks a title or description", p.Name, a.Name)
				}
				name := a.Name
				if a.Required {
					name = "!" + name
				}
				got[p.Name] = append(got[p.Name], name)
			}
		}
		want := map[string][]string{
			"choose-model":   {"!task", "needs", "budget", "tag"},
			"compare-models": {"!question", "!models"},
			"extract-data":   {"!fields", "text", "image"},
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("prompts (-want +got):\n%s", diff)
		}
	})
}

func TestChooseModelBringsTheCatalogue(t *testing.T) {
	inBothEras(t, func(t *testing.T, _ era, c session) {
		result, err := c.tryPrompt("choose-model", arguments{"task": "summarise contracts"})
		if err != nil {
			t.Fatal(err)
		}
		if len(result.Messages) != 1 {
			t.Errorf("%d messages, want 1: Gemini CLI drops what follows the first", len(result.Messages))
		}
		wantParts(t, c.prompt("choose-model", arguments{"task": "summarise contracts"}), "\n"+c.read(tableURI, "text/markdown"))
		wantParts(t, c.prompt("choose-model", arguments{"task": "summarise contracts"}),
			"summarise contracts", tableURI, "tag@ranker?condition", "resolve-virtual-model", "price", "context", "abilities")
	})
}

// Gemini CLI refuses a prompt that begins with anything else, and LangChain one that has
// an embedded resource anywhere.
func TestPromptsBeginWithAText(t *testing.T) {
	valid := map[string]arguments{
		"choose-model":   {"task": "summarise contracts"},
		"compare-models": {"question": "Why?", "models": "gpt-oss-20b,gpt-oss-120b"},
		"extract-data":   {"fields": "name", "text": "Ada"},
	}
	inBothEras(t, func(t *testing.T, _ era, c session) {
		listed, err := c.ListPrompts(t.Context(), mcp.ListPromptsRequest{})
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range listed.Prompts {
			result, err := c.tryPrompt(p.Name, valid[p.Name])
			if err != nil {
				t.Errorf("%s: %v", p.Name, err)
				continue
			}
			if first, ok := result.Messages[0].Content.(mcp.TextContent); !ok || first.Text == "" || result.Messages[0].Role != mcp.RoleUser {
				t.Errorf("%s begins with %+v", p.Name, result.Messages[0])
			}
		}
	})
}

func TestChooseModelLimits(t *testing.T) {
	c := connect(t, setup{})
	wantParts(t, c.prompt("choose-model", arguments{"task": "x", "needs": "Vision, tools", "budget": "0.5", "tag": "QWEN"}),
		// By hand: of the four that take images, Qwen2.5-VL cannot call tools.
		"must have vision and tools. Models with it: Qwen3.5-397B-A17B, Qwen3.6-27B, Qwen3.5-9B.",
		"at most 0.5 EUR per million input tokens (input_cost<=0.5 in a query)",
		"must have the tag qwen.")
	// What a form left empty is absent.
	wantParts(t, c.prompt("choose-model", arguments{"task": " x ", "needs": "", "budget": " ", "tag": ""}), "for this task:\n\nx\n\nThe catalogue")
}

// Claude Code passes each word that a person types as the next argument, and drops the words after the last.
func TestChooseModelOfATaskInSeveralWords(t *testing.T) {
	c := connect(t, setup{})
	for task, given := range map[string]arguments{
		"translate letters":            {"task": "translate", "needs": "letters"},
		"read letters":                 {"task": "\"read", "needs": "letters\""},
		"find vision bugs":             {"task": "find", "needs": "vision", "budget": "bugs"},
		"summarise 40-page contracts":  {"task": "summarise", "needs": "40-page", "budget": "contracts"},
		"summarise 40-page letters in": {"task": "summarise", "needs": "40-page", "budget": "letters", "tag": "in"},
	} {
		got, err := c.tryPrompt("choose-model", given)
		if err != nil {
			t.Errorf("%v: %v", given, err)
			continue
		}
		wantParts(t, got.Messages[0].Content.(mcp.TextContent).Text, "for this task:\n\n"+task+"\n", "ask me for the rest")
	}
	wantParts(t, c.prompt("choose-model", arguments{"task": "read", "needs": "vision", "budget": "0.5", "tag": "qwen"}),
		"for this task:\n\nread\n", "must have vision", "at most 0.5 EUR", "the tag qwen")
}

func TestCompareModelsTellsWhatEachNameIs(t *testing.T) {
	c := connect(t, setup{models: coder})
	wantParts(t, c.prompt("compare-models", arguments{
		"question": "What is 6 × 7?",
		"models":   "openai/gpt-oss-120b, llama@latest,coder ,Mistral-Nemo-Instruct-2407, mistral@latest",
	}),
		"What is 6 × 7?", "chat tool once for each model", "word for word",
		"- `openai/gpt-oss-120b`: 117B; tools, reasoning, json; 0.08 / 0.4 EUR per million tokens\n",
		"- `llama@latest`: a query that now picks Meta-Llama-3_3-70B-Instruct; 70B; tools, json; 0.67 / 0.67 EUR per million tokens\n",
		"- `coder`: a model of this server's configuration\n",
		"- `Mistral-Nemo-Instruct-2407`: served, but not in the catalogue\n",
		"- `mistral@latest`: a query; no model has the tag",
	)
}

// Offline the catalogue may lack new models, as chat knows too.
func TestCompareModelsTakesUnverifiedIDs(t *testing.T) {
	c := connect(t, setup{handler: offline()})
	wantParts(t, c.prompt("compare-models", arguments{"question": "?", "models": "brand-new-1,gpt-oss-20b"}),
		"- `brand-new-1`: not in the catalogue, which could not be read live\n")
	_, err := c.tryPrompt("compare-models", arguments{"question": "?", "models": "no id,gpt-oss-20b"})
	wantError(t, err, mcp.ErrInternalError, `there is no model "no id"`)
}

func TestExtractData(t *testing.T) {
	inBothEras(t, func(t *testing.T, _ era, c session) {
		wantParts(t, c.prompt("extract-data", arguments{"fields": "name, date", "text": "Ada, 1815"}),
			"structured-extract", "JSON Schema", "Fields: name, date\n", "text set to the text below", "Text:\n\nAda, 1815\n")
		wantParts(t, c.prompt("extract-data", arguments{"fields": "name", "image": "https://example.com/a.png"}),
			"images set to a list of the image below", "Image: https://example.com/a.png\n")
		wantParts(t, c.prompt("extract-data", arguments{"fields": "name", "image": "a.png", "text": "Ada"}),
			"text set to the text and images", "Image: a.png\n", "Text:\n\nAda\n")
	})
}

// Here mcp-go answers, whose code for a handler's error is -32603. Over stdio and HTTP
// the server answers before mcp-go, with -32602.
func TestBadArguments(t *testing.T) {
	tests := []struct {
		name, prompt string
		arguments    arguments
		want         []string
	}{
		{"no arguments", "choose-model", nil, []string{`argument "task" is missing`}},
		{"blank", "choose-model", arguments{"task": " \n"}, []string{`argument "task" is blank`}},
		{"unknown argument", "choose-model", arguments{"task": "x", "tsk": "y"}, []string{`unknown argument "tsk"`, "task, needs, budget, tag"}},
		{"unknown ability", "choose-model", arguments{"task": "x", "needs": "vision, hearing"}, []string{`"needs"`, `"hearing"`, "vision, tools, reasoning, json"}},
		{"no ability", "choose-model", arguments{"task": "x", "needs": " , "}, []string{`"needs" names no ability`}},
		{"budget in words", "choose-model", arguments{"task": "x", "budget": "cheap"}, []string{`"budget"`, `"cheap"`, "EUR per million"}},
		{"negative budget", "choose-model", arguments{"task": "x", "budget": "-1"}, []string{`"budget"`}},
		{"infinite budget", "choose-model", arguments{"task": "x", "budget": "Inf"}, []string{`"budget"`}},
		{"budget that is no number", "choose-model", arguments{"task": "x", "budget": "NaN"}, []string{`"budget"`}},
		{"a task of two words", "choose-model", arguments{"task": "read mails", "needs": "hearing"}, []string{`"hearing"`}},
		{"a tag of two words", "choose-model", arguments{"task": "x", "needs": "hearing", "budget": "1", "tag": "a b"}, []string{`"hearing"`}},
		{"a gap", "choose-model", arguments{"task": "x", "needs": "hearing", "tag": "llama"}, []string{`"hearing"`}},
		{"unknown tag", "choose-model", arguments{"task": "x", "tag": "lama"}, []string{`"tag"`, `"lama"`, "nearest are llama"}},

		{"no question", "compare-models", arguments{"models": "gpt-oss-20b,gpt-oss-120b"}, []string{`argument "question" is missing`}},
		{"no models", "compare-models", arguments{"question": "x"}, []string{`argument "models" is missing`, "two to five"}},
		{"one model", "compare-models", arguments{"question": "x", "models": "gpt-oss-20b,"}, []string{`argument "models"`, "1 named", "2 to 5"}},
		{"six models", "compare-models", arguments{"question": "x", "models": "a,b,c,d,e,f"}, []string{"6 named", "2 to 5"}},
		{"unknown model", "compare-models", arguments{"question": "x", "models": "gpt-oss-20b,gpt-os-120b"}, []string{`"gpt-os-120b"`, "nearest are gpt-oss-120b"}},
		{"one model twice", "compare-models", arguments{"question": "x", "models": "gpt-oss-20b, openai/gpt-oss-20b"}, []string{`"openai/gpt-oss-20b" names a model that is named before`}},
		{"an embedding model", "compare-models", arguments{"question": "x", "models": "gpt-oss-20b,bge-m3"}, []string{"bge-m3 (Embeddings) does not chat"}},
		{"bad query", "compare-models", arguments{"question": "x", "models": "gpt-oss-20b,llama@newest"}, []string{`"llama@newest"`, "column 7", `did you mean "latest"`}},
		{"extended query without match", "compare-models", arguments{"question": "x", "models": "gpt-oss-20b,llama@latest?params>=1000"}, []string{`"params>=1000"`}},

		{"no fields", "extract-data", arguments{"text": "x"}, []string{`argument "fields" is missing`}},
		{"empty fields", "extract-data", arguments{"fields": ", ,", "text": "x"}, []string{`argument "fields" names no field`}},
		{"nothing to read", "extract-data", arguments{"fields": "x", "image": ""}, []string{`"text" or "image"`}},
		{"a text for an image", "extract-data", arguments{"fields": "x", "image": "two\nlines"}, []string{`argument "image"`}},
	}
	for _, e := range eras() {
		c := connect(t, setup{option: e.option})
		for _, test := range tests {
			t.Run(e.name+"/"+test.name, func(t *testing.T) {
				result, err := c.tryPrompt(test.prompt, test.arguments)
				wantError(t, err, mcp.ErrInternalError, test.want...)
				if err != nil && strings.Contains(err.Error(), test.prompt) {
					t.Errorf("the error names the prompt, which the client knows: %v", err)
				}
				if result != nil {
					t.Errorf("there is a result besides the error: %+v", result)
				}
			})
		}
	}
}

func TestUnknownPrompt(t *testing.T) {
	inBothEras(t, func(t *testing.T, _ era, c session) {
		_, err := c.tryPrompt("choose-modell", arguments{"task": "x"})
		wantError(t, err, mcp.ErrInvalidParams, "choose-modell")
	})
}
