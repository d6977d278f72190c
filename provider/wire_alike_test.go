package provider

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const alikeChunk = `{"id":"1","model":"m","choices":[{"index":0,"delta":{%s},"finish_reason":null}]}`

// alikePairs are two chunks, and whether the second can be read by comparing.
func alikePairs() map[string]struct {
	first, second string
	compared      bool
} {
	chunk := func(delta string) string { return fmt.Sprintf(alikeChunk, delta) }
	type pair = struct {
		first, second string
		compared      bool
	}
	return map[string]pair{
		"content":           {chunk(`"content":"a"`), chunk(`"content":"another"`), true},
		"blank":             {chunk(`"content": "a"`), chunk(`"content": "b"`), true},
		"reasoning":         {chunk(`"reasoning":"a"`), chunk(`"reasoning":"b"`), true},
		"reasoning_content": {chunk(`"content":null,"reasoning_content":"a"`), chunk(`"content":null,"reasoning_content":"b"`), true},
		"no text":           {chunk(`"content":"a"`), chunk(`"content":""`), false},
		"no text, but another field": {
			chunk(`"content":[{"type":"thinking","thinking":"t"}],"reasoning":"a"`),
			chunk(`"content":[{"type":"thinking","thinking":"t"}],"reasoning":""`), false,
		},
		"escapes":                    {chunk(`"content":"a"`), chunk(`"content":"\"\\\n\u00e9\ud83d\ude00"`), true},
		"not UTF-8":                  {chunk(`"content":"a"`), chunk("\"content\":\"\xff\xc3\""), true},
		"text as around":             {chunk(`"content":"content"`), chunk(`"content":"\"content\":\"x\""`), true},
		"from first to second field": {chunk(`"content":"a"`), chunk(`"reasoning":"b"`), false},
		"other index":                {chunk(`"content":"a"`), strings.Replace(chunk(`"content":"b"`), `"index":0`, `"index":1`, 1), false},
		"a second field":             {chunk(`"content":"a"`), chunk(`"content":"b","content":"c"`), false},
		"name twice":                 {chunk(`"content":"a","content":"b"`), chunk(`"content":"a","content":"c"`), true},
		"name in other case after":   {chunk(`"content":"a","Content":"b"`), chunk(`"content":"c","Content":"b"`), false},
		"list of parts":              {chunk(`"content":[{"type":"text","text":"a"}]`), chunk(`"content":[{"type":"text","text":"b"}]`), false},
		"number":                     {chunk(`"content":"a"`), chunk(`"content":1`), false},
		"control character":          {chunk(`"content":"a"`), chunk("\"content\":\"\x01\""), false},
		"open text":                  {chunk(`"content":"a"`), chunk(`"content":"b\"`), false},
		"bad escape":                 {chunk(`"content":"a"`), chunk(`"content":"\x"`), false},
		"nothing":                    {chunk(`"content":"a"`), ``, false},
		"in another choice": {
			`{"choices":[{"delta":{"content":"a"}},{"index":1,"delta":{"content":"z"}}]}`,
			`{"choices":[{"delta":{"content":"a"}},{"index":1,"delta":{"content":"y"}}]}`, false,
		},
	}
}

func TestChunksAlikeAreReadAsJSONReadsThem(t *testing.T) {
	for name, pair := range alikePairs() {
		t.Run(name, func(t *testing.T) {
			if got := readAlike(t, pair.first, pair.second); got != pair.compared {
				t.Errorf("read by comparing: %v, want %v", got, pair.compared)
			}
		})
	}
}

// Chunks that have their own time or usage are not learned forever.
func TestLearningStopsWhereItDoesNotPay(t *testing.T) {
	k, learned := newAlike(), 0
	for i := range 100 {
		var w wireAnswer
		data := []byte(strings.Replace(fmt.Sprintf(alikeChunk, `"content":"a"`), `"id":"1"`, fmt.Sprintf(`"id":"%d"`, i), 1))
		if k.read(&w, data) {
			t.Fatal("read by comparing, although the id is another")
		}
		if err := w.read(t.Context(), data); err != nil {
			t.Fatal(err)
		}
		before := k.spare
		k.learn(t.Context(), &w, data)
		if k.spare < before {
			learned++
		}
	}
	if learned != firstLearnings {
		t.Errorf("learned %d times, want %d", learned, firstLearnings)
	}
}

// What is learned is held for the whole stream, so a large chunk is not.
func TestLargeChunksAreNotLearned(t *testing.T) {
	large := strings.Repeat("a", maxKept)
	for name, delta := range map[string]string{
		"text": fmt.Sprintf(`"content":%q`, large), "around": fmt.Sprintf(`"logprobs":%q,"content":"a"`, large),
	} {
		if chunk := fmt.Sprintf(alikeChunk, delta); readAlike(t, chunk, chunk) {
			t.Errorf("%s: it was learned", name)
		}
	}
}

// FuzzChunksAlike has two chunks that differ where the first "§" is.
func FuzzChunksAlike(f *testing.F) {
	for _, pair := range alikePairs() {
		f.Add(pair.first+"§", "", pair.second)
	}
	for _, delta := range []string{`"content":"§"`, `"reasoning":"x","content":"§"`, `"content":§`, `"Content":"z","content":"§"`} {
		f.Add(fmt.Sprintf(alikeChunk, delta), `a`, `"`)
		f.Add(fmt.Sprintf(alikeChunk, delta), `"a"`, `"b", "content": "c"`)
	}
	f.Fuzz(func(t *testing.T, around, first, second string) {
		readAlike(t, strings.Replace(around, "§", first, 1), strings.Replace(around, "§", second, 1))
	})
}

// readAlike reads the second chunk after the first was learned, and compares with what
// JSON says of it. It reports whether the chunk was read by comparing.
func readAlike(t *testing.T, first, second string) bool {
	t.Helper()
	k := newAlike()
	var learned, got, want wireAnswer
	if learned.read(t.Context(), []byte(first)) != nil {
		return false
	}
	k.learn(t.Context(), &learned, []byte(first))
	if !k.read(&got, []byte(second)) {
		return false
	}
	if err := want.read(t.Context(), []byte(second)); err != nil {
		t.Fatalf("read by comparing what is not JSON: %v", err)
	}
	if diff := cmp.Diff(&want, &got); diff != "" {
		t.Error(diff)
	}
	return true
}
