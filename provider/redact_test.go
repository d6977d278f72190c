package provider

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

const longKey = "sk-ovh7Kd92mQxW4tLz8VbN3cRf6HyJpU-endpoint-gT5sE1aD0yz"

// redacting is a client with a key, a header and a query that are secrets.
func redacting(key string) *client {
	base, _ := url.Parse("https://gateway.example.com/v1?code=Q7w9Zk2LpX4vTn8s")
	c := &client{key: key, baseURL: base}
	c.secrets = c.secretsOf(http.Header{"X-Team": {"research of languages"}, "X-Gateway": {"Token gw_5f2A91cc07D3b8e64410"}})
	c.keys = c.keysOf(c.secrets)
	return c
}

// Services name a key by a part of it.
func TestPartsOfAKeyAreRemoved(t *testing.T) {
	c := redacting(longKey)
	for name, test := range map[string]struct{ text, want string }{
		"whole":                    {"the key " + longKey + " is wrong", "the key [key] is wrong"},
		"whole, escaped":           {"?key=" + url.QueryEscape(longKey), "?key=[key]"},
		"the start":                {"key sk-ovh7Kd9 is wrong", "key [key] is wrong"},
		"six of the start":         {"key 'sk-ovh7' is wrong", "key 'sk-ovh7' is wrong"},
		"more of the start":        {"key 'sk-ovh7K' is wrong", "key '[key]' is wrong"},
		"the end":                  {"the key that ends in sE1aD0yz is wrong", "the key that ends in [key] is wrong"},
		"six of the end":           {"the key that ends in 1aD0yz.", "the key that ends in [key]."},
		"seven of the end":         {"the key that ends in E1aD0yz.", "the key that ends in [key]."},
		"a part":                   {"unknown: mQxW4tLz8Vb", "unknown: [key]"},
		"two parts":                {"sk-ovh7Kd9 or 3cRf6HyJp", "[key] or [key]"},
		"a part within a word":     {"aamQxW4tLz8Vbaa", "aa[key]aa"},
		"masked by stars":          {"Incorrect API key provided: sk-ov**********************0yz. Find it", "Incorrect API key provided: [key]. Find it"},
		"masked, little of it":     {"key sk-…yz is wrong", "key [key] is wrong"},
		"masked by dots":           {"(sk-ovh...D0yz)", "([key])"},
		"masked by bullets":        {"sk-o••••••••yz", "[key]"},
		"masked by x":              {"sk-ovXXXXXXXXXXXX0yz", "[key]"},
		"the start, masked":        {"sk-ov********", "[key]"},
		"the end, masked":          {"*****D0yz", "[key]"},
		"much of it, masked":       {"sk-ovh7Kd92mQ***", "[key]"},
		"after quotes":             {`"sk-ov…yz"`, `"[key]"`},
		"a header":                 {"bad gw_5f2A91cc07", "bad [key]"},
		"a header, masked":         {"bad gw_5f***4410", "bad [key]"},
		"a query":                  {"code Q7w9Zk2L is unknown", "code [key] is unknown"},
		"at the start of the text": {"1aD0yz", "[key]"},
	} {
		if got := c.redact(test.text); got != test.want {
			t.Errorf("%s: %q becomes %q, want %q", name, test.text, got, test.want)
		}
	}
	for from := range longKey {
		for to := from + minPart; to < len(longKey); to++ {
			part := longKey[from:to]
			if got := c.redact("<" + part + ">"); got != "<[key]>" && !isWords(part) {
				t.Errorf("%q becomes %q", part, got)
			}
		}
	}
}

func TestPlainWordsAreNotTakenForAKey(t *testing.T) {
	words := "The model gpt-oss-120b was not found... wait… **bold** and ***more***, xxxx: no such endpoint. " +
		"Keys begin with sk- and are made in the Control Panel; task-over the endpoint- or team of 1a or yz. " +
		"Rate limit of 400 requests/min reached for Meta-Llama-3_3-70B-Instruct #### sk... 2026-01-02T03:04:05Z"
	for _, key := range []string{longKey, "my-secret-endpoint-password-1a2b", "abcdefghijklmnop", "a", ""} {
		if got := redacting(key).redact(words); key != "a" && got != words {
			t.Errorf("%s: %q", key, got)
		}
	}
}

func FuzzRedact(f *testing.F) {
	for _, seed := range []string{"", longKey, "sk-…yz", "***D0yz", "sk-ovh7Kd9", "é…\xff sk-ov***"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		c := redacting(longKey)
		got := c.redact(text)
		if strings.Contains(got, longKey) {
			t.Errorf("%q becomes %q", text, got)
		}
		if !strings.Contains(got, redacted) && got != text {
			t.Errorf("%q becomes %q without a mark", text, got)
		}
	})
}
