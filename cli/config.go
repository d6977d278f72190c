package cli

import (
	"fmt"
	"os"
	"strconv"

	"go.yaml.in/yaml/v3"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/server/yamlfile"
)

// configFile is what a config file says. Its keys are the options' names, and models
// and defaults, which no flag has.
type configFile struct {
	path     string // "" where there is no place for one
	found    bool
	options  map[string]configValue
	models   map[string]provider.NamedModel
	defaults provider.Defaults
	refs     []modelRef // in the order of the file
}

// configValue is the value of an option.
type configValue struct {
	texts []string // one, or those of a list
	line  int
}

// readConfig reads the file at path. Every mistake names its line.
func readConfig(path string) (*configFile, error) {
	f := &configFile{path: path, options: map[string]configValue{}, models: map[string]provider.NamedModel{}}
	content, err := os.ReadFile(path)
	if err != nil {
		return f, f.wrong(unreadable(path, err))
	}
	f.found = true
	if err := f.parse(content); err != nil {
		return f, f.wrong(err)
	}
	return f, nil
}

func (f *configFile) parse(content []byte) error {
	root, err := yamlfile.Parse(content)
	switch {
	case err != nil || root == nil:
		return err
	case root.Kind == yaml.ScalarNode: // not shown: the file may be that of a key
		return yamlfile.Errorf(root.Line, "the file is one text; give keys with values, such as log-level: warn")
	}
	if err := f.readRoot(root); err != nil {
		return err
	}
	return f.checkModels()
}

func (f *configFile) readRoot(root *yaml.Node) error {
	fields := map[string]func(*yaml.Node) error{
		"models": f.readModels,
		"defaults": func(node *yaml.Node) error {
			d := &f.defaults
			return readMapping(node, "defaults", "chat: gpt-oss-120b", map[string]func(*yaml.Node) error{
				"chat": f.model("defaults.chat", "", &d.Chat), "vision": f.model("defaults.vision", "", &d.Vision),
				"extract": f.model("defaults.extract", "", &d.Extract), "embed": f.model("defaults.embed", "", &d.Embed),
				"speech": f.model("defaults.speech", "", &d.Speech),
			})
		},
	}
	for _, o := range (&options{}).table() {
		if o.name == "config" || o.name == "sandbox" { // neither belongs to what a file sets up
			continue
		}
		fields[o.name] = func(node *yaml.Node) error {
			texts, ok := yamlfile.Texts(node)
			if !ok && o.value.isList && node.Kind == yaml.SequenceNode {
				return yamlfile.Errorf(node.Line, "%s holds more than texts; give a list of texts", o.name)
			}
			if !ok || len(texts) != 1 && !o.value.isList {
				return yamlfile.Errorf(node.Line, "%s is %s; give %s", o.name, yamlfile.KindOf(node), wanted(o.value))
			}
			f.options[o.name] = configValue{texts, node.Line}
			return nil
		}
	}
	return readMapping(root, "the file", "log-level: warn", fields)
}

func wanted(v *value) string {
	if v.isList {
		return "a text or a list of texts"
	}
	return "one value"
}

func (f *configFile) readModels(node *yaml.Node) error {
	const form = "coder: {model: gpt-oss-120b, temperature: 0.2}"
	entries, err := yamlfile.Entries(node, "models", form)
	if err != nil {
		return err
	}
	for _, e := range entries {
		var m provider.NamedModel
		key := "models." + e.Key.Value
		err := readMapping(e.Value, key, "model: gpt-oss-120b", map[string]func(*yaml.Node) error{
			"model": f.model(key+".model", e.Key.Value, &m.Model),
			"temperature": func(n *yaml.Node) error {
				if n.Decode(&m.Temperature) != nil || m.Temperature == nil || !(*m.Temperature >= 0 && *m.Temperature <= 2) { // NaN is neither
					return yamlfile.Errorf(n.Line, "%s.temperature is %s; 0 to 2 is allowed", key, yamlfile.KindOf(n))
				}
				return nil
			},
			"max_tokens": func(n *yaml.Node) error {
				tokens, err := strconv.Atoi(n.Value) // YAML would cut 1.5 to 1
				if err != nil || tokens < 1 {
					return yamlfile.Errorf(n.Line, "%s.max_tokens is %s; at least 1 is allowed", key, yamlfile.KindOf(n))
				}
				m.MaxTokens = &tokens
				return nil
			},
			"fallback": func(n *yaml.Node) (err error) {
				var ok bool
				if m.Fallback, ok = yamlfile.Texts(n); !ok {
					return yamlfile.Errorf(n.Line, "%s.fallback is %s; give a list of models", key, yamlfile.KindOf(n))
				}
				for i, name := range m.Fallback {
					f.refs = append(f.refs, modelRef{fmt.Sprintf("%s.fallback[%d]", key, i), name, e.Key.Value, n.Line})
				}
				return nil
			},
		})
		switch {
		case err != nil:
			return err
		case m.Model == "":
			return yamlfile.Errorf(e.Key.Line, "%s.model is missing", key)
		}
		f.models[e.Key.Value] = m
	}
	return nil
}

// shown is the file's path, for the log.
func (f *configFile) shown() string {
	if !f.found {
		return "none"
	}
	return f.path
}

// modelRef is a place of the file that names a model.
type modelRef struct {
	at, model string
	of        string // the named model that it belongs to; "" for a default
	line      int
}

// checkModels refuses names that cannot be a model's.
func (f *configFile) checkModels() error {
	for _, ref := range f.refs {
		_, named := f.models[ref.model]
		switch {
		// A name may be its own model's id, to give that id settings.
		case named && ref.of != "" && ref.model != ref.of:
			return yamlfile.Errorf(ref.line, "%s: %q is a named model itself; give an id, an alias or a query", ref.at, ref.model)
		case named:
		default:
			if err := provider.CheckModelName(ref.model); err != nil {
				return yamlfile.Errorf(ref.line, "%s: %v", ref.at, err)
			}
		}
	}
	return nil
}
