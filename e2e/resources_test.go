package e2e

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/mark3labs/mcp-go/mcp"
	sdkjsonrpc "github.com/modelcontextprotocol/go-sdk/jsonrpc"
	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/catalog"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/emulator"
)

// readResource returns the text of a resource, read with either client.
func readResource(ctx context.Context, a agent, uri string) (string, error) {
	switch a := a.(type) {
	case *mcpGo:
		var request mcp.ReadResourceRequest
		request.Params.URI = uri
		result, err := a.client.ReadResource(ctx, request)
		if err != nil || len(result.Contents) == 0 {
			return "", err
		}
		return result.Contents[0].(mcp.TextResourceContents).Text, nil
	case *goSDK:
		result, err := a.session.ReadResource(ctx, &sdk.ReadResourceParams{URI: uri})
		if err != nil || len(result.Contents) == 0 {
			return "", err
		}
		return result.Contents[0].Text, nil
	}
	panic("no such agent")
}

func TestEveryResourceIsRead(t *testing.T) {
	eachAgent(t, func(t *testing.T, start func(...string) agent) {
		a := start("--sandbox")
		for uri, holds := range map[string]string{
			"ai-endpoints://catalog":                            `"source":"live"`,
			"ai-endpoints://catalog.md":                         "Meta-Llama-3_3-70B-Instruct",
			"ai-endpoints://usage":                              `"currency":"EUR"`,
			"ai-endpoints://virtual-models":                     "code_chat@latest",
			"ai-endpoints://models/gpt-oss-120b":                `"context_tokens":131072`,
			"ai-endpoints://models/openai/gpt-oss-120b":         `"id":"gpt-oss-120b"`,
			"ai-endpoints://models/meta-llama-3_3-70b-instruct": `"id":"Meta-Llama-3_3-70B-Instruct"`,
		} {
			text, err := readResource(testContext(t), a, uri)
			compact := strings.NewReplacer(" ", "", "\n", "").Replace(text)
			if err != nil || !strings.Contains(text, holds) && !strings.Contains(compact, holds) {
				t.Errorf("%s: error %v, and %q is not in %.300s", uri, err, holds, text)
			}
		}
	})
}

// -32602 since 2026-07-28, -32002 before.
func TestUnknownResourceHasItsCode(t *testing.T) {
	for name, want := range map[string]int64{"mcp-go": -32602, "mcp-go, 2025-06-18": -32002, "go-sdk": -32002} {
		t.Run(name, func(t *testing.T) {
			a := agents[name](t, "stdio", "--sandbox")
			for _, uri := range []string{"ai-endpoints://models/gpt-oss-12b", "ai-endpoints://nothing"} {
				_, err := readResource(testContext(t), a, uri)
				wire, fromSDK := errors.AsType[*sdkjsonrpc.Error](err)
				switch {
				case fromSDK:
					// Which code depends on the version that the Go SDK negotiated.
					if wire.Code != -32002 && wire.Code != -32602 {
						t.Errorf("%s: code %d", uri, wire.Code)
					}
				case err == nil:
					t.Errorf("%s was read", uri)
				case want == -32002 && !errors.Is(err, mcp.ErrResourceNotFound):
					t.Errorf("%s: got %v, want resource not found", uri, err)
				case want == -32602 && !errors.Is(err, mcp.ErrInvalidParams):
					t.Errorf("%s: got %v, want invalid params", uri, err)
				}
				if strings.Contains(uri, "12b") && !strings.Contains(err.Error(), "gpt-oss-120b") {
					t.Errorf("%s: %v does not name the nearest model", uri, err)
				}
			}
		})
	}
}

func TestIDsComplete(t *testing.T) {
	eachAgent(t, func(t *testing.T, start func(...string) agent) {
		var ids []string
		switch a := start("--sandbox").(type) {
		case *mcpGo:
			var request mcp.CompleteRequest
			request.Params.Ref = mcp.ResourceReference{Type: "ref/resource", URI: "ai-endpoints://models/{+id}"}
			request.Params.Argument = mcp.CompleteArgument{Name: "id", Value: "GPT"}
			result, err := a.client.Complete(testContext(t), request)
			if err != nil {
				t.Fatal(err)
			}
			ids = result.Completion.Values
		case *goSDK:
			result, err := a.session.Complete(testContext(t), &sdk.CompleteParams{
				Ref:      &sdk.CompleteReference{Type: "ref/resource", URI: "ai-endpoints://models/{+id}"},
				Argument: sdk.CompleteParamsArgument{Name: "id", Value: "GPT"},
			})
			if err != nil {
				t.Fatal(err)
			}
			ids = result.Completion.Values
		}
		if len(ids) != 2 || ids[0] != "gpt-oss-120b" && ids[0] != "gpt-oss-20b" {
			t.Errorf("GPT completes to %v", ids)
		}
	})
}

// A running server refreshes its catalogue over HTTP, and its client sees it.
func TestCatalogIsRefreshed(t *testing.T) {
	eachAgent(t, func(t *testing.T, start func(...string) agent) {
		u := newUpstream(t, emulator.Options{})
		a := start(append(u.flags, "--catalog-ttl", "1ms")...)
		if _, err := readResource(testContext(t), a, "ai-endpoints://catalog"); err != nil {
			t.Fatal(err)
		}
		var models []map[string]any
		catalogue, _ := catalog.SnapshotPayloads()
		if err := json.Unmarshal(catalogue, &models); err != nil {
			t.Fatal(err)
		}
		models[0]["name"] = "brand-new-model"
		changed, err := json.Marshal(models)
		if err != nil {
			t.Fatal(err)
		}
		u.Script(emulator.Fault{Path: "/models_v2", Status: 200, Body: string(changed), ContentType: "application/json", Times: -1})
		ctx := testContext(t)
		for {
			text, err := readResource(ctx, a, "ai-endpoints://models/brand-new-model")
			if err == nil && strings.Contains(text, "brand-new-model") {
				return
			}
			select {
			case <-time.After(10 * time.Millisecond): // it is served stale while it is refreshed
			case <-ctx.Done():
				t.Fatal("the new model was never seen")
			}
		}
	})
}
