package vectors_test

import (
	"context"
	"fmt"
	"os"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/vectors"
)

// A search embeds only what is missing, and holds one vector at a time.
func Example() {
	folder, err := os.MkdirTemp("", "vectors-")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(folder)

	ctx, cache := context.Background(), vectors.Open(vectors.Options{Folder: folder})
	space := vectors.Space{Service: "https://example.com/v1", Model: "bge-m3"}
	texts := []string{"a", "b"}
	for range 2 {
		keys := make([]vectors.Key, len(texts))
		for i, text := range texts {
			keys[i] = space.Key(text)
		}
		found := cache.Lookup(ctx, keys, 2)
		w := cache.NewWriter()
		for _, i := range found.Missing() {
			fmt.Println("embed", texts[i])
			w.Add(keys[i], []float32{float32(i), 1})
		}
		for i, vector := range found.Vectors(ctx) {
			if vector != nil { // else it was deleted meanwhile, and is embedded like a missing one
				fmt.Println("compare", texts[i], vector)
			}
		}
		w.Close()
	}
	// Output:
	// embed a
	// embed b
	// compare a [0 1]
	// compare b [1 1]
}
