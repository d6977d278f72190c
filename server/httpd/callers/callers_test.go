package callers_test

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/caller"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/server/httpd/callers"
)

const (
	token = "f3a1-good-token-of-the-team"
	other = "77c0-token-of-somebody-else"
	hash  = "sha256:cde4cbc8eb7cd8c9eb9b9dcb9c5a3ee9e0ac8fd50ae0ebbd0eb3f5b0c8a8f0d1"
	key   = "eyJhbGciOiJFZERTQSJ9.canary.Zm9yLXRlc3Rz"
)

func tools() []string {
	return []string{"chat", "embed", "describe-image", "structured-extract", "resolve-virtual-model", "batch", "list-models"}
}

// options reads every key file as one with the key, but empty and missing.
func options() callers.Options {
	return callers.Options{Tools: tools(), ReadKey: func(path string) (string, error) {
		switch path {
		case "empty":
			return "", nil
		case "missing":
			return "", errors.New("open missing: no such file")
		default:
			return key, nil
		}
	}}
}

func hashed(token string) string {
	sum := sha256.Sum256([]byte(token))
	return "sha256:" + hex.EncodeToString(sum[:])
}

func TestAFileOfCallers(t *testing.T) {
	t.Parallel()
	s, err := callers.Parse([]byte("\uFEFF"+`# who may call
callers:
  alice@example.com:
    token: `+token+`
    expires: 2026-12-31
    key_file: alice.key
    tools: [core, batch]
    models: [Mistral-*, gpt-oss-120b]
    requests_per_minute: 60
    max_concurrent: 4
    max_cost: 2.5
    max_cost_month: 1e3
  auth0|123: {token: `+hash+`, shared_key: true, tools: all, models: "*"}
  4711:
    token: 12345678901234567890
    tools: []
    models: []
    expires: 2026-12-31T12:00:00+02:00
`), options())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"alice@example.com", "auth0|123", "4711"}, s.Names()); diff != "" || s.Len() != 3 {
		t.Error(diff)
	}
	alice, ok := s.ByToken(token)
	if named, _ := s.ByName("alice@example.com"); !ok || alice != named || alice.Line != 3 || alice.Token != callers.TokenText {
		t.Fatalf("alice is %+v", alice)
	}
	if !alice.Expires.Equal(time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)) {
		t.Errorf("alice's token is valid until %s", alice.Expires)
	}
	want := caller.Rules{Tools: append(tools()[:5:5], "batch"), Key: key, PerMinute: 60, MaxConcurrent: 4, MaxCost: 2.5, MaxCostMonth: 1000}
	got := alice.Rules
	if !alice.MayUse("Mistral-7B") || alice.MayUse("bge-m3") {
		t.Error("alice's models are wrong")
	}
	got.Models = nil
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if bot, _ := s.ByName("auth0|123"); bot == nil || bot.Token != callers.TokenHash || !bot.SharedKey || bot.Tools != nil || !bot.MayUse("bge-m3") {
		t.Errorf("the second is %+v", bot)
	}
	number, _ := s.ByToken("12345678901234567890")
	if number == nil || number.MayCall("chat") || number.MayUse("bge-m3") || number.UsesServerKey() ||
		!number.Expires.Equal(time.Date(2026, 12, 31, 10, 0, 0, 0, time.UTC)) {
		t.Errorf("the third is %+v", number)
	}
	if e, ok := s.ByToken(""); ok {
		t.Errorf("an empty token is that of %s", e.Name)
	}
	if e, ok := s.ByToken(hash); ok {
		t.Errorf("a hash is the token of %s", e.Name)
	}
}

func TestExpiry(t *testing.T) {
	t.Parallel()
	day := time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)
	for _, tt := range []struct {
		entry callers.Entry
		now   time.Time
		want  bool
	}{
		{callers.Entry{}, day, false},
		{callers.Entry{Expires: day}, day.Add(-1), false},
		{callers.Entry{Expires: day}, day, true},
		{callers.Entry{Expires: day}, day.In(time.FixedZone("east", 3600)).Add(-1), false},
	} {
		if got := tt.entry.Expired(tt.now); got != tt.want {
			t.Errorf("%s at %s: %v", tt.entry.Expires, tt.now, got)
		}
	}
}

