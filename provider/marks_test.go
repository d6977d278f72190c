package provider_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/internal/linear"
)

// marked are texts of models, with what is the answer and what reasoning in them.
var marked = []struct {
	name, text         string
	content, reasoning string
}{
	{"tags", "<think>Hm.</think>Paris", "Paris", "Hm."},
	{"tags and white space", " \n<think>\n\nHm.\nSo.\n\n</think>\n\n Paris\n", "Paris\n", "Hm.\nSo."},
	{"long tags", "<thinking>Hm.</thinking>\nParis", "Paris", "Hm."},
	{"empty reasoning", "<think>\n\n</think>\n\nParis", "Paris", ""},
	{"reasoning twice", "<think>One.</think>\n<think>Two.</think>\nParis", "Paris", "One.\nTwo."},
	{"reasoning that never ends", "<think>Hm. a < b", "", "Hm. a < b"},
	{"reasoning that ends with half a tag", "<think>Hm.</thi", "", "Hm.</thi"},
	{"nothing after the reasoning", "<think>Hm.</think>", "", "Hm."},
	{"a tag that is quoted in the reasoning", "<think>I end with `</think>` now.</think>Paris", "Paris", "I end with `</think>` now."},
	{"an opening tag within the reasoning", "<think>Hm. <think> So.</think>Paris", "Paris", "Hm. <think> So."},
	{"markup within the reasoning", "<think><b>Hm.</b></think><b>Paris</b>", "<b>Paris</b>", "<b>Hm.</b>"},
	{"a tag mentioned after reasoning", "<think>Hm.</think>It ends with </think> there", "It ends with </think> there", "Hm."},

	{"no opening tag", "Hm.\n</think>\n\nParis", "Paris", "Hm."},
	{"no opening tag, on one line", "Hm.</think>Paris", "Paris", "Hm."},
	{"no opening tag, and blanks", "Hm. So </think> Paris", "Paris", "Hm. So"},
	{"no opening tag, long", "Hm.</thinking>Paris", "Paris", "Hm."},
	{"a closing tag first", "\n</think>\n\nParis", "Paris", ""},
	{"no opening tag, code in the reasoning", "Try `x` and\n```\ny\n```\n</think>\nParis", "Paris", "Try `x` and\n```\ny\n```"},
	{"no opening tag and no answer", "Hm.</think>", "", "Hm."},
	{"no opening tag, and another closing tag", "Hm.</think>Paris, after </think> that", "Paris, after </think> that", "Hm."},

	{"a mention in a sentence", "Models write <think> and then </think> around it", "Models write <think> and then </think> around it", ""},
	{"an opening tag in a sentence", "The tag is <think>", "The tag is <think>", ""},
	{"a closing tag in code", "End with `</think>` and go on", "End with `</think>` and go on", ""},
	{"a closing tag within code", "End with `x</think>y` and go on", "End with `x</think>y` and go on", ""},
	{"a closing tag in quotes", `End with "</think>" and go on`, `End with "</think>" and go on`, ""},
	{"a closing tag at the end of a sentence", "They end with </think>. Then they answer.", "They end with </think>. Then they answer.", ""},
	{"a fence", "So:\n```xml\n<think>Hm.</think>\nParis\n```\nDone", "So:\n```xml\n<think>Hm.</think>\nParis\n```\nDone", ""},
	{"a fence with a closing tag", "So:\n```\nHm.</think>\nParis\n```\nDone", "So:\n```\nHm.</think>\nParis\n```\nDone", ""},
	{"a fence first", "```\n<think>Hm.</think>\n```", "```\n<think>Hm.</think>\n```", ""},
	{"code first", "`<think>` opens it", "`<think>` opens it", ""},
	{"JSON", `{"text":"Hm.</think>Paris"}`, `{"text":"Hm.</think>Paris"}`, ""},
	{"another case", "<Think>Hm.</Think>Paris", "<Think>Hm.</Think>Paris", ""},
	{"other markup", "<thin>Hm.</thin> a < b <", "<thin>Hm.</thin> a < b <", ""},
	{"half a tag", "<thi", "<thi", ""},
	{"white space and half a tag", " \n<think", " \n<think", ""},
	{"an attribute", `<think about="it">Hm.`, `<think about="it">Hm.`, ""},

	{"channels", "<|channel|>analysis<|message|>Hm.<|end|><|start|>assistant<|channel|>final<|message|>Paris<|return|>", "Paris", "Hm."},
	{"channels from the start", "<|start|>assistant<|channel|>analysis<|message|>Hm.<|end|>\n<|start|>assistant<|channel|>final<|message|>Paris", "Paris", "Hm."},
	{"a channel without its end", "<|channel|>analysis<|message|>Hm.<|channel|>final<|message|>Paris<|end|>", "Paris", "Hm."},
	{"a preamble", "<|channel|>analysis<|message|>Hm.<|end|><|start|>assistant<|channel|>commentary<|message|>So.<|end|><|start|>assistant<|channel|>final <|constrain|>json<|message|>{}<|return|>", "{}", "Hm.\nSo."},
	{"reasoning alone", "<|channel|>analysis<|message|>Hm. a < b", "", "Hm. a < b"},
	{"a header alone", "<|channel|>analysis", "", ""},
	{"half a mark", "<|chan", "<|chan", ""},
	{"a message alone", "<|message|>Paris<|end|>", "Paris", ""},
	{"a beginning that was left out", "Hm.<|end|><|start|>assistant<|channel|>final<|message|>Paris<|return|>", "Paris", "Hm."},
	{"an end after text", "Paris<|return|>", "Paris", ""},
	{"an end after text, and white space", "Paris<|end|>\n", "Paris", ""},
	{"a mark in a sentence", "It writes <|end|> there", "It writes <|end|> there", ""},
	{"marks in code", "It writes `<|channel|>final<|message|>` there", "It writes `<|channel|>final<|message|>` there", ""},
	{"a quoted mark in the answer", "<|channel|>final<|message|>It writes `<|end|>` there<|return|>", "It writes `<|end|>` there", ""},
	{"no header", "<|channel|>" + strings.Repeat("x", 300), strings.Repeat("x", 300), ""},
	{"a call without tools", "<|channel|>commentary to=functions.f <|constrain|>json<|message|>{\"a\":1}<|call|>", "", `{"a":1}`},
}

