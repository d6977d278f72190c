package cli

import (
	"fmt"
	"log/slog"
	"os"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/server/httpd"
)

// openCallers opens the file of those that may call, nil without one.
func (o *options) openCallers(log *slog.Logger) (*httpd.Callers, error) {
	switch {
	case o.AuthTokenFile != "":
		opened, err := httpd.OpenTokens(o.AuthTokenFile, log)
		if err != nil {
			return nil, usageError{err, "correct the file, or name another with --auth-token-file"}
		}
		return opened, nil
	case o.Callers != "":
		opened, err := httpd.OpenCallers(o.Callers, httpd.CallersOptions{
			Logger: log, Tools: toolNames(), ReadKey: o.callerKey(log), WithoutTokens: o.OAuthIssuer != "",
		})
		if err != nil {
			return nil, usageError{err, "correct the file, or name another with --callers"}
		}
		return opened, nil
	default:
		return nil, nil
	}
}

// callerKey returns how to read the key of a caller: as that of --api-key-file, but a file
// without a key is an error, since the caller would be another's or anonymous.
func (o *options) callerKey(log *slog.Logger) func(path string, content []byte) (string, error) {
	return func(path string, content []byte) (string, error) {
		var who string
		if info, err := os.Stat(path); err == nil {
			who = othersCanWrite(info)
		}
		k := &apiKey{}
		switch err := k.takeContent(path, string(content), who, o.BaseURL); {
		case err != nil:
			return "", err
		case k.text == "":
			return "", fmt.Errorf("%s holds no key", path)
		}
		k.logWarnings(log)
		return k.text, nil
	}
}
