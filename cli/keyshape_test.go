package cli

import (
	"encoding/binary"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/server/httpd/callers"
)

// canaryKey is a key that nothing may print.
const canaryKey = "eyJhbGciOiJFZERTQSJ9.canary.Zm9yLXRlc3Rz"

func TestWhatStandsAroundAKeyIsLeftOut(t *testing.T) {
	for content, removed := range map[string][]string{
		canaryKey:                                      nil,
		" \t" + canaryKey + "\r\n":                     nil,
		"\u00a0" + canaryKey + "\u3000":                nil,
		`"` + canaryKey + `"`:                          {"quotes"},
		"'" + canaryKey + "'\n":                        {"quotes"},
		"`" + canaryKey + "`":                          {"quotes"},
		"“" + canaryKey + "”":                          {"quotes"},
		"« " + canaryKey + " »":                        {"quotes"},
		`"` + canaryKey:                                {"quotes"},
		`" ` + canaryKey + ` ",`:                       {"quotes", "a comma or semicolon"},
		"\ufeff" + canaryKey:                           {"invisible characters"},
		canaryKey + "\u200b\u2060":                     {"invisible characters"},
		canaryKey + "\x00":                             {"invisible characters"},
		"\u200b \"" + canaryKey + "\" \u200d":          {"invisible characters", "quotes"},
		"Bearer " + canaryKey:                          {bearerWord},
		"bearer\t" + canaryKey:                         {bearerWord},
		`"Bearer ` + canaryKey + `"`:                   {"quotes", bearerWord},
		`Bearer "` + canaryKey + `"`:                   {"quotes", bearerWord},
		"Authorization: Bearer " + canaryKey:           {"the header's name", bearerWord},
		"OVHCLOUD_API_KEY=" + canaryKey:                {"the variable's name"},
		"export OVHCLOUD_API_KEY='" + canaryKey + "'":  {"quotes", "the variable's name"},
		`"OVHCLOUD_API_KEY": "` + canaryKey + `"`:      {"quotes", "the variable's name"},
		`$env:OVHCLOUD_API_KEY = "` + canaryKey + `";`: {"a comma or semicolon", "the variable's name", "quotes"},
	} {
		if diff := cmp.Diff(keyShape{key: canaryKey, removed: removed}, shapeOf(content), cmp.AllowUnexported(keyShape{})); diff != "" {
			t.Errorf("%q (-want +got):\n%s", content, diff)
		}
	}
}

func TestAPlaceholderIsNoKey(t *testing.T) {
	for _, content := range []string{
		"${OVH_AI_ENDPOINTS_ACCESS_TOKEN}", "${KEY:-}", "${env:KEY}", "${input:ovh-key}", "${user_config.api_key}", "${{ secrets.KEY }}",
		"Bearer ${KEY}", "Bearer", "Bearer ", `"${KEY}"`, "'$KEY'", "$KEY", "$env:KEY", "$(KEY)", "$(cat key)", "{{KEY}}", "{{ .Values.key }}",
		"{env:KEY}", "{file:~/key}", "%KEY%", "!KEY!", "<your key>", "<YOUR_API_KEY>", "[your key]", "YOUR_KEY", "your-api-key", "your_token_here",
		"YOUR_OVH_AI_ENDPOINTS_ACCESS_TOKEN", "Your API key", "insert your key here", "paste-it-here", "changeme", "change-me", "replace_me",
		"xxxx", "sk-xxxxxxxx", "***", "…", "...", "null", "undefined", "TODO", "os.environ/KEY", "process.env.KEY", "env:KEY", "op://vault/ovh/key",
		"OVH_AI_ENDPOINTS_ACCESS_TOKEN", "OVHCLOUD_API_KEY",
	} {
		if s := shapeOf(content); !s.placeholder || s.key != "" || s.isBlank() {
			t.Errorf("%q: %+v", content, s)
		}
	}
	for _, content := range []string{
		canaryKey, "none", "EMPTY", "dummy", "token-abc123", "test_token", "key-of-flag", "your-team-4711", "sk-1234", "$ecret.9$", "a{b}c", "100%25", "xx",
	} {
		if s := shapeOf(content); s.placeholder || s.key != content {
			t.Errorf("%q: %+v", content, s)
		}
	}
	for _, content := range []string{"", " \r\n", `""`, "“”", "\ufeff"} {
		if s := shapeOf(content); !s.isBlank() {
			t.Errorf("%q: %+v", content, s)
		}
	}
}

func TestAKeyThatNoHeaderCanHold(t *testing.T) {
	for content, want := range map[string]string{
		"two words":       "a blank",
		"two\twords":      "a blank",
		"two\u00a0words":  "a blank",
		"first\nsecond":   "a line break",
		"first\r\nsecond": "a line break",
		"in\u200bside":    "an invisible character",
		"in\ufeffside":    "an invisible character",
		"in\x00side":      "an invisible character",
		"\xe9t\xe9":       "an invisible character",
		"clé-secrète":     "a character that is not ASCII",
		"key…rest":        "a character that is not ASCII",
		"Bearer a b":      "a blank",
		utf16Text("key"):  "UTF-16 text (save it as UTF-8)",
	} {
		if got := shapeOf(content).unusable; got != want {
			t.Errorf("%q holds %q, want %q", content, got, want)
		}
	}
}

