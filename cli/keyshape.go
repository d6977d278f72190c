package cli

import (
	"encoding/base64"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// keyShape is what can be said of an API key without asking the service. This is the
// only place that judges one.
type keyShape struct {
	key         string   // as it is sent, "" without one
	removed     []string // what stood around it
	placeholder bool     // it stands for a key, which nobody put in
	unusable    string   // what it holds that no header may, "" if nothing
	looksLike   string   // what else it may be, "" if nothing
}

func shapeOf(content string) keyShape {
	if strings.HasPrefix(content, "\xff\xfe") || strings.HasPrefix(content, "\xfe\xff") {
		return keyShape{unusable: "UTF-16 text (save it as UTF-8)"}
	}
	var s keyShape
	s.key = strings.TrimSpace(content)
	for before := ""; before != s.key; {
		before = s.key
		for _, w := range keyWrappings() {
			if rest := strings.TrimSpace(w.strip(s.key)); rest != s.key {
				s.key = rest
				s.remove(w.name)
			}
		}
	}
	switch {
	case isPlaceholder(s.key) || s.key == "" && slices.Contains(s.removed, bearerWord):
		return keyShape{placeholder: true}
	default:
		s.unusable, s.looksLike = unusableIn(s.key), otherSecret(s.key)
		return s
	}
}

func (s *keyShape) remove(name string) {
	if !slices.Contains(s.removed, name) {
		s.removed = append(s.removed, name)
	}
}

// isBlank reports whether there is nothing, not even a placeholder or a mistake.
func (s keyShape) isBlank() bool { return s.key == "" && !s.placeholder && s.unusable == "" }

const bearerWord = `the word "Bearer"`

// keyWrapping is something that people copy along with a key.
type keyWrapping struct {
	name  string
	strip func(string) string
}

func keyWrappings() []keyWrapping {
	prefix := func(pattern string) func(string) string {
		return func(s string) string { return regexp.MustCompile(`(?i)^(?:`+pattern+`)`).ReplaceAllString(s, "") }
	}
	return []keyWrapping{
		{"invisible characters", func(s string) string {
			return strings.TrimFunc(s, func(r rune) bool { return unicode.In(r, unicode.Cf, unicode.Cc) })
		}},
		{"quotes", func(s string) string { return strings.Trim(s, "\"'`“”„‟‘’‚‛«»‹›") }},
		{"a comma or semicolon", func(s string) string { return strings.TrimRight(s, ",;") }},
		{"the variable's name", prefix(`(?:export\s+|set\s+|\$env:)?(?:` + strings.Join(keyVariables(), "|") + `)["']?\s*[=:]`)},
		{"the header's name", prefix(`Authorization\s*:`)},
		{bearerWord, prefix(`Bearer(?:\s+|:|$)`)},
	}
}

// isPlaceholder knows how hosts and their documentation write what a person or the host
// itself has to put in.
func isPlaceholder(s string) bool {
	return s != "" && regexp.MustCompile(`(?is)`+strings.Join([]string{
		`\$\{`, `\$\(`, `\{\{`, // ${KEY}, ${env:KEY}, ${input:key}, ${user_config.key}; $(KEY); {{KEY}}, ${{ secrets.KEY }}
		`^\$(env:)?[a-z_]\w*$`,         // $KEY; $env:KEY of PowerShell
		`^\{[^{}]*\}$`,                 // {env:KEY}, {file:PATH}
		`^%[^%\s]+%$`, `^![a-z_]\w*!$`, // of cmd
		`^<[^<>]*>$`, `^\[[^\[\]]*\]$`, // <your key>
		`^(os\.environ/|process\.env\.|env[:.]|secrets\.|op://|!secret\s)`, // references of programs that resolve them
		`^(your|insert|enter|paste|put|add|replace|change)([-_. ']*[a-z]+)*[-_. ']*(key|token|here|me|secret|it)\W*$`,
		`^(sk-)?([x*._-]{3,}|[•…]+)$`,                // xxxx, ***, …
		`^(null|undefined|nil|todo)$`,                // an absent value, as text
		`(?-i:^[A-Z][A-Z0-9_]*_(KEY|TOKEN|SECRET)$)`, // the name of a variable
	}, "|")).MatchString(s)
}

// unusableIn names the first character that a header cannot hold.
func unusableIn(key string) string {
	for _, r := range key {
		switch {
		case r == '\n' || r == '\r':
			return "a line break"
		case unicode.IsSpace(r):
			return "a blank"
		case r == utf8.RuneError, unicode.In(r, unicode.Cf, unicode.Cc):
			return "an invisible character"
		case r > '~':
			return "a character that is not ASCII"
		}
	}
	return ""
}

// otherSecret says what a key looks like if it is not one of AI Endpoints.
func otherSecret(key string) string {
	for _, known := range []struct{ what, prefixes string }{
		{"a key of Anthropic", "sk-ant-"},
		{"a key of OpenRouter", "sk-or-"},
		{"a key of OpenAI or of another service", "sk-"},
		{"a token of Hugging Face", "hf_ api_org_"},
		{"a key of Groq", "gsk_"},
		{"a key of Google", "AIza ya29."},
		{"a token of GitHub", "ghp_ gho_ ghu_ ghs_ ghr_ github_pat_"},
		{"a token of GitLab", "glpat-"},
		{"a key of xAI", "xai-"},
		{"a key of NVIDIA", "nvapi-"},
		{"a token of Replicate", "r8_"},
		{"a key of Perplexity", "pplx-"},
		{"a key of Fireworks", "fw_"},
		{"a key of Together", "tgp_v1_"},
		{"a key of Cerebras", "csk-"},
		{"a key of AWS", "AKIA ASIA ABSK"},
		{"a token of Slack", "xoxb- xoxp- xapp-"},
		{"the hash of a caller's token, of the file of --auth-token-file", "sha256:"},
		{"a web address", "https:// http://"},
	} {
		for prefix := range strings.FieldsSeq(known.prefixes) {
			if strings.HasPrefix(key, prefix) {
				return known.what
			}
		}
	}
	if decoded, err := base64.RawURLEncoding.DecodeString(key); err == nil && len(decoded) == callerTokenBytes {
		return "a caller's token, as ai-endpoints-mcp token new prints it"
	}
	return ""
}

// callerTokenBytes is how many bytes callers.NewToken encodes.
const callerTokenBytes = 32
