package provider_test

import (
	"context"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/caller"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/catalog"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/emulator"
)

// as returns a context whose calls come from a caller with these rules.
func as(t testing.TB, name string, rules caller.Rules, models ...string) context.Context {
	t.Helper()
	for _, text := range models {
		pattern, err := caller.ParsePattern(text)
		if err != nil {
			t.Fatal(err)
		}
		rules.Models = append(rules.Models, pattern)
	}
	return caller.With(t.Context(), &caller.Caller{Name: name, Rules: rules})
}

func withModels(models map[string]provider.NamedModel) func(*provider.Options) {
	return func(o *provider.Options) { o.Models = models }
}

// What counts is the model that would answer, whatever name stands for it.
func TestCallersUseTheirModelsOnly(t *testing.T) {
	t.Parallel()
	e := emulator.New(emulator.Options{})
	p := connect(t, e, withKey("sk-server"), withModels(map[string]provider.NamedModel{
		"theirs":  {Model: "Mistral-Nemo-Instruct-2407"},
		"others":  {Model: "gpt-oss-120b"},
		"by rank": {Model: "gpt-oss@biggest"},
	}))
	shared := caller.Rules{SharedKey: true}
	for _, tt := range []struct {
		name, model string
		patterns    []string
		want        string // the model that answers; "" is not permitted
	}{
		{"an id", "Mistral-Nemo-Instruct-2407", []string{"mistral-*"}, "Mistral-Nemo-Instruct-2407"},
		{"another id", "gpt-oss-120b", []string{"mistral-*"}, ""},
		{"an id in other case", "GPT-OSS-120B", []string{"mistral-*"}, ""},
		{"an alias", "openai/gpt-oss-120b", []string{"mistral-*"}, ""},
		{"an alias of an allowed model", "openai/gpt-oss-120b", []string{"gpt-oss-120b"}, "gpt-oss-120b"},
		{"a pattern that matches an alias only", "openai/gpt-oss-120b", []string{"openai/*"}, ""},
		{"behind the prefix", "ovhcloud/gpt-oss-120b", []string{"mistral-*"}, ""},
		{"an alias in other case behind the prefix", "OVHcloud/OpenAI/GPT-OSS-120B", []string{"mistral-*"}, ""},
		{"a query in other case with blanks", " GPT-OSS @ Biggest ", []string{"mistral-*"}, ""},
		{"the word for no model", "None", []string{"gpt-oss-20b"}, "gpt-oss-20b"},
		{"in quotes", `"gpt-oss-120b"`, []string{"mistral-*"}, ""},
		{"a named model", "theirs", []string{"mistral-*"}, "Mistral-Nemo-Instruct-2407"},
		{"a named model of others", "others", []string{"mistral-*"}, ""},
		{"a named query of others", "by rank", []string{"mistral-*"}, ""},
		{"a query without a model of theirs", "gpt-oss@biggest", []string{"mistral-*"}, ""},
		{"an extended query", "gpt-oss@biggest?params>=1&context_size>1k", []string{"mistral-*"}, ""},
		{"the best of theirs", "gpt-oss@biggest", []string{"gpt-oss-20b"}, "gpt-oss-20b"},
		{"the default is the best of theirs", "", []string{"gpt-oss-20b", "mistral-7b*"}, "gpt-oss-20b"},
		{"a default where none of theirs matches it", "", []string{"meta-llama-3_3-70b-instruct"}, "Meta-Llama-3_3-70B-Instruct"},
		{"the default where only the ids of theirs are known", "", []string{"mistral-*", "qwen3-embedding*"}, "Mistral-7B-Instruct-v0.3"},
		{"no model that chats", "", []string{"bge-*"}, ""},
		{"none at all", "gpt-oss-120b", []string{"no-such-model"}, ""},
		{"all", "gpt-oss-120b", []string{"*"}, "gpt-oss-120b"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			before := len(e.Calls(chatPath))
			got, err := p.Chat(as(t, "alice", shared, tt.patterns...), provider.ChatRequest{Model: tt.model, Messages: says("hello")})
			if tt.want != "" {
				if err != nil || got.Model != tt.want {
					t.Fatalf("got %+v (%v)", got, err)
				}
				if body := sentBodies(t, e, chatPath)[before]; body["model"] != tt.want {
					t.Errorf("the service was asked for %v, which may be any", body["model"])
				}
				return
			}
			failed := failure(t, err)
			if failed.Code != provider.CodeNotPermitted || len(e.Calls(chatPath)) > before {
				t.Errorf("got %q, after %d requests", failed, len(e.Calls(chatPath))-before)
			}
			if tt.model != "" && (failed.Code != provider.CodeNotPermitted ||
				!strings.Contains(failed.Message, "alice may not use") || !strings.Contains(failed.Message, tt.patterns[0])) {
				t.Errorf("the rule is not named: %q", failed)
			}
		})
	}
}

