package cli

import (
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/url"
	"os"
	"strings"
)

// keyVariables hold the API key itself: OVHcloud's guides use the first, other
// clients of the service the second.
func keyVariables() []string { return []string{"OVH_AI_ENDPOINTS_ACCESS_TOKEN", "OVHCLOUD_API_KEY"} }

// apiKey returns the key and where it came from: a file that a flag names, then the
// environment, then a file that the config file names.
func (o *options) apiKey(log *slog.Logger) (key, from string, err error) {
	byFlag := o.origins["api-key-file"] == fromFlag("api-key-file")
	for _, name := range keyVariables() {
		if key := strings.TrimSpace(os.Getenv(name)); !isLeftBlank(key) && !byFlag {
			return key, name, nil
		}
	}
	if o.APIKeyFile == "" {
		return "", "none: the free tier; set " + keyVariables()[0], nil
	}
	content, err := readKeyFile(o.APIKeyFile, log)
	if err != nil {
		return "", "", usageError{fmt.Errorf("reading the API key: %w", err), "check --api-key-file"}
	}
	if key = strings.TrimSpace(string(content)); key == "" {
		return "", "", usageError{
			fmt.Errorf("the API key file %s is empty", o.APIKeyFile),
			"put the key into it, or leave --api-key-file out for the free tier",
		}
	}
	return key, "file " + o.APIKeyFile, nil
}

// readKeyFile warns of a file that others can write: they could have prompts billed to
// a key of theirs, which they can read there.
func readKeyFile(path string, log *slog.Logger) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	if info, err := file.Stat(); err == nil {
		if who := othersCanWrite(info); who != "" {
			log.Warn("the API key file can be changed by others", "why", who, "file", path)
		}
	}
	return io.ReadAll(file)
}

// inClearTo returns the host of a URL if it is another machine, to which everything
// goes unencrypted, and "" otherwise.
func inClearTo(baseURL string) (host string) {
	u, err := url.Parse(baseURL)
	if err != nil || u.Scheme != "http" || strings.EqualFold(u.Hostname(), "localhost") || net.ParseIP(u.Hostname()).IsLoopback() {
		return ""
	}
	return u.Host
}