// utf16Text is what PowerShell's > writes.
func utf16Text(s string) string {
	encoded, _ := binary.Append(nil, binary.LittleEndian, utf16.Encode([]rune("\ufeff"+s)))
	return string(encoded)
}

func TestAKeyOfAnotherService(t *testing.T) {
	token, line, err := callers.NewToken("alice")
	if err != nil {
		t.Fatal(err)
	}
	_, hash, _ := strings.Cut(line, ": ")
	for key, want := range map[string]string{
		"sk-ant-api03-abc": "Anthropic", "sk-or-v1-abc": "OpenRouter", "sk-proj-abc": "OpenAI", "sk-abc": "OpenAI", "hf_abc": "Hugging Face",
		"gsk_abc": "Groq", "AIzaSyabc": "Google", "ghp_abc": "GitHub", "github_pat_abc": "GitHub", "glpat-abc": "GitLab", "xai-abc": "xAI",
		"nvapi-abc": "NVIDIA", "r8_abc": "Replicate", "pplx-abc": "Perplexity", "AKIAabc": "AWS", "https://example.com/key": "web address",
		token: "a caller's token", hash: "the hash of a caller's token",
	} {
		if got := shapeOf(key).looksLike; !strings.Contains(got, want) {
			t.Errorf("%s… looks like %q, want %q", key[:3], got, want)
		}
	}
	for _, key := range []string{canaryKey, "key", "skeleton", "sketch-1", "hfabc", strings.Repeat("a", 42), strings.Repeat("a", 44), token + "!"} {
		if got := shapeOf(key).looksLike; got != "" {
			t.Errorf("%s looks like %q", key, got)
		}
	}
}

// The second variable is tried where the first holds a placeholder, and neither a warning
// nor an error holds the key.
func TestWhichKeyIsTaken(t *testing.T) {
	const first, second = "OVH_AI_ENDPOINTS_ACCESS_TOKEN", "OVHCLOUD_API_KEY"
	for _, test := range []struct {
		name, first, second, key, from string
		said                           string // a part of the warnings or the error
	}{
		{"none", "", " ", "", "none: the free tier; set " + first, ""},
		{"the first", canaryKey, "other", canaryKey, first, ""},
		{"a placeholder", "${KEY}", "", "", "none: the free tier; set " + first, first + " holds a placeholder"},
		{"a placeholder and a key", "${KEY}", canaryKey, canaryKey, second, first + " holds a placeholder"},
		{"quotes", "", `"` + canaryKey + `"`, canaryKey, second, second + " holds more than the API key, which is left out: quotes"},
		{"another service's", "sk-" + canaryKey, "", "sk-" + canaryKey, first, first + " holds what looks like a key of OpenAI"},
		{"two words", canaryKey + " rest", "", "", "", "the API key of " + first + " holds a blank"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Setenv(first, test.first)
			t.Setenv(second, test.second)
			o := &newProgram("").options
			key, err := o.findKey()
			if key.text != test.key || key.from != test.from {
				t.Errorf("got a key of %d characters from %q", len(key.text), key.from)
			}
			var said strings.Builder
			for _, w := range key.warnings {
				said.WriteString(w.found + " " + w.hint)
			}
			if err != nil {
				said.WriteString(err.Error())
			}
			if !strings.Contains(said.String(), test.said) || strings.Contains(said.String(), "canary") || (test.said == "") != (said.String() == "") {
				t.Errorf("it says %q", said.String())
			}
		})
	}
}

// Another service than AI Endpoints may have keys of any form.
func TestKeysOfAnotherBaseURLAreNotJudged(t *testing.T) {
	t.Setenv("OVHCLOUD_API_KEY", "sk-1234")
	o := &newProgram("").options
	o.BaseURL = "http://127.0.0.1:4000/v1"
	if key, err := o.findKey(); err != nil || key.text != "sk-1234" || key.warnings != nil {
		t.Errorf("%+v, %v", key, err)
	}
}

// What is sent fits a header, and judging it again changes nothing.
func FuzzKeyShape(f *testing.F) {
	for _, seed := range []string{canaryKey, "\"Bearer “key”\",", "${KEY}", "<your key>", "\ufeffkey\u200b", "export OVHCLOUD_API_KEY='key';", "two words", utf16Text("key")} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, content string) {
		s := shapeOf(content)
		switch {
		case s.placeholder && s.key != "", s.isBlank() && s.key != "":
			t.Errorf("%q: %+v", content, s)
		case s.key == "" || s.unusable != "":
			return
		case strings.ContainsFunc(s.key, func(r rune) bool { return r <= ' ' || r > '~' }):
			t.Errorf("%q: the key %q does not fit a header", content, s.key)
		}
		if again := shapeOf(s.key); again.key != s.key || again.removed != nil {
			t.Errorf("%q: %q is judged as %+v", content, s.key, again)
		}
	})
}
