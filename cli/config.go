package cli

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider"
)

// config is the config file. Its keys are the flags' names, and models and
// defaults, which no flag has.
type config struct {
	BaseURL     string   `yaml:"base-url"`
	CatalogURL  string   `yaml:"catalog-url"`
	APIKeyFile  string   `yaml:"api-key-file"`
	CacheDir    string   `yaml:"cache-dir"`
	AllowDirs   []string `yaml:"allow-dir"`
	ImageHosts  []string `yaml:"allow-image-host"`
	ImageHTTP   bool     `yaml:"allow-image-http"`
	Tools       []string `yaml:"tools"`
	Timeout     string   `yaml:"timeout"`
	MaxWait     string   `yaml:"max-wait"`
	RateLimit   string   `yaml:"rate-limit"`
	IdleTimeout string   `yaml:"idle-timeout"`
	MaxInFlight string   `yaml:"max-in-flight"`
	MaxCost     string   `yaml:"max-cost"`
	CatalogTTL  string   `yaml:"catalog-ttl"`
	LogLevel    string   `yaml:"log-level"`
	LogFormat   string   `yaml:"log-format"`

	Listen         string   `yaml:"listen"`
	Path           string   `yaml:"path"`
	AllowHosts     []string `yaml:"allow-host"`
	AllowOrigins   []string `yaml:"allow-origin"`
	TLSCert        string   `yaml:"tls-cert"`
	TLSKey         string   `yaml:"tls-key"`
	AuthTokenFile  string   `yaml:"auth-token-file"`
	InsecureNoAuth bool     `yaml:"insecure-no-auth"`
	TokenRate      string   `yaml:"token-rate"`
	MaxConcurrent  string   `yaml:"max-concurrent"`
	DrainTimeout   string   `yaml:"drain-timeout"`
	MetricsAddr    string   `yaml:"metrics-addr"`

	Models   map[string]modelConfig `yaml:"models"`
	Defaults defaultsConfig         `yaml:"defaults"`

	path string // of the file, which may be missing; "" if no place is known
}

// modelConfig is a named model.
type modelConfig struct {
	Model       string   `yaml:"model"`
	Temperature *float64 `yaml:"temperature"`
	MaxTokens   *int     `yaml:"max_tokens"`
	Fallback    []string `yaml:"fallback"`
}

// defaultsConfig names the models of calls that name none.
type defaultsConfig struct {
	Chat    string `yaml:"chat"`
	Vision  string `yaml:"vision"`
	Extract string `yaml:"extract"` // of structured-extract
	Embed   string `yaml:"embed"`
}

// readConfig reads the file at path into c. An unknown key is an error, since a
// misspelt one would silently do nothing.
func readConfig(path string, c *config) error {
	content, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	decoder := yaml.NewDecoder(bytes.NewReader(content))
	decoder.KnownFields(true)
	if err := decoder.Decode(c); err != nil && !errors.Is(err, io.EOF) {
		return plainYAML(err)
	}
	if err := decoder.Decode(new(yaml.Node)); !errors.Is(err, io.EOF) {
		return errors.New("it holds a second document; only one is read")
	}
	return c.check()
}

// plainYAML rewrites the decoder's errors, which name Go types.
func plainYAML(err error) error {
	types, ok := errors.AsType[*yaml.TypeError](err)
	if !ok {
		return err
	}
	rewrites := []struct{ pattern, text string }{
		{`(?s)^(line \d+): field (.*) not found in type .*`, "$1: unknown key $2"},
		{`(?s)^(line \d+): field (.*) already set in type .*`, "$1: the key $2 is set twice"},
		{`(?s)^(line \d+): cannot unmarshal (\S+).* into .*`, "$1: unexpected value of type $2"},
	}
	var messages []string
	for _, message := range types.Errors {
		for _, r := range rewrites {
			message = regexp.MustCompile(r.pattern).ReplaceAllString(message, r.text)
		}
		messages = append(messages, message)
	}
	return errors.New(strings.Join(messages, "; "))
}

// check refuses values that cannot be used. Each error names its key.
func (c *config) check() error {
	if err := c.checkModels(); err != nil {
		return err
	}
	for _, duration := range [][2]string{
		{"timeout", c.Timeout}, {"max-wait", c.MaxWait}, {"idle-timeout", c.IdleTimeout},
		{"catalog-ttl", c.CatalogTTL}, {"drain-timeout", c.DrainTimeout},
	} {
		key, text := duration[0], duration[1]
		if _, err := time.ParseDuration(text); text != "" && err != nil {
			return fmt.Errorf("%s is %q; give a duration such as 90s or 5m", key, text)
		}
	}
	return c.Defaults.check(c.Models)
}

