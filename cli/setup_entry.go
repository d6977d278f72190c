package cli

import (
	"cmp"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/cli/clients"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider"
)

// entry returns what the client's config is to say.
func (p *program) entry(s *setup, client clients.Client) (clients.Server, error) {
	server := clients.Server{Name: s.name, Timeout: p.options.Timeout}
	if s.name == "" {
		return server, usageError{errors.New("--name is blank"), "leave it out for ai-endpoints"}
	}
	if s.url != "" {
		return p.urlEntry(s, client, server)
	}
	if s.tokenEnv != "" {
		return server, usageError{errors.New("--token-env is given without --url"), "add --url, or leave it out"}
	}
	var err error
	if server.Command = s.command; server.Command == "" {
		if server.Command, err = thisProgram(); err != nil {
			return server, err
		}
	}
	if server.Args, err = p.entryArgs(); err != nil {
		return server, err
	}
	if client.Limit > 0 && p.options.origins["timeout"] == "" {
		server.Args = append(server.Args, "--timeout", shortDuration(client.Limit-5*time.Second))
	}
	return server, p.addKey(s, client, &server)
}

// addKey adds the key, but not where the entry needs none. A key that was written stays
// where nothing else can be.
func (p *program) addKey(s *setup, client clients.Client, server *clients.Server) error {
	variables := keyVariables()
	if p.options.Sandbox || p.options.APIKeyFile != "" {
		if s.withKey {
			return usageError{errors.New("--with-key is given, but the entry needs no key"), "leave it out beside --sandbox and --api-key-file"}
		}
		server.Unset = variables
		return nil
	}
	server.Secret = clients.Secret{Variable: variables[0], Title: "API key of OVHcloud AI Endpoints; blank for the free tier"}
	for _, name := range variables {
		if key := strings.TrimSpace(os.Getenv(name)); key != "" {
			server.Secret.Variable = name
			break
		}
	}
	if !s.withKey && !client.References() {
		return nil
	}
	server.Unset = slices.DeleteFunc(slices.Clone(variables), func(name string) bool { return name == server.Secret.Variable })
	if !s.withKey {
		return nil
	}
	key, err := p.options.findKey()
	if err == nil && key.text == "" {
		err = usageError{errors.New("--with-key is given, but there is no key"), "set " + variables[0] + ", or leave it out"}
	}
	server.Secret.Text = key.text
	return err
}

func (p *program) urlEntry(s *setup, client clients.Client, server clients.Server) (clients.Server, error) {
	if client.NoHTTP != "" {
		return server, usageError{fmt.Errorf("%s takes no --url", client.Title), client.NoHTTP}
	}
	for _, row := range p.rows {
		if row.name != "timeout" && p.options.origins[row.name] != "" {
			return server, usageError{fmt.Errorf("--url and --%s are both given", row.name), "give the option to the server that listens there"}
		}
	}
	u, err := url.Parse(s.url)
	if err != nil || provider.CheckURL(s.url) != nil {
		return server, usageError{errors.New("--url is not usable"), "give an http(s) URL without user and password"}
	}
	server.URL = s.url
	here := strings.EqualFold(u.Hostname(), "localhost") || net.ParseIP(u.Hostname()).IsLoopback()
	if here && s.tokenEnv == "" && !s.withKey {
		return server, nil
	}
	server.Secret = clients.Secret{Variable: cmp.Or(s.tokenEnv, "AI_ENDPOINTS_MCP_TOKEN"), Title: "token of the server at " + u.Host}
	if s.withKey {
		if server.Secret.Text = strings.TrimSpace(os.Getenv(server.Secret.Variable)); server.Secret.Text == "" {
			err := fmt.Errorf("--with-key is given, but %s is not set", server.Secret.Variable)
			return server, usageError{err, "set it, or leave --with-key out"}
		}
	}
	return server, nil
}

// entryArgs returns the flags that were given, as those of the entry. Paths become
// absolute: a client starts the program in a folder of its own.
func (p *program) entryArgs() ([]string, error) {
	if err := p.options.checkSandbox(); err != nil {
		return nil, err
	}
	var args []string
	for _, row := range p.rows {
		switch {
		case p.options.origins[row.name] == "" || row.value.current == row.value.shown:
		case row.name == "header", row.name == "redis-url": // a value may be a secret
			return nil, usageError{fmt.Errorf("--%s is not written into the config of a client", row.name),
				fmt.Sprintf("put it into a config file as %s, and give that by --config", row.name)}
		case row.value.kind == "bool":
			if on, _ := strconv.ParseBool(row.value.current); on {
				args = append(args, "--"+row.name)
			}
		default:
			texts := row.value.texts
			if !row.value.isList {
				texts = texts[len(texts)-1:]
			}
			for _, text := range texts {
				if row.value.isPath {
					var err error
					if text, err = filepath.Abs(text); err != nil {
						return nil, err
					}
				}
				args = append(args, "--"+row.name, text)
			}
		}
	}
	return args, nil
}

