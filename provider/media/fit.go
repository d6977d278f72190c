package media

import (
	"context"
	"encoding/base64"
	"fmt"
	"image"
	"math"
	"slices"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/media/strip"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/sniff"
)

// minSide is the length of the longer side below which an image shows too little.
const minSide = 128

// Fit returns the images, in the same order, shrunk so that their data: URLs have at
// most budget bytes together: the service refuses a body of more than 10 MB. Images
// that need no more than an even share stay as they are, and the others share what
// is left. Each of these loses quality first, then pixels. The error is an [*Error]
// of the kind [TooLarge] when the budget is too small for so many images, or wraps
// the error of ctx.
func Fit(ctx context.Context, images []Image, budget int) ([]Image, error) {
	fitted := slices.Clone(images)
	smallestFirst := make([]int, len(images))
	for i := range smallestFirst {
		smallestFirst[i] = i
	}
	slices.SortStableFunc(smallestFirst, func(a, b int) int { return images[a].urlLength() - images[b].urlLength() })
	for done, i := range smallestFirst {
		img, err := fitted[i].shrinkTo(ctx, budget/(len(images)-done))
		if err != nil {
			return nil, err
		}
		fitted[i] = img
		budget -= img.urlLength()
	}
	return fitted, nil
}

// urlLength returns the length of the image's data: URL.
func (img Image) urlLength() int {
	return len(dataURLStart(img.MediaType)) + base64.StdEncoding.EncodedLen(len(img.Data))
}

// shrinkTo returns img shrunk so that its data: URL has at most limit bytes.
func (img Image) shrinkTo(ctx context.Context, limit int) (Image, error) {
	if img.urlLength() <= limit {
		return img, nil
	}
	pixels, err := codecOf(img.MediaType).pixels(ctx, strip.Frame{Data: img.Data, Orientation: strip.Upright})
	if err != nil {
		return Image{}, decodeError(img.MediaType, err)
	}
	canvas := size{img.Width, img.Height}
	if pixels.Bounds().Dx() != canvas.width || pixels.Bounds().Dy() != canvas.height {
		if pixels, err = onCanvas(ctx, pixels, pixels.Bounds().Min, canvas); err != nil {
			return Image{}, fmt.Errorf("shrinking the images: %w", err)
		}
	}
	drawn, err := scale(ctx, pixels, canvas)
	if err != nil {
		return Image{}, fmt.Errorf("shrinking the images: %w", err)
	}
	mediaType, qualities := sniff.JPEG, []int{85, 75, 60}
	if !drawn.Opaque() {
		mediaType, qualities = sniff.PNG, []int{0}
	}
	smaller := img
	for _, quality := range qualities {
		if smaller, err = img.recode(ctx, drawn, mediaType, quality); err != nil || smaller.urlLength() <= limit {
			return smaller, err
		}
	}
	return smaller.shrinkSides(ctx, drawn, qualities[len(qualities)-1], limit)
}

// shrinkSides scales img down until its data: URL has at most limit bytes.
func (img Image) shrinkSides(ctx context.Context, drawn *image.RGBA, quality, limit int) (Image, error) {
	from := size{img.Width, img.Height}
	for img.urlLength() > limit {
		// The bytes shrink with the area, but a little less: hence 0.95.
		factor := min(0.9, 0.95*math.Sqrt(float64(limit)/float64(img.urlLength())))
		longer := int(factor * float64(size{img.Width, img.Height}.longerSide()))
		if limit <= 0 || longer < minSide {
			return Image{}, &Error{
				Kind:    TooLarge,
				Message: fmt.Sprintf("an image of %d × %d pixels cannot be made to fit into %d bytes", from.width, from.height, limit),
				Hint:    "send fewer images",
			}
		}
		smaller, err := scale(ctx, drawn, from.within(longer))
		if err != nil {
			return Image{}, fmt.Errorf("shrinking the images: %w", err)
		}
		if img, err = img.recode(ctx, smaller, img.MediaType, quality); err != nil {
			return Image{}, err
		}
	}
	return img, nil
}
