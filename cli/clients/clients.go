// Package clients knows MCP clients: where each keeps its user-wide config, how a server
// is written there, and which of the entries are ours. [All] is the table, from which
// everything else is derived: [Client.Merge] and [Client.Remove] are pure, bytes in and
// bytes out; [Write] is the only function that writes.
package clients

import (
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"
)

// Env is the machine on which the clients run.
type Env struct {
	GOOS   string // linux, darwin or windows
	Home   string
	Getenv func(string) string
}

// ThisMachine returns the environment of this process.
func ThisMachine() (Env, error) {
	home, err := os.UserHomeDir()
	return Env{GOOS: runtime.GOOS, Home: home, Getenv: os.Getenv}, err
}

// Client is a row of the table: an MCP client and the form of its config.
type Client struct {
	Name  string // of the command line, such as "claude-desktop"
	Title string // for people, such as "Claude Desktop"
	Next  string // makes the client read its config, as an order: "restart Claude Desktop"

	// Limit is the client's own time limit of a call, where no key of its config raises it
	// in every version; 0 if it has none, or one that [Client.Merge] raises.
	Limit time.Duration

	// NoHTTP says why the client takes no server by URL, and what to do instead; "" if
	// it takes them.
	NoHTTP string

	format  format
	servers string              // key of the object that holds the servers
	paths   func(Env) []string  // of the config; the first is where it is created
	folder  func(Env) string    // is there where the client is; nil is that of the config
	typed   [2]string           // the field "type" of a command and of a URL; "" leaves it out
	url     string              // key of a server's URL
	oldURL  string              // another key of it, which is removed
	env     string              // key of a command's variables
	oneList bool                // the command and its arguments are one list
	refer   func(Secret) string // the client's reference to a secret; nil if it has none
	asks    bool                // for secrets, by a list of inputs
	passes  bool                // variables, by their names
	timeout string              // key of the client's time limit of a call; "" if it has none
	unit    time.Duration       // of the timeout
	usual   time.Duration       // the limit without the key, which is long enough
}

// format is that of a config.
type format int

const (
	jsonFormat format = iota // with or without comments
	tomlFormat
)

// References reports whether the client can take secrets from its environment or ask
// for them, so that no text needs to stand in its config.
func (c Client) References() bool { return c.refer != nil }

// Asks reports whether the client asks for the secret, instead of reading a variable.
func (c Client) Asks() bool { return c.asks }

// Path returns the client's user-wide config file, which may not exist yet. It is "" for
// the client print, which has none.
func (c Client) Path(env Env) string {
	if c.paths == nil {
		return ""
	}
	paths := c.paths(env)
	for _, path := range paths {
		if _, err := os.Stat(path); err == nil {
			return path
		}
	}
	return paths[0]
}

// IsHere reports whether the client seems to be installed: its config or its folder
// exists.
func (c Client) IsHere(env Env) bool {
	if c.paths == nil {
		return false
	}
	path := c.Path(env)
	folder := path[:strings.LastIndexAny(path, `/\`)]
	if c.folder != nil {
		folder = c.folder(env)
	}
	return slices.ContainsFunc([]string{path, folder}, func(path string) bool {
		_, err := os.Stat(path)
		return err == nil
	})
}

// Find returns the client of this name.
func Find(name string) (Client, bool) {
	all := All()
	i := slices.IndexFunc(all, func(c Client) bool { return c.Name == name })
	if i < 0 {
		return Client{}, false
	}
	return all[i], true
}

// Found returns the clients that seem to be installed.
func Found(env Env) []Client {
	return slices.DeleteFunc(All(), func(c Client) bool { return !c.IsHere(env) })
}

// join makes a path of the environment's system, which tests choose.
func (e Env) join(parts ...string) string {
	if e.GOOS == "windows" {
		return strings.Join(parts, `\`)
	}
	return filepath.ToSlash(filepath.Join(parts...))
}

// inHome returns a path below the home folder.
func (e Env) inHome(parts ...string) string { return e.join(append([]string{e.Home}, parts...)...) }

// inVariable returns a path below the folder that a variable names, else below the
// fallback.
func (e Env) inVariable(name, fallback string, parts ...string) string {
	folder := e.Getenv(name)
	if folder == "" {
		folder = fallback
	}
	return e.join(append([]string{folder}, parts...)...)
}

// inXDG returns a path below XDG_CONFIG_HOME, by default ~/.config.
func (e Env) inXDG(parts ...string) string {
	return e.inVariable("XDG_CONFIG_HOME", e.inHome(".config"), parts...)
}

// inApplicationData returns a path where desktop applications keep their settings.
func (e Env) inApplicationData(parts ...string) string {
	switch e.GOOS {
	case "windows":
		return e.inVariable("APPDATA", e.inHome("AppData", "Roaming"), parts...)
	case "darwin":
		return e.inHome(append([]string{"Library", "Application Support"}, parts...)...)
	default:
		return e.inXDG(parts...)
	}
}