func TestCallersSeeTheirModelsOnly(t *testing.T) {
	t.Parallel()
	p := connect(t, emulator.New(emulator.Options{}), withModels(map[string]provider.NamedModel{
		"theirs": {Model: "gpt-oss-20b"}, "others": {Model: "llama@latest"},
	}))
	ctx := as(t, "alice", caller.Rules{}, "gpt-oss-*")
	want := []string{"gpt-oss-120b", "gpt-oss-20b"}
	for name, known := range map[string]*catalog.Catalog{"catalogue": p.Catalog(ctx), "verified": p.VerifiedCatalog(ctx)} {
		ids := known.Names()
		if slices.Sort(ids); !slices.Equal(ids, want) {
			t.Errorf("%s: %q", name, ids)
		}
	}
	if got := p.NamedModels(ctx); !slices.Equal(got, []string{"theirs"}) {
		t.Errorf("named models %q", got)
	}
	list, err := p.List(ctx, catalog.Filter{}, catalog.ByPrice)
	if err != nil || len(list.Models) != 2 {
		t.Errorf("listed %+v (%v)", list, err)
	}
	if r, err := p.Resolve(ctx, "text_generation@latest", false); err != nil || !slices.Contains(want, r.Model) {
		t.Errorf("resolved %+v (%v)", r, err)
	}
	if r, err := p.Resolve(ctx, "gpt-oss@latest", true); err != nil || r.Service != nil || !slices.Contains(codes(r.Warnings), provider.WarnArgumentIgnored) {
		t.Errorf("the service was asked to pick: %+v (%v)", r, err)
	}
	for _, others := range []string{"llama@latest", "bge-m3"} {
		_, err := p.Resolve(ctx, others, false)
		_ = wantCode(t, err, provider.CodeNotPermitted)
	}
	_, err = p.Chat(ctx, provider.ChatRequest{Model: "gpt-oss-120", Messages: says("hello")})
	if failed := wantCode(t, err, provider.CodeUnknownModel); strings.Contains(failed.Hint, "istral") || !strings.Contains(failed.Hint, "gpt-oss-120b") {
		t.Errorf("the hint names models of others: %q", failed)
	}
	_, err = p.Embed(as(t, "alice", caller.Rules{}, "mistral-*"), provider.EmbedRequest{Input: []string{"hello"}})
	if failed := wantCode(t, err, provider.CodeNotPermitted); strings.Contains(failed.Hint, "istral") {
		t.Errorf("the hint names models that cannot embed: %q", failed)
	}
	if all := p.Catalog(t.Context()).Names(); len(all) < 20 {
		t.Errorf("without a caller there are %d models", len(all))
	}
}

// A fallback that is not for the caller is passed over.
func TestCallersFallBackToTheirModels(t *testing.T) {
	t.Parallel()
	e := emulator.New(emulator.Options{})
	e.Script(emulator.Fault{Model: "gpt-oss-120b", Status: 503, Times: -1})
	p := connect(t, e, withModels(map[string]provider.NamedModel{
		"main": {Model: "gpt-oss-120b", Fallback: []string{"Mistral-Nemo-Instruct-2407", "gpt-oss@smallest"}},
	}))
	got, err := p.Chat(as(t, "alice", caller.Rules{}, "gpt-oss-*"), provider.ChatRequest{Model: "main", Messages: says("hello")})
	if err != nil || got.Model != "gpt-oss-20b" {
		t.Errorf("got %+v (%v)", got, err)
	}
}

// Which key goes out depends on the caller's rules alone.
func TestCallersUseTheirKeys(t *testing.T) {
	t.Parallel()
	e := emulator.New(emulator.Options{})
	p := connect(t, e, withKey("sk-server"))
	without := connect(t, e)
	for _, tt := range []struct {
		name  string
		p     *provider.Provider
		rules caller.Rules
		want  string
	}{
		{"its own", p, caller.Rules{Key: "sk-alice"}, "Bearer sk-alice"},
		{"its own before the shared one", p, caller.Rules{Key: "sk-alice", SharedKey: true}, "Bearer sk-alice"},
		{"the shared one", p, caller.Rules{SharedKey: true}, "Bearer sk-server"},
		{"none", p, caller.Rules{}, ""},
		{"none to share", without, caller.Rules{SharedKey: true}, ""},
		{"its own where the server has none", without, caller.Rules{Key: "sk-alice"}, "Bearer sk-alice"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			ctx := as(t, "alice", tt.rules)
			before := len(e.Calls(chatPath))
			if _, err := tt.p.Chat(ctx, provider.ChatRequest{Model: "gpt-oss-120b", Messages: says("hello")}); err != nil {
				t.Fatal(err)
			}
			if got := e.Calls(chatPath)[before].Header.Get("Authorization"); got != tt.want {
				t.Errorf("sent %q, want %q", got, tt.want)
			}
			if _, err := tt.p.SubmitBatch(ctx, batchOf("x")); (err == nil) != (tt.want != "") {
				t.Errorf("batch: %v", err)
			}
		})
	}
}

