package strip_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/media/strip"
)

// Each format refuses a file that is cut before its first frame is complete, and
// never panics.
func TestCutFiles(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		file  string
		strip func([]byte) (strip.Frame, error)
	}{
		{"alpha.png", strip.PNG},
		{"dot.png", strip.PNG},
		{"cmyk.jpg", strip.JPEG},
		{"frames500.gif", strip.GIF},
		{"alpha-lossy.webp", strip.WebP},
		{"animated.webp", strip.WebP},
	} {
		t.Run(tt.file, func(t *testing.T) {
			t.Parallel()
			data, err := os.ReadFile(filepath.Join("..", "testdata", tt.file))
			if err != nil {
				t.Fatal(err)
			}
			whole, err := tt.strip(data)
			if err != nil || len(whole.Data) == 0 || len(whole.Data) > len(data) {
				t.Fatalf("the whole file: %d of %d bytes, error %v", len(whole.Data), len(data), err)
			}
			for n := range data {
				f, err := tt.strip(data[:n])
				if err == nil && len(f.Data) != len(whole.Data) {
					t.Fatalf("cut to %d bytes: %d bytes are left, want %d", n, len(f.Data), len(whole.Data))
				}
			}
		})
	}
}