// The marks never reach a caller, wherever the stream is cut, nor do they in progress.
func TestReasoningIsToldFromText(t *testing.T) {
	t.Parallel()
	for _, tt := range marked {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s, p := newScripted(t)
			for _, size := range []int{1, 2, 3, 5, 8, 13, len(tt.text)} {
				content, reasoning, heard := readMarked(t, s, p, tt.text, size)
				if content != tt.content || reasoning != tt.reasoning {
					t.Errorf("in pieces of %d: got %q, reasoning %q; want %q, %q", size, content, reasoning, tt.content, tt.reasoning)
				}
				moved := strings.HasPrefix(tt.name, "no opening tag") || strings.Contains(tt.name, "left out")
				if blank := strings.TrimSpace(content) == ""; heard != content && !moved && !blank ||
					moved && (!strings.HasSuffix(heard, content) || strings.Contains(strings.TrimSuffix(heard, content), "<")) {
					t.Errorf("in pieces of %d: heard %q of %q", size, heard, content)
				}
			}
		})
	}
}

// readMarked streams a text in pieces of some bytes; it is ASCII.
func readMarked(t testing.TB, s *scripted, p *provider.Provider, text string, size int) (content, reasoning, heard string) {
	t.Helper()
	var chunks []string
	for rest := text; rest != ""; rest = rest[min(size, len(rest)):] {
		chunks = append(chunks, wrote(rest[:min(size, len(rest))]))
	}
	return readChunks(t, s, p, append(chunks, stopped, lateUsage, done))
}

