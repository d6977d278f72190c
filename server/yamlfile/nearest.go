package yamlfile

import (
	"fmt"
	"strings"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/virtual"
)

// Nearest names the one of known names that was likely meant, or else all.
func Nearest(name string, known []string) string {
	if meant := Suggestion(name, known); meant != "" {
		return meant
	}
	return "; there are " + strings.Join(known, ", ")
}

// Suggestion names the one of known names that was likely meant, if any.
func Suggestion(name string, known []string) string {
	if meant := virtual.Suggest(name, known); meant != "" {
		return fmt.Sprintf("; did you mean %q?", meant)
	}
	return ""
}
