package clients

import (
	"fmt"
	"strings"
	"time"
)

// Server is what an entry of a client's config says: a command to start, or a URL.
type Server struct {
	Name    string // of the entry
	Command string // absolute path
	Args    []string
	URL     string // instead of the command

	// Secret is the API key of a command or the token of a URL; without a variable the
	// entry has none.
	Secret Secret
	// Unset are variables that the entry must not set: those of an earlier setup.
	Unset []string
	// Timeout is the server's deadline of a call, above which a client's limit is raised;
	// 0 leaves the limit as it is.
	Timeout time.Duration
}

// Secret is a key or token.
type Secret struct {
	Variable string // that holds it
	Text     string // the secret itself, to be written; "" writes the client's reference to the variable
	Title    string // for people, when a client asks for it
}

// change sets a value of a config, or removes it.
type change struct {
	path  []string
	value any // string, int, bool, []string, object, element, names or atLeast; nil removes
}

// object is a JSON object or TOML table, in order.
type object []member

type member struct {
	key   string
	value any
}

// element is an object that a list must hold, known by the text of its field id.
type element struct {
	id     string
	fields object
}

// names are a list of texts with one more, and without some.
type names struct {
	with    string // "" adds none
	without []string
}

// atLeast is a number that must not be less.
type atLeast int

// headroom is what a client waits longer than the server's deadline, so that the answer
// so far still arrives.
const headroom = 30 * time.Second

// changes returns what the entry of a server needs. A client's other settings of the
// entry stay.
func (c Client) changes(s Server) []change {
	at := func(keys ...string) []string { return append([]string{c.servers, s.Name}, keys...) }
	var list []change
	set := func(value any, keys ...string) { list = append(list, change{at(keys...), value}) }
	text := c.secretText(s.Secret)
	if s.URL == "" {
		c.setType(set, c.typed[0])
		if c.oneList {
			set(append([]string{s.Command}, s.Args...), "command")
		} else {
			set(s.Command, "command")
			set(append([]string{}, s.Args...), "args")
		}
		if text != "" {
			set(text, c.env, s.Secret.Variable)
		}
		for _, name := range s.Unset {
			set(nil, c.env, name)
		}
		if c.url != "" {
			set(nil, c.url)
			set(nil, c.headersKey())
		}
	} else {
		c.setType(set, c.typed[1])
		set(s.URL, c.url)
		if text != "" {
			set("Bearer "+text, c.headersKey(), "Authorization")
		}
		for _, key := range []string{"command", "args", "cwd", c.env} {
			set(nil, key)
		}
	}
	if c.oldURL != "" {
		set(nil, c.oldURL)
	}
	if wait := s.Timeout + headroom; c.timeout != "" && s.Timeout > 0 && wait > c.usual {
		set(atLeast(wait/c.unit), c.timeout)
	}
	switch {
	case c.passes:
		passVariable(s, set)
	case c.asks && text != "" && s.Secret.Text == "":
		list = append(list, change{[]string{"inputs"}, question(s.Secret)})
	}
	return list
}

func (c Client) setType(set func(any, ...string), kind string) {
	switch {
	case kind != "":
		set(kind, "type")
	case c.typed != [2]string{}:
		set(nil, "type")
	}
}

func (c Client) headersKey() string {
	if c.format == tomlFormat {
		return "http_headers"
	}
	return "headers"
}

// secretText returns what the config holds for a secret; "" is nothing.
func (c Client) secretText(s Secret) string {
	switch {
	case s.Variable == "":
		return ""
	case s.Text != "":
		return s.Text
	case c.refer != nil:
		return c.refer(s)
	default:
		return ""
	}
}

// passVariable has Codex pass a variable on, or take the token from it: it expands no
// references, and refuses fields of a command beside a URL.
func passVariable(s Server, set func(any, ...string)) {
	secret := s.Secret
	if s.URL != "" {
		set(nil, "env_vars")
		if secret.Variable != "" && secret.Text == "" {
			set(secret.Variable, "bearer_token_env_var")
			return
		}
	} else {
		passed := names{with: secret.Variable, without: s.Unset}
		if secret.Text != "" {
			passed = names{without: append(passed.without, secret.Variable)}
		}
		set(passed, "env_vars")
	}
	set(nil, "bearer_token_env_var")
}

// questionPrefix begins the ids of our questions.
const questionPrefix = "ai-endpoints-"

// inputID names a question of VS Code.
func inputID(s Secret) string {
	return questionPrefix + strings.ToLower(strings.ReplaceAll(s.Variable, "_", "-"))
}

// question has VS Code ask for the secret once, and keep it in its own store.
func question(s Secret) element {
	id := inputID(s)
	return element{id, object{{"type", "promptString"}, {"id", id}, {"description", s.Title}, {"password", true}}}
}

// ConfigError is a config that cannot be changed as it is.
type ConfigError struct {
	Line, Column int // from 1; 0 is not known
	Problem      string
}

// Error returns the place and the problem.
func (e *ConfigError) Error() string {
	if e.Line == 0 {
		return e.Problem
	}
	return fmt.Sprintf("line %d, column %d: %s", e.Line, e.Column, e.Problem)
}
