package view_test

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/resources/view"
)

// maxSize keeps the binary small, and the page quick to load.
const maxSize = 250_000

func TestTheFileIsSmall(t *testing.T) {
	if got := len(view.HTML()); got == 0 || got > maxSize {
		t.Errorf("catalog.html has %d bytes; 1 to %d are allowed", got, maxSize)
	}
}

// sources returns the sources that the policy allows for a directive.
func sources(t *testing.T, directive string) []string {
	t.Helper()
	for part := range strings.SplitSeq(view.Policy(), ";") {
		if fields := strings.Fields(part); len(fields) > 0 && fields[0] == directive {
			return fields[1:]
		}
	}
	t.Fatalf("the policy has no %s: %s", directive, view.Policy())
	return nil
}

// A browser runs no script and applies no style whose hash the policy does not name.
func TestThePolicyNamesWhatTheFileHolds(t *testing.T) {
	for directive, element := range map[string]*regexp.Regexp{
		"script-src": regexp.MustCompile(`(?s)<script(?: type="module")?(?: crossorigin)?>(.*?)</script>`),
		"style-src":  regexp.MustCompile(`(?s)<style(?: [a-z="]*)?>(.*?)</style>`),
	} {
		var hashes []string
		for _, found := range element.FindAllSubmatch(view.HTML(), -1) {
			sum := sha256.Sum256(found[1])
			hashes = append(hashes, "'sha256-"+base64.StdEncoding.EncodeToString(sum[:])+"'")
		}
		if got := sources(t, directive); len(hashes) != 1 || !slices.Equal(got, hashes) {
			t.Errorf("%s is %v, the file has %v", directive, got, hashes)
		}
	}
}

func TestThePolicyAllowsNoOtherSource(t *testing.T) {
	for directive, want := range map[string]string{
		"default-src": "'none'", "base-uri": "'none'", "form-action": "'none'", "connect-src": "'self'",
	} {
		if got := strings.Join(sources(t, directive), " "); got != want {
			t.Errorf("%s is %s, want %s", directive, got, want)
		}
	}
	for _, forbidden := range []string{"unsafe-", "*", "http:", "https:", "blob:"} {
		if strings.Contains(view.Policy(), forbidden) {
			t.Errorf("the policy has %s: %s", forbidden, view.Policy())
		}
	}
}

// dataOf returns what a browser reads in the element of the data.
func dataOf(t *testing.T, page []byte) string {
	t.Helper()
	_, rest, found := strings.Cut(string(page), ` id="data">`)
	data, _, ended := strings.Cut(rest, "</script>")
	if !found || !ended {
		t.Fatalf("there is no element of the data")
	}
	return data
}

func TestTheFileHoldsNoData(t *testing.T) {
	if got := dataOf(t, view.HTML()); got != "" {
		t.Errorf("the data are %q", got)
	}
	if got := strings.Count(string(view.HTML()), ` id="data"></script>`); got != 1 {
		t.Errorf("%d places for data", got)
	}
}

func TestDataCannotLeaveTheirElement(t *testing.T) {
	for _, hostile := range []string{
		"</script><script>alert(1)</script>", "</SCRIPT >", "<!--", "<!--<script>", "-->", "]]>", "&lt;/script&gt;", "&amp;", "\u2028\u2029", "\x00", "\ufeff",
		`"`, `\`, `\u003c/script>`, "'", "a\nb", "\xff",
	} {
		escaped, err := json.Marshal(map[string]string{hostile: hostile})
		if err != nil {
			t.Fatal(err)
		}
		plain := `{"` + hostile + `":"` + hostile + `"}` // as other writers leave it, where it is JSON
		for _, data := range []string{string(escaped), plain} {
			if !json.Valid([]byte(data)) {
				continue
			}
			page, err := view.WithData([]byte(data))
			if err != nil {
				t.Fatal(err)
			}
			got := dataOf(t, page)
			if strings.ContainsAny(got, "<>&\u2028\u2029") {
				t.Errorf("%q becomes %q", hostile, got)
			}
			var read, want map[string]string
			if err := json.Unmarshal([]byte(got), &read); err != nil {
				t.Fatalf("%q: %v", got, err)
			}
			if err := json.Unmarshal([]byte(data), &want); err != nil {
				t.Fatal(err)
			}
			for name, value := range want {
				if read[name] != value {
					t.Errorf("%q is read as %q", value, read[name])
				}
			}
			if rest := strings.Replace(string(page), got, "", 1); rest != string(view.HTML()) {
				t.Errorf("%q changes the file beside its data", hostile)
			}
		}
	}
}

func TestOnlyJSONIsData(t *testing.T) {
	for _, data := range []string{"", "{", "</script>", "{} {}"} {
		if page, err := view.WithData([]byte(data)); err == nil {
			t.Errorf("%q gives %d bytes", data, len(page))
		}
	}
}
