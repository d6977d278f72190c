package cli

import (
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/url"
	"os"
	"strings"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider"
)

// keyVariables hold the API key itself: OVHcloud's guides use the first, other
// clients of the service the second.
func keyVariables() []string { return []string{"OVH_AI_ENDPOINTS_ACCESS_TOKEN", "OVHCLOUD_API_KEY"} }

// apiKey is the API key in force.
type apiKey struct {
	text     string // "" is the free tier
	from     string // the variable or file; for the log also why no key was found
	warnings []keyWarning
}

// keyWarning is what is odd about a key or its source. It never holds the key.
type keyWarning struct{ found, hint string }

// findKey looks for the key in a file that a flag names, then in the environment, then in
// a file that the config file names. A source that holds a placeholder counts as not set:
// desktop hosts pass options that the user left blank so.
func (o *options) findKey() (*apiKey, error) {
	k := &apiKey{}
	if o.origins["api-key-file"] != fromFlag("api-key-file") {
		for _, name := range keyVariables() {
			if err := k.take(os.Getenv(name), name, o.BaseURL); err != nil || k.text != "" {
				return k, err
			}
		}
	}
	if o.APIKeyFile != "" {
		if err := k.takeFile(o.APIKeyFile, o.BaseURL); err != nil {
			return k, err
		}
	}
	if k.text == "" {
		k.from = "none: the free tier; set " + keyVariables()[0]
	}
	return k, nil
}

// take takes the key from a source, if it holds one. The error names the source.
func (k *apiKey) take(content, source, baseURL string) error {
	shape := shapeOf(content)
	switch {
	case shape.placeholder:
		k.warn(source+" holds a placeholder instead of an API key, and counts as not set",
			"the host did not expand it: write the key there, or set the variable that it names where the host is started")
		return nil
	case shape.unusable != "":
		return usageError{
			fmt.Errorf("the API key of %s holds %s, which cannot be sent", source, shape.unusable),
			"copy the key again, and write nothing else there",
		}
	case shape.key == "":
		return nil
	}
	k.text, k.from = shape.key, source
	if len(shape.removed) > 0 {
		k.warn(source+" holds more than the API key, which is left out: "+strings.Join(shape.removed, ", "), "write the key alone")
	}
	if shape.looksLike != "" && provider.IsAIEndpoints(baseURL) {
		k.warn(source+" holds what looks like "+shape.looksLike,
			"make a key of AI Endpoints in OVHcloud's Control Panel: Public Cloud, AI Endpoints, API keys")
	}
	return nil
}

func (k *apiKey) takeFile(path, baseURL string) error {
	content, who, err := readKeyFile(path)
	switch {
	case err != nil && isPlaceholder(path):
		return usageError{fmt.Errorf("reading the API key: %w", err), "the host did not expand --api-key-file: name a file, or leave it out"}
	case err != nil:
		return usageError{fmt.Errorf("reading the API key: %w", err), "check --api-key-file"}
	}
	return k.takeContent(path, content, who, baseURL)
}

// takeContent takes the key of a file. It warns of a file that others can write: they
// could have prompts billed to a key of theirs, which they can read there.
func (k *apiKey) takeContent(path, content, othersWho, baseURL string) error {
	switch {
	case shapeOf(content).isBlank():
		return usageError{
			fmt.Errorf("the API key file %s is empty", path),
			"put the key into it, or leave --api-key-file out for the free tier",
		}
	case othersWho != "":
		k.warn(fmt.Sprintf("the API key file %s can be changed by others: %s", path, othersWho), "let only its owner write it")
	}
	return k.take(content, "file "+path, baseURL)
}

// readKeyFile also returns who besides the user can change the file, "" if nobody can.
func readKeyFile(path string) (content, who string, err error) {
	file, err := os.Open(path)
	if err != nil {
		return "", "", err
	}
	defer file.Close()
	if info, err := file.Stat(); err == nil {
		who = othersCanWrite(info)
	}
	all, err := io.ReadAll(io.LimitReader(file, maxKeyFile))
	return string(all), who, err
}

// maxKeyFile is more than a header may be, so that the file of another kind is refused.
const maxKeyFile = 64 << 10

func (k *apiKey) logWarnings(log *slog.Logger) {
	for _, w := range k.warnings {
		log.Warn("something is odd about the API key", "what", w.found, "hint", w.hint)
	}
}

func (k *apiKey) warn(found, hint string) { k.warnings = append(k.warnings, keyWarning{found, hint}) }

// inClearTo returns the host of a URL if it is another machine, to which everything
// goes unencrypted, and "" otherwise.
func inClearTo(baseURL string) (host string) {
	u, err := url.Parse(baseURL)
	if err != nil || u.Scheme != "http" || strings.EqualFold(u.Hostname(), "localhost") || net.ParseIP(u.Hostname()).IsLoopback() {
		return ""
	}
	return u.Host
}