func readChunks(t testing.TB, s *scripted, p *provider.Provider, chunks []string) (content, reasoning, heard string) {
	t.Helper()
	var b strings.Builder
	scriptStream(s, events(chunks...))
	result, err := p.Chat(t.Context(), provider.ChatRequest{
		Model: "gpt-oss-120b", Messages: says("hi"), OnText: func(text string) { b.WriteString(text) },
	})
	if err != nil {
		t.Fatal(err)
	}
	return result.Content, result.Reasoning, b.String()
}

// Only what may be a mark is held back, and only until it can be told.
func TestTextIsPassedOnAsEarlyAsItCanBe(t *testing.T) {
	t.Parallel()
	s, p := newScripted(t)
	scriptStream(s, events(wrote("a <"), wrote(" b <thi"), wrote("ng> c </think"), wrote("er> d <"), stopped, lateUsage, done))
	var pieces []string
	_, err := p.Chat(t.Context(), provider.ChatRequest{
		Model: "gpt-oss-120b", Messages: says("hi"), OnText: func(text string) { pieces = append(pieces, text) },
	})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"a ", "< b ", "<thing> c ", "</thinker> d ", "<"}, pieces); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// Reasoning in a field of its own needs no marks: a tag in the text is text.
func TestTagsBesideAReasoningFieldAreText(t *testing.T) {
	t.Parallel()
	s, p := newScripted(t)
	content, reasoning, _ := readChunks(t, s, p, []string{delta("reasoning", "Hm."), wrote("It ends with </think> there"), stopped, lateUsage, done})
	if content != "It ends with </think> there" || reasoning != "Hm." {
		t.Errorf("got %q, reasoning %q", content, reasoning)
	}
}

func TestMarksTakeLinearTime(t *testing.T) {
	s, p := newScripted(t)
	for _, text := range []string{"<", "`</think>` ", "<think>", "</think>, ", "a<|end|> ", "<|channel|>final", "<|start|>assistant", "<|end|><|start|>", "\n", "`a"} {
		for _, before := range []string{"", "a ", "<think>", "<|channel|>final<|message|>", "<|channel|>"} {
			t.Run(before+"…"+text, func(t *testing.T) {
				linear.Check(t, 1_600, func(n int) func() {
					var chunks []string
					written := before + strings.Repeat(text, n/len(text))
					for rest := written; rest != ""; rest = rest[min(4, len(rest)):] {
						chunks = append(chunks, wrote(rest[:min(4, len(rest))]))
					}
					stream := events(append(chunks, wrote("x"), stopped, done)...)
					return func() {
						if _, err := askScripted(t.Context(), s, p, strings.NewReader(stream)); err != nil {
							t.Fatal(err)
						}
					}
				})
			})
		}
	}
}

// FuzzMarks cuts a text where a stream might: what is read does not depend on it, and
// nothing of it is lost but marks and white space.
func FuzzMarks(f *testing.F) {
	for _, tt := range marked {
		f.Add(tt.text, uint8(1))
		f.Add(tt.text, uint8(6))
	}
	s, p := newScripted(f)
	f.Fuzz(func(t *testing.T, text string, size uint8) {
		for _, b := range []byte(text) {
			if b >= 0x80 {
				t.Skip("cutting would break a character")
			}
		}
		if strings.TrimSpace(text) == "" {
			t.Skip("an empty answer")
		}
		text = "<" + text
		content, reasoning, heard := readMarked(t, s, p, text, 1+int(size))
		wholeContent, wholeReasoning, _ := readMarked(t, s, p, text, len(text))
		if content != wholeContent || reasoning != wholeReasoning {
			t.Errorf("%q in pieces of %d: %q, %q; whole: %q, %q", text, 1+size, content, reasoning, wholeContent, wholeReasoning)
		}
		if heard != content && reasoning == "" && strings.TrimSpace(content) != "" && !strings.Contains(text, "</think") && !strings.Contains(text, "<|") {
			t.Errorf("heard %q of %q", heard, content)
		}
		if !strings.Contains(text, "think") && !strings.Contains(text, "<|") && (content != text || reasoning != "") {
			t.Errorf("%q without a mark became %q, %q", text, content, reasoning)
		}
	})
}
