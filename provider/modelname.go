package provider

import (
	"errors"
	"strings"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/virtual"
)

// unquote drops the blanks and quotes that models put around a name, and the words that
// some clients write for none.
func unquote(name string) string {
	if name = strings.Trim(name, " \t\r\n\"'`"); name == "null" || name == "None" {
		return ""
	}
	return name
}

// withoutPrefix drops the name by which other programs tell this service's models.
func withoutPrefix(name string) string {
	const prefix = "ovhcloud/"
	if len(name) > len(prefix) && strings.EqualFold(name[:len(prefix)], prefix) {
		return name[len(prefix):]
	}
	return name
}

func parses(query string) bool {
	_, err := virtual.Parse(query)
	return err == nil
}

// CheckModelName returns an error for what cannot be a model's name or a query.
func CheckModelName(name string) error {
	if virtual.IsQuery(name) {
		_, err := virtual.Parse(withoutPrefix(name))
		return err
	}
	if !wellFormed(name) {
		return errors.New("not a model id, alias or query")
	}
	return nil
}

// wellFormed reports whether name could be an id of the service.
func wellFormed(name string) bool {
	if name == "" || len(name) > 200 {
		return false
	}
	return !strings.ContainsFunc(name, func(r rune) bool {
		return !strings.ContainsRune("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.:/", r)
	})
}
