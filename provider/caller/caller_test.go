package caller_test

import (
	"testing"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/caller"
)

func parse(t *testing.T, texts ...string) []caller.Pattern {
	t.Helper()
	var patterns []caller.Pattern
	for _, text := range texts {
		p, err := caller.ParsePattern(text)
		if err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		patterns = append(patterns, p)
	}
	return patterns
}

func TestPatterns(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		patterns []string
		id       string
		want     bool
	}{
		{[]string{"gpt-oss-120b"}, "gpt-oss-120b", true},
		{[]string{"gpt-oss-120b"}, "GPT-OSS-120B", true},
		{[]string{"gpt-oss-120b"}, "gpt-oss-120b-preview", false},
		{[]string{"gpt-oss-120b"}, "my-gpt-oss-120b", false},
		{[]string{"mistral-*"}, "Mistral-Nemo-Instruct-2407", true},
		{[]string{"mistral-*"}, "Ministral-8B", false},
		{[]string{"*"}, "anything/at:all", true},
		{[]string{"*llama*"}, "meta-llama/Llama-3", true},
		{[]string{"a.c"}, "abc", false},
		{[]string{"a*c", "b*"}, "bge-m3", true},
		{[]string{}, "bge-m3", false},
		{[]string{"bge-*3"}, "bge-m3\nx", false},
		{[]string{"a*a"}, "a", false},
		{[]string{"ab*ba"}, "aba", false},
		{[]string{"a*b*c"}, "a-b-c", true},
		{[]string{"a*b*c"}, "a-c-b", false},
		{[]string{"a**c"}, "abc", true},
		{[]string{"*a*a*"}, "banana", true},
		{[]string{"*a*a*"}, "xax", false},
		{[]string{"x*"}, "ax", false},
	} {
		c := &caller.Caller{Rules: caller.Rules{Models: append([]caller.Pattern{}, parse(t, tt.patterns...)...)}}
		if got := c.MayUse(tt.id); got != tt.want {
			t.Errorf("%q of %q: %v, want %v", tt.id, tt.patterns, got, tt.want)
		}
	}
	for _, bad := range []string{"", " ", "llama@latest", "a b", "a?", "[a]", "{a,b}", "!a", "a\n", string(make([]byte, 300))} {
		if _, err := caller.ParsePattern(bad); err == nil {
			t.Errorf("%q is taken", bad)
		}
	}
}

func TestRules(t *testing.T) {
	t.Parallel()
	var nobody *caller.Caller
	if !nobody.MayCall("chat") || !nobody.MayUse("gpt-oss-120b") || !nobody.UsesServerKey() || nobody.ChoosesModels() {
		t.Error("the only client may not use everything")
	}
	if caller.From(t.Context()) != nil || caller.NameOf(t.Context()) != "" {
		t.Error("there is a caller in a context without one")
	}
	for _, tt := range []struct {
		rules     caller.Rules
		chat, key bool
	}{
		{caller.Rules{}, true, false},
		{caller.Rules{Tools: []string{"embed"}}, false, false},
		{caller.Rules{Tools: []string{}}, false, false},
		{caller.Rules{Tools: []string{"embed", "chat"}, SharedKey: true}, true, true},
		{caller.Rules{Key: "its own", SharedKey: true}, true, false},
	} {
		c := &caller.Caller{Name: "alice", Rules: tt.rules}
		if got := c.MayCall("chat"); got != tt.chat {
			t.Errorf("%+v: chat %v", tt.rules, got)
		}
		if got := c.UsesServerKey(); got != tt.key {
			t.Errorf("%+v: the server's key %v", tt.rules, got)
		}
		if ctx := caller.With(t.Context(), c); caller.From(ctx) != c || caller.NameOf(ctx) != "alice" {
			t.Error("the caller is lost")
		}
	}
}
