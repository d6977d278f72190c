package resources

import (
	"regexp"
	"sync"
)

// isPlaceholder reports whether a value, without blanks around it, stands for one
// that the host fills in later. Such hosts read each prompt once, keep its text as
// the template of a command, and replace the placeholders when a person runs it:
// opencode sends $1, $2, … for all arguments, others $ARGUMENTS, ${name} or {{name}}.
//
// Nothing can be known of the value, so it is not checked. It may turn out empty.
func isPlaceholder(value string) bool { return placeholderSyntax().MatchString(value) }

var placeholderSyntax = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^(\$(\d{1,2}|[@*]|[A-Za-z_]\w*(\[\d+\])?)|\$\{[^{}\r\n]+\}|\{\{[^{}\r\n]+\}\})$`)
})
