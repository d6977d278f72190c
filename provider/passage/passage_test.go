package passage_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/passage"
)

// words returns about that many tokens of words.
func words(tokens int) string { return strings.TrimSpace(strings.Repeat("ab ", tokens)) }

func lines(n, tokens int) string {
	return strings.TrimSpace(strings.Repeat(words(tokens)+"\n", n))
}

func TestSplit(t *testing.T) {
	type want struct {
		text       string
		start, end int
	}
	for _, test := range []struct {
		name, in string
		o        passage.Options
		want     []want
	}{
		{"nothing", "", passage.Options{}, nil},
		{"only blanks", " \n\t\r\n\u00a0\n", passage.Options{}, nil},
		{"a line", "hello", passage.Options{}, []want{{"hello", 1, 1}}},
		{"blanks around", "\n\n  a\n\nb \n\n", passage.Options{}, []want{{"  a\n\nb", 3, 5}}},
		{"CRLF", "a\r\n\r\nb\r\n", passage.Options{}, []want{{"a\r\n\r\nb", 1, 3}}},
		{"CR", "a\r\rb\r", passage.Options{}, []want{{"a\r\rb", 1, 3}}},
		{"CR is no line where there are others", "1%\r2%\n\nb", passage.Options{}, []want{{"1%\r2%\n\nb", 1, 3}}},
		{"a byte order mark", "\uFEFFa", passage.Options{}, []want{{"a", 1, 1}}},
		{"not UTF-8", "a\xff\xfeb", passage.Options{}, []want{{"a\uFFFDb", 1, 1}}},
		{"by paragraph", words(20) + "\n\n" + words(20) + "\n\n" + words(20), passage.Options{MaxTokens: 45, Overlap: -1}, []want{
			{words(20) + "\n\n" + words(20), 1, 3}, {words(20), 5, 5},
		}},
		{"by line", lines(5, 20), passage.Options{MaxTokens: 45, Overlap: -1}, []want{
			{lines(2, 20), 1, 2}, {lines(2, 20), 3, 4}, {lines(1, 20), 5, 5},
		}},
		{"overlap of a line", lines(5, 9), passage.Options{MaxTokens: 30, Overlap: 10}, []want{
			{lines(3, 9), 1, 3}, {lines(3, 9), 3, 5},
		}},
		{"by sentence", "Aaa aaa aaa. Bbb bbb bbb! Ccc ccc e.g. ccc? Ddd ddd no. 5 ddd. Eee", passage.Options{MaxTokens: 19, Overlap: -1}, []want{
			{"Aaa aaa aaa. Bbb bbb bbb! Ccc ccc e.g. ccc?", 1, 1}, {"Ddd ddd no. 5 ddd. Eee", 1, 1},
		}},
		{"overlap of a sentence", words(15) + ". Aaa aaa. Bbb\n\n" + words(16), passage.Options{MaxTokens: 26, Overlap: 6}, []want{
			{words(15) + ". Aaa aaa. Bbb", 1, 1}, {"Aaa aaa. Bbb\n\n" + words(16), 1, 3},
		}},
		{"sentences without blanks", strings.Repeat("你好你好。", 4), passage.Options{MaxTokens: 16, Overlap: -1}, []want{
			{strings.Repeat("你好你好。", 3), 1, 1}, {"你好你好。", 1, 1},
		}},
		{"by word", words(40), passage.Options{MaxTokens: 16, Overlap: -1}, []want{
			{words(16), 1, 1}, {words(16), 1, 1}, {words(8), 1, 1},
		}},
		{"inside a word", strings.Repeat("é", 30), passage.Options{MaxTokens: 16, Overlap: -1}, []want{
			{strings.Repeat("é", 16), 1, 1}, {strings.Repeat("é", 14), 1, 1},
		}},
		{"other letters weigh more", strings.Repeat("привет ", 5), passage.Options{MaxTokens: 16, Overlap: -1}, []want{
			{"привет привет", 1, 1}, {"привет привет", 1, 1}, {"привет", 1, 1},
		}},
		{"far apart", "a" + strings.Repeat("\n", 1000) + "b", passage.Options{MaxTokens: 16}, []want{{"a", 1, 1}, {"b", 1001, 1001}}},
	} {
		t.Run(test.name, func(t *testing.T) {
			var got []want
			for _, p := range passage.Split(test.in, test.o) {
				got = append(got, want{p.Text, p.LineStart, p.LineEnd})
			}
			if diff := cmp.Diff(test.want, got, cmp.AllowUnexported(want{})); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func texts(passages []passage.Passage) []string {
	var all []string
	for _, p := range passages {
		all = append(all, p.Text)
	}
	return all
}

func TestMarkdown(t *testing.T) {
	code := "```go\nfunc a() {\n\n" + lines(5, 4) + "\n}\n```"
	for _, test := range []struct {
		name, in string
		o        passage.Options
		want     []string
	}{
		{
			"a section is not mixed with the next", "# A\n\n" + words(12) + "\n\n## B\n\n" + words(4) + "\n\n" + words(20),
			passage.Options{MaxTokens: 32},
			[]string{"# A\n\n" + words(12), "# A\n\n## B\n\n" + words(4) + "\n\n" + words(20)},
		},
		{
			"headings are repeated", "# A\n\n## B\n" + lines(4, 12), passage.Options{MaxTokens: 32, Overlap: -1},
			[]string{"# A\n\n## B\n" + lines(2, 12), "# A\n## B\n\n" + lines(2, 12)},
		},
		{
			"a heading of the same level ends one", "# A\n\n## B\nb\n\n## C\n" + lines(4, 12), passage.Options{MaxTokens: 36, Overlap: -1},
			[]string{"# A\n\n## B\nb\n\n## C\n" + lines(2, 12), "# A\n## C\n\n" + lines(2, 12)},
		},
		{
			"underlined", "Title\n=====\n\nPart\n----\n" + lines(3, 12), passage.Options{MaxTokens: 38, Overlap: -1},
			[]string{"Title\n=====\n\nPart\n----\n" + lines(2, 12), "Title\nPart\n\n" + lines(1, 12)},
		},
		{
			"code is not cut", words(12) + "\n\n" + code, passage.Options{MaxTokens: 36, Overlap: -1},
			[]string{words(12), code},
		},
		{
			"long code is cut at its blank lines", "```\na\n" + lines(2, 8) + "\n\n# b\n" + lines(3, 8) + "\n```", passage.Options{MaxTokens: 30, Overlap: -1},
			[]string{"```\na\n" + lines(2, 8), "# b\n" + lines(3, 8) + "\n```"},
		},
		{
			"comments are no headings", "# one\n# two\n\n# three\n" + lines(4, 12), passage.Options{MaxTokens: 34, Overlap: -1},
			[]string{"# one\n# two\n\n# three\n" + lines(2, 12), lines(2, 12)},
		},
		{
			"a title of reStructuredText opens no code", "T\n~~~~\n\n" + words(9) + "\n\n## H\n\n" + words(9) + "\n\n" + words(9), passage.Options{MaxTokens: 16, Overlap: -1},
			[]string{"T\n~~~~\n\n" + words(9), "## H\n\n" + words(9), "## H\n\n" + words(9)},
		},
		{
			"an overlap leaves room for a block", lines(10, 12) + strings.Repeat("\n", 50) + lines(9, 12) + "\n\n" + words(60), passage.Options{MaxTokens: 120, Overlap: 40},
			[]string{lines(10, 12), lines(9, 12), lines(3, 12) + "\n\n" + words(60)},
		},
		{
			"what closes a block stays with it", "func a() {\n\t" + words(9) + "\n}\nfunc b() {\n\t" + words(9) + "\n}\nfunc c()", passage.Options{MaxTokens: 26, Overlap: -1},
			[]string{"func a() {\n\t" + words(9) + "\n}", "func b() {\n\t" + words(9) + "\n}\nfunc c()"},
		},
		{
			"functions", "func a() {\n\t" + words(4) + "\n\n\t" + words(4) + "\n}\n\nfunc b() {\n\t" + words(2) + "\n\n\t" + words(6) + "\n}\n",
			passage.Options{MaxTokens: 24, Overlap: -1},
			[]string{"func a() {\n\t" + words(4) + "\n\n\t" + words(4) + "\n}", "func b() {\n\t" + words(2) + "\n\n\t" + words(6) + "\n}"},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, texts(passage.Split(test.in, test.o))); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestRowsStayWhole(t *testing.T) {
	var csv strings.Builder
	for i := range 1000 {
		fmt.Fprintf(&csv, "%d,name of %d,\"a, b. C\"\n", i, i)
	}
	rows := strings.Split(csv.String(), "\n")
	passages := passage.Split(csv.String(), passage.Options{})
	for i, p := range passages {
		if !slices.Equal(strings.Split(p.Text, "\n"), rows[p.LineStart-1:p.LineEnd]) {
			t.Errorf("lines %d to %d are %q", p.LineStart, p.LineEnd, p.Text)
		}
		if i > 0 && (p.LineStart > passages[i-1].LineEnd || p.LineStart < passages[i-1].LineEnd-10) {
			t.Errorf("a passage that ends at %d is followed by one from %d", passages[i-1].LineEnd, p.LineStart)
		}
	}
	if n := len(passages); n < 25 || n > 50 {
		t.Errorf("%d passages", n)
	}
}
