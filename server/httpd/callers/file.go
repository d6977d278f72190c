package callers

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/caller"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/server/yamlfile"
)

// MaxFile is the largest file of callers that is read, in bytes.
const MaxFile = 8 << 20

// form shows what a file of callers looks like.
const form = "callers: {alice: {token: sha256:HEX, shared_key: true}}"

var errNobody = errors.New("it holds no caller; write " + form)

// Options says how to read a file of callers.
type Options struct {
	ReadKey       func(path string) (key string, err error) // of a key_file, as the file writes the path
	Tools         []string                                  // that there are, the core first
	WithoutTokens bool                                      // callers may be known by something else than a token
}

// Parse reads a file of callers:
//
//	callers:
//	  alice:
//	    token: sha256:HEX       # or the token itself
//	    expires: 2026-12-31     # the last day, UTC
//	    key_file: alice.key     # her own key of AI Endpoints, or shared_key: true for the server's
//	    tools: [core, embed]
//	    models: [Mistral-*]
//	    requests_per_minute: 60
//	    max_concurrent: 4
//	    max_cost: 2.5           # EUR a day
//	    max_cost_month: 40
//
// An error names the line. A mistake is never read as a permission: a key without a value
// is an error too.
func Parse(content []byte, o Options) (*Set, error) {
	entries, err := entriesOf(content)
	if err != nil {
		return nil, err
	}
	s := newSet()
	for _, e := range entries {
		if err := s.addCaller(e, o); err != nil {
			return nil, err
		}
	}
	if err := s.checkHashes(); err != nil {
		return nil, err
	}
	return s, nil
}

// KeyFile is a key_file of a file of callers.
type KeyFile struct {
	Path string
	Line int
}

// KeyFiles returns the key files that a file of callers names.
func KeyFiles(content []byte) ([]KeyFile, error) {
	entries, err := entriesOf(content)
	if err != nil {
		return nil, err
	}
	var files []KeyFile
	for _, e := range entries {
		for i := 0; i+1 < len(e.Value.Content); i += 2 {
			if value := e.Value.Content[i+1]; e.Value.Content[i].Value == "key_file" && isKeyPath(value) && !yamlfile.IsNull(value) {
				files = append(files, KeyFile{value.Value, value.Line})
			}
		}
	}
	return files, nil
}

// entriesOf returns a file's callers, which are mappings or null.
func entriesOf(content []byte) ([]yamlfile.Entry, error) {
	if len(content) > MaxFile {
		return nil, fmt.Errorf("it is over %d MiB", MaxFile>>20)
	}
	root, err := yamlfile.Parse(content)
	switch {
	case err != nil:
		return nil, err
	case root == nil:
		return nil, errNobody
	}
	if err := refuseAliases(root); err != nil {
		return nil, err
	}
	top, err := mapping(root, "the file", form)
	if err != nil {
		return nil, err
	}
	var callers []yamlfile.Entry
	for _, e := range top {
		if e.Key.Value != "callers" {
			return nil, yamlfile.UnknownKey(e.Key, []string{"callers"})
		}
		if callers, err = mapping(e.Value, "callers", form); err != nil {
			return nil, err
		}
	}
	if len(callers) == 0 {
		return nil, errNobody
	}
	for _, e := range callers {
		if e.Value.Kind != yaml.MappingNode && !yamlfile.IsNull(e.Value) {
			return nil, yamlfile.Errorf(e.Value.Line, "a caller has keys with values, such as %s", form)
		}
	}
	return callers, nil
}

// mapping returns the entries of a mapping. Its error does not show another value, which
// may be a token.
func mapping(node *yaml.Node, what, form string) ([]yamlfile.Entry, error) {
	if node.Kind != yaml.MappingNode && !yamlfile.IsNull(node) {
		return nil, yamlfile.Errorf(node.Line, "%s must hold keys with values, such as %s", what, form)
	}
	return yamlfile.Entries(node, what, form)
}

// refuseAliases keeps the work linear: a short file of aliases can stand for one without
// end.
func refuseAliases(node *yaml.Node) error {
	if node.Kind == yaml.AliasNode {
		return yamlfile.Errorf(node.Line, "a value that begins with * refers to another, which is not allowed here; write it out")
	}
	for _, child := range node.Content {
		if err := refuseAliases(child); err != nil {
			return err
		}
	}
	return nil
}

func (s *Set) addCaller(e yamlfile.Entry, o Options) error {
	if !isName(e.Key) {
		return yamlfile.Errorf(e.Key.Line, "the name of a caller has 1 to %d printable ASCII characters without blanks and quotes", maxName)
	}
	r := reader{options: o, entry: &Entry{Caller: &caller.Caller{Name: e.Key.Value}, Token: NoToken, Line: e.Key.Line}}
	fields := r.fields()
	entries, err := mapping(e.Value, "a caller", form)
	if err != nil {
		return err
	}
	for _, field := range entries {
		read, known := fields[field.Key.Value]
		switch {
		case !known:
			return yamlfile.UnknownKey(field.Key, slices.Sorted(maps.Keys(fields)))
		case yamlfile.IsNull(field.Value):
			return yamlfile.Errorf(field.Key.Line, "%s has no value; leave the key out if it has none", field.Key.Value)
		}
		if err := read(field.Value); err != nil {
			return yamlfile.Errorf(field.Value.Line, "%v", err)
		}
	}
	if err := r.check(); err != nil {
		return yamlfile.Errorf(e.Key.Line, "%v", err)
	}
	return s.add(r.entry, r.token)
}

// maxName is in characters; the names of OAuth are longer than those of people.
const maxName = 128

func isName(key *yaml.Node) bool {
	name := key.Value
	return name != "" && len(name) <= maxName && key.Tag != "!!merge" &&
		!strings.ContainsFunc(name, func(r rune) bool { return r <= ' ' || r > '~' || strings.ContainsRune("\"'`", r) })
}