// thisProgram returns the absolute path by which this program was started. Links stay as
// they are: those of a package manager outlive its folders.
func thisProgram() (string, error) {
	file, err := os.Executable()
	if err != nil {
		return "", err
	}
	if typed, err := exec.LookPath(os.Args[0]); err == nil && isSameFile(typed, file) {
		if file, err = filepath.Abs(typed); err != nil {
			return "", err
		}
	}
	if strings.Contains(filepath.ToSlash(file), "/go-build") {
		return "", usageError{fmt.Errorf("this program is %s, which go run deletes", file), "install it, then run setup"}
	}
	return file, nil
}

func isSameFile(a, b string) bool {
	infoA, errA := os.Stat(a)
	infoB, errB := os.Stat(b)
	return errA == nil && errB == nil && os.SameFile(infoA, infoB)
}

// notes says what the user should know of an entry.
func (s *setup) notes(e edit) []string {
	var notes []string
	for _, entry := range e.found {
		switch {
		case entry.Name != s.name:
			notes = append(notes, fmt.Sprintf("%q is an entry of this program too", entry.Name))
		case isRelative(entry.Command):
			notes = append(notes, fmt.Sprintf("the entry started %q, a relative path, which works in one folder only", entry.Command))
		}
	}
	if s.remove {
		return notes
	}
	if !e.isHere {
		notes = append(notes, e.client.Title+" was not found here; its config is created all the same")
	}
	title, secret := e.client.Title, e.server.Secret
	switch {
	case secret.Variable == "":
	case secret.Text != "":
		notes = append(notes, "the config holds the text of "+secret.Variable+": do not share it")
	case !e.client.References() && s.holdsKey(e.found):
		notes = append(notes, "the entry keeps the key that was written")
	case !e.client.References():
		notes = append(notes, fmt.Sprintf("%s cannot refer to a variable, so the entry has no %s: --with-key writes it%s",
			title, secretKind(e.server), orKeyFile(e.server)))
	case e.client.Asks():
		notes = append(notes, fmt.Sprintf("%s asks for the %s when it starts the server, and keeps it", title, secretKind(e.server)))
	case os.Getenv(secret.Variable) == "":
		notes = append(notes, fmt.Sprintf("the %s is taken from %s, which is not set here: set it where %s runs",
			secretKind(e.server), secret.Variable, title))
	}
	return notes
}

// holdsKey reports whether the entry holds a key as text.
func (s *setup) holdsKey(found []clients.Entry) bool {
	return slices.ContainsFunc(found, func(e clients.Entry) bool {
		return e.Name == s.name && slices.ContainsFunc(keyVariables(), func(name string) bool { return slices.Contains(e.Texts, name) })
	})
}

func secretKind(server clients.Server) string {
	if server.URL != "" {
		return "token"
	}
	return "key"
}

func orKeyFile(server clients.Server) string {
	if server.URL != "" {
		return ""
	}
	return ", --api-key-file names a file; without one the free tier answers"
}

// withoutSecrets masks a secret, and texts under a name that is usually one's: a diff
// shows lines of other entries too.
func withoutSecrets(text, secret string) string {
	if secret != "" {
		text = strings.ReplaceAll(text, secret, "…")
	}
	text = regexp.MustCompile(`Bearer [^"'$\s{][^"'\s]*`).ReplaceAllString(text, "Bearer …")
	named := regexp.MustCompile(`(?i)("?[\w.-]*(?:key|token|secret|password|authorization)[\w.-]*"?\s*[:=]\s*)"((?:[^"\\]|\\.)*)"`)
	return named.ReplaceAllStringFunc(text, func(match string) string {
		parts := named.FindStringSubmatch(match)
		if clients.IsReference(strings.TrimPrefix(parts[2], "Bearer ")) || strings.Contains(parts[1], "env_var") {
			return match
		}
		return parts[1] + `"…"`
	})
}
