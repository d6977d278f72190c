package main

import (
	"context"
	"strings"
)

// bodySize is just below what the server accepts.
const bodySize = 15_000_000

// shape is a message that can be of any size.
type shape struct {
	name                 string
	short                bool
	before, piece, after string // the message is one before, many pieces and one after
}

// body returns a message of the size, or just below it.
func (s shape) body(size int) []byte {
	n := (size - len(s.before) - len(s.after)) / len(s.piece)
	return []byte(s.before + strings.Repeat(s.piece, n) + s.after)
}

const (
	begin = `{"jsonrpc":"2.0","id":1,"method":`
	call  = begin + `"tools/call","params":{"name":`
)

func shapes() []shape {
	const chat, embed, extract = call + `"chat","arguments":{`, call + `"embed","arguments":{`, call + `"structured-extract","arguments":{`
	const image = call + `"describe-image","arguments":{"image":"data:image/png;base64,`
	return []shape{
		{"an id of objects", true, `{"jsonrpc":"2.0","method":"ping","id":[{}`, ",{}", "]}"},
		{"an id of digits", false, `{"jsonrpc":"2.0","method":"ping","id":1`, "1", "}"},
		{"an id of text", true, `{"jsonrpc":"2.0","method":"ping","id":"`, "a", `"}`},
		{"an id of escapes", false, `{"jsonrpc":"2.0","method":"ping","id":"`, `\u003c`, `"}`},
		{"a long method", false, `{"jsonrpc":"2.0","id":1,"method":"`, "a", `"}`},
		{"many members", true, begin + `"ping"`, `,"a":0`, "}"},
		{"members of one name", false, begin + `"ping"`, `,"params":{}`, "}"},
		{"a batch", false, `[{}`, `,{}`, `]`},
		{"spaces", false, begin, " ", `"ping"}`},
		{"nesting", true, begin + `"ping","params":{"a":`, "[", ""},
		{"nesting of objects", false, begin + `"ping","params":`, `{"a":`, ""},
		{"_meta of numbers", false, begin + `"ping","params":{"_meta":{"a":[0`, ",0", "]}}}"},
		{"_meta of a call", true, call + `"chat","_meta":{"a":0`, `,"a":{}`, `},"arguments":{"prompt":"hi"}}}`},
		{"a progress token", false, call + `"chat","_meta":{"progressToken":"`, "a", `"},"arguments":{"prompt":"hi"}}}`},
		{"capabilities", false, begin + `"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{"a":[{}`, ",{}", "]}}}"},
		{"capabilities of empty lists", true, begin + `"initialize","params":{"capabilities":{"a":[]`, `,"a":[]`, "}}}"},
		{"a long tool name", false, call + `"`, "a", `"}}`},
		{"a long resource", false, begin + `"resources/read","params":{"uri":"ai-endpoints://models/`, "a", `"}}`},
		{"a long completion", false, begin + `"completion/complete","params":{"ref":{"type":"ref/resource","uri":"ai-endpoints://models/{id}"},` +
			`"argument":{"name":"id","value":"`, "a", `"}}}`},
		{"a prompt", false, chat + `"prompt":"`, "a", `"}}}`},
		{"a prompt of escapes", true, chat + `"prompt":"`, `\u003c`, `"}}}`},
		{"a prompt of half characters", false, chat + `"prompt":"`, `\ud800`, `"}}}`},
		{"a prompt of new lines", false, chat + `"prompt":"`, `\n`, `"}}}`},
		{"a model's name", false, chat + `"prompt":"hi","model":"`, "a", `"}}}`},
		{"a query", false, call + `"resolve-virtual-model","arguments":{"query":"a`, "?a", `"}}}`},
		{"abilities", false, call + `"list-models","arguments":{"supports":["tools"`, `,"tools"`, "]}}}"},
		{"audio", false, call + `"transcribe","arguments":{"audio":"data:audio/wav;base64,`, "UklG", `"}}}`},
		{"audio of zeros", false, call + `"transcribe","arguments":{"audio":"`, "AAAA", `"}}}`},
		{"abilities as text", false, call + `"list-models","arguments":{"supports":"tools`, `,tools`, `"}}}`},
		{"references", false, call + `"batch","arguments":{"inputs":["a"],"prompt":"`, "{{input}}", `"}}}`},
		{"open braces", false, call + `"batch","arguments":{"inputs":["a"],"prompt":"`, "{{", `"}}}`},
		{"items", true, call + `"batch","arguments":{"prompt":"{{input}}","inputs":["a"`, `,"a"`, "]}}}"},
		{"one large item", true, call + `"batch","arguments":{"prompt":"{{input}}","inputs":["`, "a", `"]}}}`},
		{"messages", true, chat + `"messages":[{"role":"user","content":"a"}`, `,{"role":"user","content":"a"}`, "]}}}"},
		{"parts", false, chat + `"messages":[{"role":"user","content":[{"type":"text","text":"a"}`, `,{"type":"text","text":"a"}`, "]}]}}}"},
		{"functions", false, chat + `"prompt":"hi","tools":[{}`, `,{"type":"function","function":{"name":"f"}}`, "]}}}"},
		{"stop words", false, chat + `"prompt":"hi","stop":["a"`, `,"a"`, "]}}}"},
		{"duplicate arguments", false, chat + `"prompt":"hi"`, `,"prompt":"hi"`, "}}}"},
		{"unknown arguments", false, chat + `"prompt":"hi"`, `,"aa":1`, "}}}"},
		{"empty lists", true, chat + `"prompt":"hi","messages":[[]`, ",[]", "]}}}"},
		{"arguments as text", true, call + `"chat","arguments":"{\"prompt\":\"`, "a", `\"}"}}`},
		{"arguments as text of a list", false, call + `"chat","arguments":"{\"messages\":[{}`, ",{}", `]}"}}`},
		{"messages as text", false, chat + `"messages":"[{}`, ",{}", `]"}}}`},
		{"texts to embed", true, embed + `"input":["a"`, `,"a"`, "]}}}"},
		{"one text to embed", false, embed + `"input":"`, "a", `"}}}`},
		{"an image", true, image, "AAAA", `"}}}`},
		{"images", false, call + `"describe-image","arguments":{"images":["a"`, `,"a"`, "]}}}"},
		{"a text to extract from", false, extract + `"schema":{"type":"object"},"text":"`, "a", `"}}}`},
		{"a schema", true, extract + `"text":"hi","schema":{"enum":[0`, ",0", "]}}}}"},
		{"a schema as text", false, extract + `"text":"hi","schema":"{\"enum\":[0`, ",0", `]}"}}}`},
	}
}

// bodyAttacks sends one message of each shape, to a server that has read no other.
func bodyAttacks() []attack {
	one := func(name string, short bool, run func(ctx context.Context, a *attacker)) attack {
		return attack{name: "one body: " + name, short: short, most: maxBody, run: run}
	}
	all := []attack{one("a prompt without a size", true, func(ctx context.Context, a *attacker) {
		a.postChunked(ctx, 1, prompt(bodySize))
	})}
	for _, s := range shapes() {
		all = append(all, one(s.name, s.short, func(ctx context.Context, a *attacker) { a.post(ctx, 1, s.body(bodySize)) }))
	}
	return all
}

// chat returns a small call; the text may name what the service shall answer.
func chat(text string) []byte { return []byte(call + `"chat","arguments":{"prompt":"` + text + `"}}}`) }

func ping() []byte { return []byte(begin + `"ping"}`) }

// prompt returns a chat of the size.
func prompt(size int) []byte {
	return shape{before: call + `"chat","arguments":{"prompt":"`, piece: "a", after: `"}}}`}.body(size)
}
