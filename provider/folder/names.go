package folder

import (
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Spellings returns the paths that source may mean, the likeliest first: people and
// models put a path in quotes, write it as a shell or a URL wants it, or begin it
// with ~ for the user's home.
func Spellings(source string) []string {
	paths := []string{source}
	add := func(path string) string {
		if path != "" && !slices.Contains(paths, path) {
			paths = append(paths, path)
		}
		return path
	}
	path := add(strings.TrimSpace(source))
	path = add(Unquote(path))
	path = add(atHome(path))
	unescaped := add(withoutBackslashes(path, filepath.Separator))
	if decoded, err := url.PathUnescape(path); err == nil {
		add(decoded)
	}
	if decoded, err := url.PathUnescape(unescaped); err == nil {
		add(decoded)
	}
	return paths
}

// Unquote removes quotes, angle brackets and blanks around a path.
func Unquote(path string) string {
	for {
		path = strings.TrimSpace(path)
		first, size := utf8.DecodeRuneInString(path)
		last, lastSize := utf8.DecodeLastRuneInString(path)
		if len(path) < size+lastSize || !slices.Contains([]string{`""`, "''", "``", "<>", "“”", "‘’", "«»", "„“"}, string([]rune{first, last})) {
			return path
		}
		path = path[size : len(path)-lastSize]
	}
}

// atHome replaces a ~ at the start of a path by the user's home folder.
func atHome(path string) string {
	rest, ok := strings.CutPrefix(path, "~")
	if !ok || rest == "" || !os.IsPathSeparator(rest[0]) {
		return path
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return path
	}
	return filepath.Join(home, rest)
}

// withoutBackslashes undoes the escapes of a shell, except where a backslash
// is the separator of names in a path.
func withoutBackslashes(path string, separator rune) string {
	if separator == '\\' {
		return path
	}
	var b strings.Builder
	for i := 0; i < len(path); i++ {
		if path[i] == '\\' && i+1 < len(path) {
			i++
		}
		b.WriteByte(path[i])
	}
	return b.String()
}

// foldName returns what two names have in common that look the same: NFKC makes
// composed and decomposed letters, and all kinds of blanks, equal. macOS writes a
// narrow no-break space (U+202F) before the PM in the names of screenshots. Case is
// kept.
func foldName(name string) string {
	return strings.Join(strings.FieldsFunc(norm.NFKC.String(name), unicode.IsSpace), " ")
}

// maxCompared bounds how many names are compared letter by letter.
const maxCompared = 5000

// nearestName returns the one of names that name probably misspells, or "".
func nearestName(name string, names []string) string {
	wanted := comparable([]rune(strings.ToLower(foldName(name))))
	best, least := "", len(wanted)/3+1
	for _, other := range names[:min(len(names), maxCompared)] {
		if strings.HasPrefix(other, ".") && !strings.HasPrefix(name, ".") {
			continue // a hidden file is not offered to one who did not ask for it
		}
		if d := wanted.distance([]rune(strings.ToLower(foldName(other))), least); d < least {
			best, least = other, d
		}
	}
	return best
}

// comparable is a name to compare others with.
type comparable []rune

// distance counts the insertions, deletions and replacements that turn one name into
// the other. It returns limit if there are that many or more.
func (a comparable) distance(b []rune, limit int) int {
	if len(a)-len(b) >= limit || len(b)-len(a) >= limit {
		return limit
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range a {
		diagonal, least := row[0], i+1
		row[0] = i + 1
		for j := range b {
			replaced := diagonal
			if a[i] != b[j] {
				replaced++
			}
			diagonal = row[j+1]
			row[j+1] = min(replaced, row[j]+1, diagonal+1)
			least = min(least, row[j+1])
		}
		if least >= limit {
			return limit
		}
	}
	return min(row[len(b)], limit)
}
