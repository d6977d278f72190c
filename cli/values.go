package cli

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/server/httpd"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/server/httpd/oauth"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/server/yamlfile"
)

// value reads an option's text into its field. It is a [pflag.Value].
type value struct {
	kind      string // for the parser: "string", "bool" …
	shown     string // the default as the help shows it; "" is not shown
	current   string
	texts     []string                       // all that were set
	isList    bool                           // each text adds to it
	isPath    bool                           // of a file or folder
	set       func(text string) (ok bool)    // into the field
	allowed   string                         // completes "… is X; "
	hidden    bool                           // no error shows the text: it may hold a password
	separated func(variable string) []string // how a variable holds several; nil is one
	choices   func() []string                // for completion; nil are not known
}

// Set implements [pflag.Value].
func (v *value) Set(text string) error {
	switch {
	case v.set(text):
	case v.hidden:
		return fmt.Errorf("is not usable; %s", v.allowed)
	default:
		return fmt.Errorf("is %q; %s", text, v.allowed)
	}
	v.current, v.texts = text, append(v.texts, text)
	return nil
}

// String implements [pflag.Value].
func (v *value) String() string { return v.current }

// Type implements [pflag.Value].
func (v *value) Type() string { return v.kind }

func freeText(field *string, byDefault string) *value {
	*field = byDefault
	return &value{kind: "string", shown: byDefault, set: func(s string) bool {
		*field = s
		return true
	}}
}

func httpURL(field *string, byDefault string) *value {
	*field = byDefault
	v := &value{kind: "string", shown: byDefault, hidden: true, allowed: "give an http(s) URL without user and password"}
	v.set = func(s string) bool {
		*field = s
		if !strings.Contains(s, "://") && !strings.ContainsAny(s, "@?") && provider.CheckURL("http://"+s) == nil {
			v.allowed = "it lacks the scheme: write http://" + s + ", or https"
		}
		return provider.CheckURL(s) == nil
	}
	return v
}

// header takes "Name: value" a flag; a variable holds one a line. Values may be secrets.
func header(field *http.Header) *value {
	v := &value{kind: "strings", isList: true, hidden: true, allowed: `give "Name: value"`}
	v.separated = func(variable string) []string {
		return slices.DeleteFunc(strings.Split(variable, "\n"), func(line string) bool { return strings.TrimSpace(line) == "" })
	}
	v.set = func(s string) bool {
		name, text, err := provider.ParseHeader(s)
		if err != nil {
			v.allowed = err.Error()
			return false
		}
		if *field == nil {
			*field = http.Header{}
		}
		field.Add(name, text)
		return true
	}
	return v
}

func oauthIssuer(field *string) *value {
	v := &value{kind: "string", hidden: true, allowed: "give an https URL such as https://id.example.com"}
	v.set = func(s string) bool {
		*field = s
		err := oauth.CheckIssuer(s)
		if err != nil {
			v.allowed = err.Error()
		}
		return err == nil
	}
	return v
}

func endpointPath(field *string) *value {
	v := freeText(field, httpd.DefaultPath)
	v.allowed = "give a path such as " + httpd.DefaultPath + ", not one of the health checks"
	v.set = func(s string) bool {
		*field = s
		return httpd.IsPath(s)
	}
	return v
}

func oneOf(field *string, allowed ...string) *value {
	return &value{
		kind: "string", choices: func() []string { return allowed },
		allowed: strings.Join(allowed[:len(allowed)-1], ", ") + " and " + allowed[len(allowed)-1] + " are allowed",
		set: func(s string) bool {
			*field = s
			return slices.Contains(allowed, s)
		},
	}
}

// size is a number of bytes with a unit; 0, the default, is the machine's.
func size(field *int64, least int64) *value {
	return &value{
		kind: "string", allowed: fmt.Sprintf("give a size such as 512MiB or 2GiB, of at least %dMiB", least>>20),
		set: func(s string) (ok bool) {
			*field, ok = parseSize(s)
			return ok && *field >= least
		},
	}
}

func toggle(field *bool) *value {
	return &value{kind: "bool", allowed: "true and false are allowed", set: func(s string) (ok bool) {
		parsed, err := strconv.ParseBool(s)
		*field = parsed
		return err == nil
	}}
}

// list takes names, several of them separated by commas.
func list(field *[]string, allowed string, valid func(string) bool) *value {
	return &value{kind: "strings", isList: true, allowed: allowed, separated: splitCommas, set: func(s string) bool {
		names := splitCommas(s)
		*field = append(*field, names...)
		return len(names) > 0 && !slices.ContainsFunc(names, func(name string) bool { return !valid(name) })
	}}
}

// toolList takes names of tools, core for the first five, and all.
func toolList(field *[]string) *value {
	var v *value
	v = list(field, "a blank name is not allowed", func(name string) bool {
		known := v.choices()
		if !slices.Contains(known, name) {
			v.allowed = "there is no tool " + strconv.Quote(name) + yamlfile.Nearest(name, known)
		}
		return slices.Contains(known, name)
	})
	// Once and only when asked: a tool's name comes with its schema.
	v.choices = sync.OnceValue(func() []string { return append(toolNames(), "core", "all") })
	return v
}

func splitCommas(s string) []string {
	var names []string
	for name := range strings.SplitSeq(s, ",") {
		if name = strings.TrimSpace(name); name != "" {
			names = append(names, name)
		}
	}
	return names
}

func moreThanZero(d time.Duration) bool { return d > 0 }
func notNegative(d time.Duration) bool  { return d >= 0 }

func duration(field *time.Duration, byDefault time.Duration, valid func(time.Duration) bool) *value {
	*field = byDefault
	allowed := "give a duration such as 90s or 5m"
	switch {
	case !valid(0):
		allowed += ", more than 0"
	case !valid(-1):
		allowed += ", not negative"
	}
	return &value{kind: "duration", shown: shortDuration(byDefault), allowed: allowed, set: func(s string) bool {
		d, err := time.ParseDuration(s)
		*field = d
		return err == nil && valid(d)
	}}
}

// shortDuration writes 5m for 5m0s.
func shortDuration(d time.Duration) string {
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}

func wholeNumber(field *int, byDefault, least int) *value {
	*field = byDefault
	return &value{
		kind: "int", shown: strconv.Itoa(byDefault), allowed: fmt.Sprintf("whole numbers from %d are allowed", least),
		set: func(s string) bool {
			n, err := strconv.Atoi(s)
			*field = n
			return err == nil && n >= least
		},
	}
}

func euros(field *float64) *value {
	allowed := fmt.Sprintf("more than 0 and at most %d EUR is allowed", provider.MaxBudget)
	return &value{kind: "float", allowed: allowed, set: func(s string) bool {
		eur, err := strconv.ParseFloat(s, 64)
		*field = eur
		return err == nil && eur > 0 && eur <= provider.MaxBudget // NaN is neither
	}}
}

func rateLimit(field *provider.RateLimit) *value {
	*field = provider.AutoRateLimit
	return &value{kind: "string", shown: "auto", allowed: "auto, off and whole numbers from 1 are allowed", set: func(s string) bool {
		switch s {
		case "auto":
			*field = provider.AutoRateLimit
			return true
		case "off":
			*field = provider.NoRateLimit
			return true
		}
		perMinute, err := strconv.Atoi(s)
		*field = provider.RateLimit(perMinute)
		return err == nil && perMinute >= 1
	}}
}
