package media_test

import (
	"context"
	"encoding/base64"
	"errors"
	"image"
	"strings"
	"testing"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/media"
)

// Before an image is decoded, it waits for as many bytes as that takes.
func TestImagesWaitForMemory(t *testing.T) {
	translucent := image.NewNRGBA(image.Rect(0, 0, 300, 200))
	translucent.Pix[3] = 1
	source := base64.StdEncoding.EncodeToString(encodePNG(t, translucent))
	var held, released int64
	hold := func(_ context.Context, bytes int64) (func(), error) {
		held += bytes
		return func() { released += bytes }, nil
	}
	p, err := media.New(media.Options{Hold: hold})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	if _, err := p.Prepare(t.Context(), media.Request{Source: source}); err != nil {
		t.Fatal(err)
	}
	if least := int64(300 * 200 * 4); held < least || held > 6*least || released != held {
		t.Errorf("%d bytes were held, %d released", held, released)
	}

	refused := errors.New("no memory")
	none, err := media.New(media.Options{Hold: func(context.Context, int64) (func(), error) { return nil, refused }})
	if err != nil {
		t.Fatal(err)
	}
	defer none.Close()
	if _, err := none.Prepare(t.Context(), media.Request{Source: source}); !errors.Is(err, refused) {
		t.Errorf("without memory: %v", err)
	}

	small, err := media.New(media.Options{MaxDecoded: 300 * 200 * 4})
	if err != nil {
		t.Fatal(err)
	}
	defer small.Close()
	if _, err := small.Prepare(t.Context(), media.Request{Source: source}); err == nil || !strings.Contains(err.Error(), "MB of memory") {
		t.Errorf("an image that is too large to decode: %v", err)
	}
}
