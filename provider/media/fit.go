package media

import (
	"context"
	"encoding/base64"
	"fmt"
	"image"
	"math"
	"slices"
)

// minSide is the longer side below which a picture shows nothing.
const minSide = 128

// Fit gives the pictures so that their data: URLs are together at most budget
// bytes: the service refuses a body of more than 10 MB. Those that take no more
// than an even share stay as they are, and what they leave is shared by the
// others. Each of these loses quality first, then pixels. The order is kept. The
// error is an [*Error] of the kind [TooLarge] when the budget is too small for
// so many pictures, or wraps the error of a ctx that ended.
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

// urlLength gives the length of the picture's data: URL.
func (img Image) urlLength() int {
	return len(dataURLStart(img.MediaType)) + base64.StdEncoding.EncodedLen(len(img.Data))
}

// shrinkTo gives p so that its data: URL is at most limit bytes.
func (img Image) shrinkTo(ctx context.Context, limit int) (Image, error) {
	if img.urlLength() <= limit {
		return img, nil
	}
	// Its data was decoded before, when it was taken in.
	s := still{data: img.Data, orientation: upright}
	frame, err := s.decode(ctx, img.MediaType)
	if err != nil {
		return Image{}, decodeError(img.MediaType, err)
	}
	canvas := size{img.Width, img.Height}
	if frame.Bounds().Dx() != canvas.width || frame.Bounds().Dy() != canvas.height {
		frame = onCanvas(frame, frame.Bounds().Min, canvas)
	}
	drawn := scale(frame, canvas)
	mediaType, qualities := typeJPEG, []int{85, 75, 60}
	if !drawn.Opaque() {
		mediaType, qualities = typePNG, []int{0}
	}
	smaller := img
	for _, quality := range qualities {
		if smaller, err = img.recode(drawn, mediaType, quality); err != nil || smaller.urlLength() <= limit {
			return smaller, err
		}
	}
	return smaller.shrinkSides(ctx, drawn, qualities[len(qualities)-1], limit)
}

// shrinkSides takes pixels off until the data: URL is at most limit bytes.
func (img Image) shrinkSides(ctx context.Context, drawn *image.RGBA, quality, limit int) (Image, error) {
	from := size{img.Width, img.Height}
	for img.urlLength() > limit {
		// Bytes go with the area; the rest is for what does not shrink so well.
		factor := min(0.9, 0.95*math.Sqrt(float64(limit)/float64(img.urlLength())))
		longer := int(factor * float64(size{img.Width, img.Height}.longerSide()))
		if limit <= 0 || longer < minSide {
			return Image{}, &Error{
				Kind:    TooLarge,
				Message: fmt.Sprintf("a picture of %d × %d pixels cannot be made to fit into %d bytes", from.width, from.height, limit),
				Hint:    "send fewer pictures",
			}
		}
		if err := ctx.Err(); err != nil {
			return Image{}, fmt.Errorf("shrinking the pictures: %w", err)
		}
		var err error
		if img, err = img.recode(scale(drawn, from.within(longer)), img.MediaType, quality); err != nil {
			return Image{}, err
		}
	}
	return img, nil
}
