package callers_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/server/httpd/callers"
)

// editing reads files as those who edit them do.
func editing() callers.Options {
	o := options()
	o.WithoutTokens = true
	o.ReadKey = func(path string) (string, error) { return path, nil }
	return o
}

func TestACallerIsAdded(t *testing.T) {
	t.Parallel()
	bob := callers.Fields{Token: hash}
	full := callers.Fields{
		Token: hash, Expires: "2026-12-31", KeyFile: "keys/bob: 1", Tools: []string{"core", "batch"}, Models: []string{"*", "Mistral-*"},
		RequestsPerMinute: "60", MaxConcurrent: "4", MaxCost: "2.5", MaxCostMonth: "40",
	}
	for name, tt := range map[string]struct {
		content, caller string
		fields          callers.Fields
		want            string
	}{
		"a new file": {"", "bob", full, "callers:\n  bob:\n    token: " + hash + "\n    expires: 2026-12-31\n    key_file: 'keys/bob: 1'\n    tools: [core, batch]\n" +
			"    models: ['*', Mistral-*]\n    requests_per_minute: 60\n    max_concurrent: 4\n    max_cost: 2.5\n    max_cost_month: 40\n"},
		"comments only":    {"# ours", "bob", bob, "# ours\ncallers:\n  bob:\n    token: " + hash + "\n"},
		"nobody yet":       {"callers: # ours\n", "bob", bob, "callers: # ours\n  bob:\n    token: " + hash + "\n"},
		"an empty mapping": {"callers: {}\n", "bob", bob, "callers: {bob: {token: '" + hash + "'}}\n"},
		"no token":         {"callers:\n  a: {token: " + token + "}\n", "b", callers.Fields{SharedKey: true}, "callers:\n  a: {token: " + token + "}\n  b:\n    shared_key: true\n"},
		"no rule":          {"callers:\n  a: {token: " + token + "}\n", "b", callers.Fields{}, "callers:\n  a: {token: " + token + "}\n  b: {}\n"},
		"another layout": {"\uFEFF# ours\n\ncallers:\n      a:\n          token:   " + token + "   # hers\n      # the end", "auth0|1", bob,
			"\uFEFF# ours\n\ncallers:\n      a:\n          token:   " + token + "   # hers\n      # the end\n      auth0|1:\n        token: " + hash + "\n"},
		"one line":          {"callers: {a: {token: " + token + "}} # ours\n", "4711", bob, "callers: {a: {token: " + token + "}, \"4711\": {token: '" + hash + "'}} # ours\n"},
		"an odd name":       {"", "#x", bob, "callers:\n  '#x':\n    token: " + hash + "\n"},
		"an end of the doc": {"callers:\n  a: {token: " + token + "}\n...\n", "b", bob, "callers:\n  a: {token: " + token + "}\n  b:\n    token: " + hash + "\n"},
	} {
		got, err := callers.Add([]byte(tt.content), tt.caller, tt.fields, editing())
		if diff := cmp.Diff(tt.want, string(got)); diff != "" || err != nil {
			t.Errorf("%s: %v %s", name, err, diff)
		}
	}
}

