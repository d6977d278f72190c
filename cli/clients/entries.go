package clients

import (
	"errors"
	"io/fs"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"

	"github.com/tailscale/hujson"
)

// Entry is a server of a client's config that is ours: it has our name or starts our
// program.
type Entry struct {
	Client  string // the client's name
	Path    string // of the config
	Name    string // of the entry
	Command string // "" for a URL
	Args    []string
	URL     string
	Env     []string // names of the variables that the entry sets or passes on, sorted
	Texts   []string // those of Env that hold a text instead of a reference, sorted
	Err     error    // why the config cannot be read; then the rest but Client and Path is empty
}

// Entries returns the entries of ours in the configs of all clients, in the order of
// [All], then of their names; a config that cannot be read is one with Err.
func Entries(env Env) []Entry {
	var all []Entry
	for _, c := range All() {
		path := c.Path(env)
		if path == "" {
			continue
		}
		config, err := os.ReadFile(path)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		var found []Entry
		if err == nil {
			found, err = c.Read(config)
		}
		if err != nil {
			found = []Entry{{Err: err}}
		}
		for _, e := range found {
			e.Client, e.Path = c.Name, path
			all = append(all, e)
		}
	}
	return all
}

// Read returns the entries of ours in a config, in the order of their names. The error is
// a [*ConfigError].
func (c Client) Read(config []byte) ([]Entry, error) {
	text := []byte(strings.TrimPrefix(string(config), byteOrderMark))
	servers, err := c.readServers(text)
	if err != nil {
		return nil, err
	}
	var found []Entry
	for _, s := range servers {
		if e := c.entry(s); e.isOurs() {
			found = append(found, e)
		}
	}
	slices.SortStableFunc(found, func(a, b Entry) int { return strings.Compare(a.Name, b.Name) })
	return found, nil
}

// readServers returns all servers of a config. A name may be there twice.
func (c Client) readServers(text []byte) ([]member, error) {
	var all []member
	if c.format == tomlFormat {
		config, err := parseTOML(text)
		if err != nil {
			return nil, err
		}
		servers, _ := config.values[c.servers].(map[string]any)
		for _, name := range slices.Sorted(maps.Keys(servers)) {
			all = append(all, member{name, servers[name]})
		}
		return all, nil
	}
	config, err := parseJSON(text)
	if err != nil {
		return nil, err
	}
	value, err := config.value(c.servers)
	if value == nil || err != nil {
		return nil, err
	}
	servers, ok := value.Value.(*hujson.Object)
	if !ok {
		return nil, config.errorAt(*value, "%s is %s; an object is needed", c.servers, kindOf(*value))
	}
	for _, m := range servers.Members {
		all = append(all, member{textOf(m.Name), decode(m.Value)})
	}
	return all, nil
}

func (c Client) entry(s member) Entry {
	e := Entry{Client: c.Name, Name: s.key}
	fields, _ := s.value.(map[string]any)
	if c.oneList {
		if command := textsOf(fields["command"]); len(command) > 0 {
			e.Command, e.Args = command[0], command[1:]
		}
	} else {
		e.Command, _ = fields["command"].(string)
		e.Args = textsOf(fields["args"])
	}
	for _, key := range []string{c.url, "httpUrl", "url"} {
		if url, ok := fields[key].(string); ok && e.URL == "" {
			e.URL = url
		}
	}
	variables, _ := fields[c.env].(map[string]any)
	for _, name := range slices.Sorted(maps.Keys(variables)) {
		e.Env = append(e.Env, name)
		if text, _ := variables[name].(string); text != "" && !IsReference(text) {
			e.Texts = append(e.Texts, name)
		}
	}
	if passed := textsOf(fields["env_vars"]); c.format == tomlFormat && len(passed) > 0 {
		e.Env = append(e.Env, passed...)
		slices.Sort(e.Env)
		e.Env = slices.Compact(e.Env)
	}
	return e
}

// IsReference reports whether a text stands for the value of a variable or an input, in
// the form of one of the clients.
func IsReference(text string) bool {
	return regexp.MustCompile(`^(\$\{.+\}|\$[A-Za-z_][A-Za-z0-9_]*|\{env:.+\})$`).MatchString(text)
}

func textsOf(value any) []string {
	list, _ := value.([]any)
	var texts []string
	for _, element := range list {
		if text, ok := element.(string); ok {
			texts = append(texts, text)
		}
	}
	return texts
}

// isOurs knows an entry by its name or by the program that it starts, also in a
// container.
func (e Entry) isOurs() bool {
	if strings.HasPrefix(strings.ReplaceAll(e.Name, "_", "-"), "ai-endpoints") {
		return true
	}
	switch program := programOf(e.Command); program {
	case "ai-endpoints-mcp":
		return true
	case "docker", "podman", "nerdctl", "env", "go":
		return slices.ContainsFunc(e.Args, func(arg string) bool { return programOf(arg) == "ai-endpoints-mcp" })
	default:
		return false
	}
}

// programOf returns the last part of a path or image, without extension, tag and version.
func programOf(path string) string {
	name := path[strings.LastIndexAny(path, `/\`)+1:]
	if i := strings.IndexAny(name, ":@"); i >= 0 {
		name = name[:i]
	}
	return strings.TrimSuffix(strings.ToLower(name), ".exe")
}

// Variable is what an entry sets a variable to.
type Variable struct {
	Text  string // as it stands there; it may be a secret
	From  string // the variable of the client's own environment whose value it gets
	Asked bool   // the client asks for the value
}

// Variables returns the variables of an entry by their names.
func (c Client) Variables(config []byte, entry string) (map[string]Variable, error) {
	servers, err := c.readServers([]byte(strings.TrimPrefix(string(config), byteOrderMark)))
	if err != nil {
		return nil, err
	}
	found := map[string]Variable{}
	for _, s := range servers {
		if s.key != entry {
			continue
		}
		fields, _ := s.value.(map[string]any)
		if c.passes {
			for _, name := range textsOf(fields["env_vars"]) {
				found[name] = Variable{From: name}
			}
		}
		values, _ := fields[c.env].(map[string]any)
		for name, value := range values {
			text, _ := value.(string)
			found[name] = c.variable(text)
		}
	}
	return found, nil
}

// variable reads the value of a variable. A client without references of its own starts
// the command with those of others as they are.
func (c Client) variable(text string) Variable {
	if c.refer == nil || c.passes || !IsReference(text) {
		return Variable{Text: text}
	}
	name := regexp.MustCompile(`^(?:\$\{(?:env:)?|\{env:|\$)([A-Za-z_]\w*)(?::-.*)?\}?$`).FindStringSubmatch(text)
	if name == nil {
		return Variable{Asked: true}
	}
	return Variable{From: name[1]}
}

// IsDesktop reports whether the client is an application with windows, which starts
// commands with a PATH of its own.
func (c Client) IsDesktop() bool {
	return slices.ContainsFunc(desktopClients(), func(desktop Client) bool { return desktop.Name == c.Name })
}