// The rate limit of a model is for each key: one caller's calls do not make another wait.
func TestCallersHaveTheLimitsOfTheirKeys(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := connectInMemory(t, emulator.New(emulator.Options{}), withKey("sk-server"), func(o *provider.Options) {
			o.RateLimit, o.MaxWait = 1, time.Hour
		})
		start := time.Now()
		for _, rules := range []caller.Rules{{Key: "sk-alice"}, {Key: "sk-bob"}, {SharedKey: true}, {}} {
			if _, err := p.Chat(as(t, "x", rules), provider.ChatRequest{Model: "gpt-oss-120b", Messages: says("hello")}); err != nil {
				t.Fatal(err)
			}
		}
		if took := time.Since(start); took > 10*time.Second {
			t.Errorf("keys wait for each other: %s", took)
		}
		if _, err := p.Chat(as(t, "y", caller.Rules{Key: "sk-alice"}), provider.ChatRequest{
			Model: "gpt-oss-120b", Messages: says("hello"),
		}); err != nil || time.Since(start) < 50*time.Second {
			t.Errorf("a second call with one key went out after %s (%v)", time.Since(start), err)
		}
	})
}

// A service may repeat the key that it refuses.
func TestKeysOfCallersAreNotRepeated(t *testing.T) {
	t.Parallel()
	for _, key := range []string{"sk-alice-0123456789abcdef", "sk-server-0123456789abcdef"} {
		e := emulator.New(emulator.Options{})
		e.Script(emulator.Fault{Status: 401, Body: `{"error": "the key ` + key + ` is not valid"}`})
		p := connect(t, e, withKey("sk-server-0123456789abcdef"))
		rules := caller.Rules{Key: "sk-alice-0123456789abcdef"}
		if strings.Contains(key, "server") {
			rules = caller.Rules{SharedKey: true}
		}
		_, err := p.Chat(as(t, "alice", rules), provider.ChatRequest{Model: "gpt-oss-120b", Messages: says("hello")})
		failed := wantCode(t, err, provider.CodeAuthFailed)
		if strings.Contains(failed.Error(), "0123456789") {
			t.Errorf("repeated: %q", failed)
		}
		if rules.Key != "" && !strings.Contains(failed.Hint, "key_file") {
			t.Errorf("the hint is about another key: %q", failed.Hint)
		}
	}
}

func TestBatchesAreForTheirCaller(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		e := emulator.New(emulator.Options{BatchTime: time.Second})
		p := connectInMemory(t, e, withKey(batchKey))
		alice, bob := as(t, "alice", caller.Rules{SharedKey: true}), as(t, "bob", caller.Rules{SharedKey: true})
		made, err := p.SubmitBatch(alice, batchOf("number 0"))
		if err != nil {
			t.Fatal(err)
		}
		ownerless := submit(t, p, batchOf("number 0"))
		<-time.After(time.Minute)
		for name, use := range map[string]func(context.Context, string) error{
			"fetch": func(ctx context.Context, id string) error {
				_, err := p.FetchBatch(ctx, provider.BatchFetch{ID: id})
				return err
			},
			"cancel": func(ctx context.Context, id string) error { _, err := p.CancelBatch(ctx, id); return err },
			"delete": p.DeleteBatch,
		} {
			if failed := wantCode(t, use(bob, made.ID), provider.CodeNotPermitted); !strings.Contains(failed.Message, "bob") {
				t.Errorf("%s: %q", name, failed)
			}
			_ = wantCode(t, use(alice, ownerless.ID), provider.CodeNotPermitted)
		}
		if state, err := p.FetchBatch(alice, provider.BatchFetch{ID: made.ID}); err != nil || state.Done != 1 {
			t.Errorf("its caller: %+v (%v)", state, err)
		}
		fetch(t, p, made.ID) // the only client of a server sees all
		if err := p.DeleteBatch(alice, made.ID); err != nil {
			t.Error(err)
		}
	})
}

// A pattern that is misspelt allows nothing, and the log says so once.
func TestPatternsThatMatchNothingAreLogged(t *testing.T) {
	t.Parallel()
	var log logBuffer
	p := connect(t, emulator.New(emulator.Options{}), func(o *provider.Options) {
		o.Logger = slog.New(slog.NewTextHandler(&log, nil))
	})
	for range 3 {
		p.Catalog(as(t, "alice", caller.Rules{}, "gpt-oss-*", "mistrall-*"))
	}
	if got := log.String(); strings.Count(got, "mistrall-*") != 1 || strings.Contains(got, "pattern=gpt-oss-*") {
		t.Errorf("logged %s", got)
	}
}