// bad are files that are refused. What is in them as token or key is in no error.
func bad() map[string]struct{ content, want string } {
	alice := func(fields string) string {
		return "callers:\n  alice:\n    token: " + token + "\n    " + fields + "\n"
	}
	return map[string]struct{ content, want string }{
		"empty":               {"", "it holds no caller"},
		"a comment":           {"# nobody\n", "it holds no caller"},
		"null":                {"callers:\n", "it holds no caller"},
		"nobody":              {"callers: {}\n", "it holds no caller"},
		"a text":              {token, "line 1: the file must hold keys with values"},
		"a list":              {"callers:\n- " + token + "\n", "line 2: callers must hold keys with values"},
		"the old form":        {"alice: " + token + "\n", `line 1: unknown key "alice"; there are callers`},
		"a token for rules":   {"callers:\n  alice: " + token + "\n", "line 2: a caller has keys with values"},
		"a token as key":      {"callers:\n  alice: {" + token + "}\n", "line 2: unknown key of 27 characters"},
		"a second document":   {alice("") + "---\na: b\n", "it holds a second document"},
		"not YAML":            {"callers: {{{", "line 1: did not find"},
		"too large":           {strings.Repeat(" ", callers.MaxFile+1), "it is over 8 MiB"},
		"an unknown key":      {alice("exprires: 2026-12-31"), `line 4: unknown key "exprires"; did you mean "expires"?`},
		"a key twice":         {alice("token: " + other), `line 4: "token" comes twice, first at line 3`},
		"an alias":            {"callers:\n  a: &a {token: " + token + "}\n  b: *a\n", "line 3: a value that begins with *"},
		"a merge":             {"callers:\n  <<: {token: " + token + "}\n", "line 2: the name of a caller"},
		"a token with a star": {"callers:\n  alice: {token: *" + token + "}\n", "refers to an anchor"},

		"a name twice":      {alice("") + "  alice: {token: " + other + "}\n", `"alice" comes twice, first at line 2`},
		"a token twice":     {alice("") + "  bob: {token: " + token + "}\n", "line 5: the name or the token is that of line 2"},
		"its hash twice":    {alice("") + "  bob: {token: " + hashed(token) + "}\n", "line 5: the name or the token is that of line 2"},
		"in upper case":     {"callers:\n  a: {token: " + hashed(token) + "}\n  b: {token: sha256:" + strings.ToUpper(hashed(token)[7:]) + "}\n", "line 3: the name or the token"},
		"a blank name":      {"callers:\n  a b: {token: " + token + "}\n", "line 2: the name of a caller has 1 to 128"},
		"no name":           {"callers:\n  \"\": {token: " + token + "}\n", "line 2: the name of a caller"},
		"a quote in a name": {"callers:\n  a\"b: {token: " + token + "}\n", "line 2: the name of a caller"},
		"a foreign name":    {"callers:\n  zoë: {token: " + token + "}\n", "line 2: the name of a caller"},
		"a long name":       {"callers:\n  " + strings.Repeat("a", 129) + ": {token: " + token + "}\n", "line 2: the name of a caller"},

		"no token":            {"callers:\n  alice: {shared_key: true}\n", "line 2: the caller has no token, which only a server with OAuth allows"},
		"no rules":            {"callers:\n  alice:\n", "line 2: the caller has no token"},
		"a null token":        {"callers:\n  alice:\n    token:\n", "line 3: token has no value"},
		"a short token":       {"callers:\n  alice: {token: secret}\n", "line 2: the token has fewer than 16 characters"},
		"another hash":        {"callers:\n  alice: {token: \"sha512:" + strings.Repeat("ab", 64) + "\"}\n", "line 2: a hash is written sha256:HEX"},
		"the empty hash":      {"callers:\n  alice: {token: sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855}\n", "line 2: this is the hash of an empty token"},
		"the hash of a tiny":  {"callers:\n  alice: {token: sha256:2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881}\n", "line 2: this is the hash of a token of one or two"},
		"a token of two":      {"callers:\n  alice: {token: [" + token + "]}\n", "line 2: token must be one text"},
		"a token with blanks": {"callers:\n  alice: {token: a token of words}\n", "line 2: the token is missing, or holds a blank"},

		"a date of words":   {alice("expires: tomorrow"), "line 4: expires must be a date"},
		"no such day":       {alice("expires: 2026-02-30"), "line 4: expires must be a date"},
		"a year":            {alice("expires: 2026"), "line 4: expires must be a date"},
		"dates":             {alice("expires: [2026-12-31]"), "line 4: expires must be a date"},
		"no date":           {alice("expires:"), "line 4: expires has no value"},
		"an empty key":      {alice("key_file: empty"), "line 4: key_file: empty is empty"},
		"a missing key":     {alice("key_file: missing"), "line 4: key_file: open missing: no such file"},
		"a key for a path":  {alice("key_file: " + key), "line 4: key_file must be the path of a file that holds the key, not the key itself"},
		"a list of keys":    {alice("key_file: [a]"), "line 4: key_file must be the path"},
		"two kinds of keys": {alice("key_file: a\n    shared_key: true"), "line 2: key_file and shared_key contradict each other"},
		"a toggle of words": {alice("shared_key: sure"), "line 4: shared_key must be true or false"},
		"a tagged toggle":   {alice("shared_key: !!bool " + other), "line 4: shared_key must be true or false"},
		"no such tool":      {alice("tools: [chta]"), `line 4: tools names a tool that there is not; did you mean "chat"?`},
		"tools in one":      {alice("tools: chat,embed"), "line 4: tools names a tool that there is not"},
		"a map of tools":    {alice("tools: {chat: true}"), "line 4: tools must be a list of names"},
		"null tools":        {alice("tools:"), "line 4: tools has no value"},
		"a null tool":       {alice("tools: [~]"), "line 4: tools names a tool that there is not"},
		"null models":       {alice("models: ~"), "line 4: models has no value"},
		"a query":           {alice(`models: ["llama@latest"]`), "line 4: models: a pattern is matched with ids, not with queries"},
		"a blank pattern":   {alice(`models: [""]`), "line 4: models: a pattern is an id"},
		"a map of models":   {alice("models: [{a: b}]"), "line 4: models must be a list of patterns"},

		"no requests":       {alice("requests_per_minute: 0"), "line 4: requests_per_minute must be a whole number from 1 to 10000; leave it out for no limit"},
		"negative":          {alice("max_concurrent: -1"), "line 4: max_concurrent must be a whole number from 1"},
		"half a request":    {alice("requests_per_minute: 1.5"), "line 4: requests_per_minute must be"},
		"absurd":            {alice("requests_per_minute: 99999999999999999999"), "line 4: requests_per_minute must be"},
		"words":             {alice("max_concurrent: [2]"), "line 4: max_concurrent must be"},
		"not a number":      {alice("max_cost: .nan"), "line 4: max_cost must be more than 0 and at most 1000000 EUR"},
		"NaN":               {alice("max_cost: NaN"), "line 4: max_cost must be"},
		"infinite":          {alice("max_cost: Inf"), "line 4: max_cost must be"},
		"nothing":           {alice("max_cost: 0"), "line 4: max_cost must be"},
		"negative euros":    {alice("max_cost_month: -0.5"), "line 4: max_cost_month must be"},
		"too many euros":    {alice("max_cost_month: 1000001"), "line 4: max_cost_month must be"},
		"euros in a string": {alice("max_cost: 5 EUR"), "line 4: max_cost must be"},
	}
}

