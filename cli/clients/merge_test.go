package clients

import (
	"testing"
	"fmt"
)

func TestX(t *testing.T) {
	for _, c := range All() {
		for _, s := range []Server{
			{Name: "ai-endpoints", Command: "/usr/bin/ai-endpoints-mcp", Args: []string{"--sandbox"}, Secret: Secret{Variable: "OVH_K", Title: "API key"}, Timeout: 5*60e9},
			{Name: "ai-endpoints", URL: "https://x/mcp", Secret: Secret{Variable: "TOK", Title: "token"}, Timeout: 5*60e9},
		} {
		b, err := c.Block(s)
		fmt.Println(c.Name, err)
		fmt.Println(b)
		r, err := c.Remove([]byte(b), "ai-endpoints")
		fmt.Printf("removed %q %v\n", r, err)
		}
	}
}
