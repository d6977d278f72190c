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
func Fit(ctx context.Context, pictures []Picture, budget int) ([]Picture, error) {
	fitted := slices.Clone(pictures)
	smallestFirst := make([]int, len(pictures))
	for i := range smallestFirst {
		smallestFirst[i] = i
	}
	slices.SortStableFunc(smallestFirst, func(a, b int) int { return pictures[a].urlLength() - pictures[b].urlLength() })
	for done, i := range smallestFirst {
		p, err := fitted[i].shrinkTo(ctx, budget/(len(pictures)-done))
		if err != nil {
			return nil, err
		}
		fitted[i] = p
		budget -= p.urlLength()
	}
	return fitted, nil
}

// urlLength gives the length of the picture's data: URL.
func (p Picture) urlLength() int {
	return len(dataURLStart(p.MediaType)) + base64.StdEncoding.EncodedLen(len(p.Data))
}

// shrinkTo gives p so that its data: URL is at most limit bytes.
func (p Picture) shrinkTo(ctx context.Context, limit int) (Picture, error) {
	if p.urlLength() <= limit {
		return p, nil
	}
	// Its data was decoded before, when it was taken in.
	s := still{data: p.Data, orientation: upright}
	frame, err := s.decode(ctx, p.MediaType)
	if err != nil {
		return Picture{}, damaged(p.MediaType, err)
	}
	canvas := size{p.Width, p.Height}
	if frame.Bounds().Dx() != canvas.width || frame.Bounds().Dy() != canvas.height {
		frame = onCanvas(frame, frame.Bounds().Min, canvas)
	}
	drawn := scale(frame, canvas)
	mediaType, qualities := typeJPEG, []int{85, 75, 60}
	if !drawn.Opaque() {
		mediaType, qualities = typePNG, []int{0}
	}
	smaller := p
	for _, quality := range qualities {
		if smaller, err = p.recode(drawn, mediaType, quality); err != nil || smaller.urlLength() <= limit {
			return smaller, err
		}
	}
	return smaller.shrinkSides(ctx, drawn, qualities[len(qualities)-1], limit)
}

// shrinkSides takes pixels off until the data: URL is at most limit bytes.
func (p Picture) shrinkSides(ctx context.Context, drawn *image.RGBA, quality, limit int) (Picture, error) {
	from := size{p.Width, p.Height}
	for p.urlLength() > limit {
		// Bytes go with the area; the rest is for what does not shrink so well.
		factor := min(0.9, 0.95*math.Sqrt(float64(limit)/float64(p.urlLength())))
		longer := int(factor * float64(size{p.Width, p.Height}.longer()))
		if limit <= 0 || longer < minSide {
			return Picture{}, &Error{
				Kind:    TooLarge,
				Message: fmt.Sprintf("a picture of %d × %d pixels cannot be made to fit into %d bytes", from.width, from.height, limit),
				Hint:    "send fewer pictures",
			}
		}
		if err := ctx.Err(); err != nil {
			return Picture{}, fmt.Errorf("shrinking the pictures: %w", err)
		}
		var err error
		if p, err = p.recode(scale(drawn, from.within(longer)), p.MediaType, quality); err != nil {
			return Picture{}, err
		}
	}
	return p, nil
}