func TestABadFileIsAnErrorThatNamesTheLine(t *testing.T) {
	t.Parallel()
	for name, test := range bad() {
		s, err := callers.Parse([]byte(test.content), options())
		if err == nil || s != nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v", name, err)
		}
		if err != nil && shows(err.Error()) {
			t.Errorf("%s: the error shows a secret: %v", name, err)
		}
		_, _ = callers.KeyFiles([]byte(test.content))
	}
}

func shows(text string) bool {
	for _, secret := range []string{token, other, key} {
		if strings.Contains(text, secret) || strings.Contains(text, secret[:12]) {
			return true
		}
	}
	return false
}

// With OAuth a caller is known by its name, and one that has a token may use it.
func TestCallersWithoutTokens(t *testing.T) {
	t.Parallel()
	o := options()
	o.WithoutTokens = true
	s, err := callers.Parse([]byte("callers:\n  alice:\n  bob: {shared_key: true}\n  carol: {token: "+token+"}\n"), o)
	if err != nil || s.Len() != 3 {
		t.Fatal(err)
	}
	if e, ok := s.ByName("alice"); !ok || e.Token != callers.NoToken || e.UsesServerKey() {
		t.Errorf("alice is %+v", e)
	}
	if e, ok := s.ByToken(token); !ok || e.Name != "carol" {
		t.Errorf("the token is that of %+v", e)
	}
}

func TestKeyFiles(t *testing.T) {
	t.Parallel()
	files, err := callers.KeyFiles([]byte("callers:\n  a: {key_file: a.key}\n  b:\n    token: x\n    key_file: /keys/b\n  c: {key_file: }\n  d: {key_file: " + key + "}\n  e:\n"))
	if diff := cmp.Diff([]callers.KeyFile{{Path: "a.key", Line: 2}, {Path: "/keys/b", Line: 5}}, files); diff != "" || err != nil {
		t.Error(diff, err)
	}
}

func many(n int) []byte {
	var file strings.Builder
	file.WriteString("callers:\n")
	for i := range n {
		fmt.Fprintf(&file, "  caller-%d:\n    token: token-of-the-caller-%d\n    shared_key: true\n    tools: [core, batch]\n    models: [Mistral-*, gpt-oss-120b]\n    max_cost: 2.5\n", i, i)
	}
	return []byte(file.String())
}

func BenchmarkParse(b *testing.B) {
	content := many(10_000)
	for b.Loop() {
		if s, err := callers.Parse(content, options()); err != nil || s.Len() != 10_000 {
			b.Fatal(err)
		}
	}
}

func BenchmarkByToken(b *testing.B) {
	s, err := callers.Parse(many(10_000), options())
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, ok := s.ByToken("token-of-the-caller-9999"); !ok {
			b.Fatal("not found")
		}
	}
}
