package resources_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/mark3labs/mcp-go/mcp"
)

// templates returns every prompt, in order, with placeholder(i) for its i-th
// argument, as a host fetches it to make a command.
func (c session) templates(placeholder func(i int) string) (names []string, texts map[string]string) {
	c.Helper()
	listed, err := c.ListPrompts(c.Context(), mcp.ListPromptsRequest{})
	if err != nil {
		c.Fatal(err)
	}
	texts = map[string]string{}
	for _, p := range listed.Prompts {
		given := arguments{}
		for i, a := range p.Arguments {
			given[a.Name] = placeholder(i + 1)
		}
		names, texts[p.Name] = append(names, p.Name), c.prompt(p.Name, given)
		for _, a := range p.Arguments {
			value := strings.TrimSpace(given[a.Name])
			want := 0
			for _, other := range given {
				if strings.TrimSpace(other) == value {
					want++
				}
			}
			if got := strings.Count(texts[p.Name], value); got != want {
				c.Errorf("%s: %q of argument %s is %d times in the text, want %d:\n%s", p.Name, value, a.Name, got, want, texts[p.Name])
			}
		}
	}
	return names, texts
}

func TestPlaceholdersAreTakenForEveryArgument(t *testing.T) {
	tests := map[string]func(i int) string{
		"opencode":          func(i int) string { return fmt.Sprintf("$%d", i) },
		"blanks around":     func(i int) string { return fmt.Sprintf(" $%d\n", i) },
		"ten or more":       func(i int) string { return fmt.Sprintf("$1%d", i) },
		"$ARGUMENTS":        func(int) string { return "$ARGUMENTS" },
		"one of $ARGUMENTS": func(i int) string { return fmt.Sprintf("$ARGUMENTS[%d]", i) },
		"all":               func(int) string { return "$@" },
		"${name}":           func(i int) string { return fmt.Sprintf("${name_%d}", i) },
		"${input:name}":     func(i int) string { return fmt.Sprintf("${input:name %d}", i) },
		"{{name}}":          func(int) string { return "{{x}}" },
		"{{ name }}":        func(i int) string { return fmt.Sprintf("{{ name%d }}", i) },
	}
	for _, e := range eras() {
		c := connect(t, setup{option: e.option})
		for name, placeholder := range tests {
			t.Run(e.name+"/"+name, func(t *testing.T) {
				if names, _ := (session{c.Client, t, c.provider, c.set}).templates(placeholder); len(names) != 3 {
					t.Errorf("there are the prompts %v", names)
				}
			})
		}
	}
}

// The text must read well with values in place of the placeholders, and without.
func TestTemplatesOfCommands(t *testing.T) {
	c := connect(t, setup{})
	names, texts := c.templates(func(i int) string { return fmt.Sprintf("$%d", i) })
	var all strings.Builder
	for _, name := range names {
		text, _, _ := strings.Cut(texts[name], "\n# Models of OVHcloud AI Endpoints\n") // the table has a time in it
		fmt.Fprintf(&all, "# %s\n\n%s\n", name, text)
	}
	path := filepath.Join("testdata", "commands.md")
	if *update {
		if err := os.WriteFile(path, []byte(all.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), all.String()); diff != "" {
		t.Errorf("the texts changed; if that is meant, run with -update (-want +got):\n%s", diff)
	}
}

// A value beside a placeholder is checked and explained as ever.
func TestPlaceholdersBesideValues(t *testing.T) {
	c := connect(t, setup{})
	wantParts(t, c.prompt("choose-model", arguments{"task": "x", "needs": "vision", "budget": "$1", "tag": "QWEN"}),
		"for this task:\n\nx\n\nIt must have vision. Models with it: ", ": $1\n", "must have the tag qwen.")
	wantParts(t, c.prompt("compare-models", arguments{"question": "$1", "models": "gpt-oss-20b,gpt-oss-120b"}),
		"Models:\n- `gpt-oss-20b`: 21B", "Question:\n\n$1\n")
	wantParts(t, c.prompt("extract-data", arguments{"fields": "$1", "text": "Ada"}), "Fields: $1\n", "Text:\n\nAda\n", "ask me")
	wantParts(t, c.prompt("extract-data", arguments{"fields": "name", "text": "Ada", "image": "{{image}}"}),
		"left out if it is empty", "Image, if any: {{image}}\n", "Text:\n\nAda\n")
	_, err := c.tryPrompt("choose-model", arguments{"task": "$1", "tag": "lama"})
	wantError(t, err, mcp.ErrInternalError, `no model has the tag "lama"`)
}

// What only contains a placeholder, or looks like one, is a value.
func TestValuesThatAreNoPlaceholders(t *testing.T) {
	c := connect(t, setup{})
	for _, value := range []string{"$", "$1 $2", "$1,$2", "a $1", "$100", "$a-b", "${}", "${a", "{{}}", "{{a}", "{a}", "{{a}}{{b}}", "${a\nb}", "$1\n$2"} {
		for argument, given := range map[string]arguments{
			"tag":    {"task": "x", "tag": value},
			"needs":  {"task": "x", "needs": value},
			"budget": {"task": "x", "budget": value},
		} {
			if _, err := c.tryPrompt("choose-model", given); err == nil {
				t.Errorf("%s %q is accepted", argument, value)
			}
		}
	}
}