func (c *config) checkModels() error {
	for _, name := range slices.Sorted(maps.Keys(c.Models)) {
		key, m := "models."+name, c.Models[name]
		switch {
		case m.Model == "":
			return fmt.Errorf("%s.model is missing", key)
		case m.Temperature != nil && !(*m.Temperature >= 0 && *m.Temperature <= 2): // NaN is neither
			return fmt.Errorf("%s.temperature is %v; 0 to 2 is allowed", key, *m.Temperature)
		case m.MaxTokens != nil && *m.MaxTokens < 1:
			return fmt.Errorf("%s.max_tokens is %d; at least 1 is allowed", key, *m.MaxTokens)
		}
		for i, model := range append([]string{m.Model}, m.Fallback...) {
			at := key + ".model"
			if i > 0 {
				at = fmt.Sprintf("%s.fallback[%d]", key, i-1)
			}
			// A name may be its own model's id, which gives that id settings.
			if _, named := c.Models[model]; named && model != name {
				return fmt.Errorf("%s: %q is a named model itself; give an id, an alias or a query", at, model)
			}
			if err := provider.CheckModelName(model); err != nil {
				return fmt.Errorf("%s: %w", at, err)
			}
		}
	}
	return nil
}

func (d defaultsConfig) check(named map[string]modelConfig) error {
	for _, entry := range [][2]string{{"chat", d.Chat}, {"vision", d.Vision}, {"extract", d.Extract}, {"embed", d.Embed}} {
		key, model := entry[0], entry[1]
		if _, ok := named[model]; model == "" || ok {
			continue
		}
		if err := provider.CheckModelName(model); err != nil {
			return fmt.Errorf("defaults.%s: %w", key, err)
		}
	}
	return nil
}

func (c *config) namedModels() map[string]provider.NamedModel {
	named := make(map[string]provider.NamedModel, len(c.Models))
	for name, m := range c.Models {
		named[name] = provider.NamedModel{Model: m.Model, Temperature: m.Temperature, MaxTokens: m.MaxTokens, Fallback: m.Fallback}
	}
	return named
}

func (c *config) defaults() provider.Defaults {
	return provider.Defaults{Chat: c.Defaults.Chat, Vision: c.Defaults.Vision, Extract: c.Defaults.Extract, Embed: c.Defaults.Embed}
}

// withoutModels returns the part that stands for flags.
func (c *config) withoutModels() config {
	part := *c
	part.Models, part.Defaults = nil, defaultsConfig{}
	return part
}

// value returns the file's value of a flag, nil if it has none.
func (c *config) value(flag string) any {
	lists := map[string][]string{
		"tools": c.Tools, "allow-dir": c.AllowDirs, "allow-image-host": c.ImageHosts,
		"allow-host": c.AllowHosts, "allow-origin": c.AllowOrigins,
	}
	texts := map[string]string{
		"base-url": c.BaseURL, "catalog-url": c.CatalogURL, "api-key-file": c.APIKeyFile, "cache-dir": c.CacheDir,
		"timeout": c.Timeout, "max-wait": c.MaxWait, "idle-timeout": c.IdleTimeout, "max-in-flight": c.MaxInFlight,
		"rate-limit": c.RateLimit, "max-cost": c.MaxCost, "catalog-ttl": c.CatalogTTL,
		"log-level": c.LogLevel, "log-format": c.LogFormat,
		"listen": c.Listen, "path": c.Path, "tls-cert": c.TLSCert, "tls-key": c.TLSKey, "auth-token-file": c.AuthTokenFile,
		"token-rate": c.TokenRate, "max-concurrent": c.MaxConcurrent, "drain-timeout": c.DrainTimeout, "metrics-addr": c.MetricsAddr,
	}
	switch {
	case lists[flag] != nil:
		values := make([]any, len(lists[flag]))
		for i, value := range lists[flag] {
			values[i] = value
		}
		return values
	case texts[flag] != "":
		return texts[flag]
	case flag == "allow-image-http" && c.ImageHTTP, flag == "insecure-no-auth" && c.InsecureNoAuth:
		return true
	default:
		return nil
	}
}