func TestACallerThatCannotBeAdded(t *testing.T) {
	t.Parallel()
	file := "callers:\n  alice:\n    token: " + token + "\n"
	for name, tt := range map[string]struct {
		content, caller string
		fields          callers.Fields
		want            string
	}{
		"the name is taken":  {file, "alice", callers.Fields{Token: hash}, `there is a caller "alice" already, at line 2`},
		"a bad name":         {file, "a b", callers.Fields{Token: hash}, "the name of a caller has 1 to 128"},
		"a bad date":         {file, "bob", callers.Fields{Token: hash, Expires: "soon"}, "expires must be a date"},
		"a bad tool":         {file, "bob", callers.Fields{Token: hash, Tools: []string{"chta"}}, `did you mean "chat"?`},
		"a bad model":        {file, "bob", callers.Fields{Token: hash, Models: []string{"a@b"}}, "models: a pattern"},
		"a bad number":       {file, "bob", callers.Fields{Token: hash, MaxConcurrent: "a: b"}, "max_concurrent must be"},
		"a bad cost":         {file, "bob", callers.Fields{Token: hash, MaxCost: "NaN"}, "max_cost must be"},
		"both kinds of keys": {file, "bob", callers.Fields{Token: hash, KeyFile: "a", SharedKey: true}, "contradict"},
		"a broken file":      {"callers:\n  alice: {tokn: x}\n", "bob", callers.Fields{Token: hash}, "line 2: unknown key"},
		"no callers":         {"{}\n", "bob", callers.Fields{Token: hash}, "edit it by hand"},
		"null":               {"null\n", "bob", callers.Fields{Token: hash}, "edit it by hand"},
	} {
		got, err := callers.Add([]byte(tt.content), tt.caller, tt.fields, editing())
		if err == nil || got != nil || !strings.Contains(err.Error(), tt.want) || strings.HasPrefix(err.Error(), "line") && tt.content == file {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestACallerIsRemoved(t *testing.T) {
	t.Parallel()
	const file = `# our callers
callers:
  # those of sales
  alice:
    token:   ` + token + `   # hers
    tools: [ chat,
      embed ]
    # max_cost: 5

  # those of research

  "bob":
    token: ` + other + `
    # max_cost: 6
  # nobody else

# the end
`
	for _, tt := range []struct{ content, name, want string }{
		{file, "alice", "# our callers\ncallers:\n  # those of sales\n\n  # those of research\n\n  \"bob\":\n    token: " + other + "\n    # max_cost: 6\n  # nobody else\n\n# the end\n"},
		{file, "bob", strings.Replace(file, "  \"bob\":\n    token: "+other+"\n    # max_cost: 6\n", "", 1)},
		{"callers: {a: {token: " + token + "}, b: {token: " + other + "}} # ours\n", "a", "callers: {b: {token: " + other + "}} # ours\n"},
		{"callers: {a: {token: " + token + "}, b: {token: " + other + "}}\n", "b", "callers: {a: {token: " + token + "}}\n"},
		{"callers:\n  a: {token: " + token + "}\n  b: {token: " + other + "}", "b", "callers:\n  a: {token: " + token + "}\n"},
		{"callers:\r\n  a: {token: " + token + "}\r\n  b: {token: " + other + "}\r\n", "a", "callers:\r\n  b: {token: " + other + "}\r\n"},
		{"callers:\n  token: {token: " + token + "}\n  b: {token: " + other + "}\n", "token", "callers:\n  b: {token: " + other + "}\n"},
	} {
		got, err := callers.Remove([]byte(tt.content), tt.name, editing())
		if diff := cmp.Diff(tt.want, string(got)); diff != "" || err != nil {
			t.Errorf("%s: %v %s", tt.name, err, diff)
		}
	}
	if _, err := callers.Remove([]byte(file), "carol", editing()); !errors.Is(err, callers.ErrNoCaller) {
		t.Errorf("a stranger: %v", err)
	}
	if _, err := callers.Remove([]byte("callers:\n  a: {token: "+token+"}\n"), "a", editing()); err == nil || !strings.Contains(err.Error(), "the last caller") {
		t.Errorf("the last one: %v", err)
	}
}

// Whatever a file looks like, an edit changes the one caller or fails.
func FuzzEdit(f *testing.F) {
	f.Add("callers:\n  alice: {token: "+token+"}\n  bob:\n    token: "+other+" # his\n\n# end", "alice")
	f.Add("callers: {a: {token: "+token+"}, b: {token: "+other+"}}", "b")
	f.Add("# nobody\ncallers:\n", "x")
	f.Add("---\ncallers: !!map\n  ? a\n  : token: "+token+"\n...\n", "b")
	f.Fuzz(func(t *testing.T, content, name string) {
		o := editing()
		before := 0
		if s, err := callers.Parse([]byte(content), o); err == nil {
			before = s.Len()
		}
		if after, err := callers.Add([]byte(content), name, callers.Fields{Token: hash, MaxCost: "1"}, o); err == nil {
			s, err := callers.Parse(after, o)
			if err != nil || s.Len() != before+1 {
				t.Fatalf("%q and %q become %q: %v", content, name, after, err)
			}
			if e, ok := s.ByName(name); !ok || e.MaxCost != 1 {
				t.Errorf("%q is %+v", name, e)
			}
		}
		if after, err := callers.Remove([]byte(content), name, o); err == nil {
			s, err := callers.Parse(after, o)
			if err != nil || s.Len() != before-1 {
				t.Fatalf("%q without %q becomes %q: %v", content, name, after, err)
			}
			if _, ok := s.ByName(name); ok {
				t.Error(fmt.Sprint(name, " is there still"))
			}
		}
	})
}
