package provider

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/media"
)

const (
	// maxPictures is what the service takes in one prompt.
	maxPictures = 5
	// pictureBudget is what the data: URLs of one request may take: the service
	// takes a body of 10 MB, of which the texts need some.
	pictureBudget = 9_000_000
)

// Picture tells what was sent of a picture.
type Picture struct {
	MediaType     string
	Width, Height int // pixels
	Bytes         int
	Resized       bool
}

// takeIn obtains the pictures of messages, which may be URLs, base64 or paths,
// and gives the messages with data: URLs in their place. The messages given are
// not changed.
func (p *Provider) takeIn(ctx context.Context, messages []Message) ([]Message, []Picture, []Warning, error) {
	if !hasImage(messages) {
		return messages, nil, nil, nil
	}
	messages, images := cloneImages(messages)
	if len(images) > maxPictures {
		return nil, nil, nil, InvalidArgument(fmt.Sprintf("%s: there are %d pictures", images[maxPictures].Label, len(images)),
			fmt.Sprintf("at most %d are allowed", maxPictures))
	}
	taken := make([]media.Picture, len(images))
	group, groupCtx := newGroup(ctx, maxPictures)
	for i, image := range images {
		group.Go(func() (err error) {
			taken[i], err = p.media.Get(groupCtx, media.Request{Source: image.URL, Detail: image.Detail, LocalFiles: !p.noLocalFiles})
			return p.pictureError(ctx, image.Label, err)
		})
	}
	err := group.Wait()
	if err == nil {
		taken, err = media.Fit(ctx, taken, pictureBudget)
		err = p.pictureError(ctx, images[0].Label, err)
	}
	if err != nil {
		return nil, nil, nil, err
	}
	var pictures []Picture
	var warnings []Warning
	for i, t := range taken {
		// It is scaled to its detail already.
		images[i].URL, images[i].Detail = t.DataURL(), ""
		pictures = append(pictures, Picture{t.MediaType, t.Width, t.Height, len(t.Data), t.Resized})
		warnings = append(warnings, pictureWarnings(images[i].Label, t)...)
	}
	return messages, pictures, warnings, nil
}

// imageParts gives pictures as parts of a message.
func imageParts(images []ImageURL) []Part {
	var parts []Part
	for i := range images {
		parts = append(parts, Part{Type: "image_url", ImageURL: &images[i]})
	}
	return parts
}

// cloneImages copies messages so deep that their pictures can be changed, and
// gives these.
func cloneImages(messages []Message) ([]Message, []*ImageURL) {
	var images []*ImageURL
	messages = slices.Clone(messages)
	for i := range messages {
		parts := slices.Clone(messages[i].Content.Parts)
		for j := range parts {
			if parts[j].Type != "image_url" || parts[j].ImageURL == nil {
				continue
			}
			image := *parts[j].ImageURL
			if image.Label == "" {
				image.Label = fmt.Sprintf("messages[%d].content[%d].image_url.url", i, j)
			}
			parts[j].ImageURL = &image
			images = append(images, &image)
		}
		messages[i].Content.Parts = parts
	}
	return messages, images
}

func pictureWarnings(label string, t media.Picture) []Warning {
	var warnings []Warning
	if t.Resized {
		warnings = append(warnings, Warning{WarnImageResized, fmt.Sprintf("%s was scaled from %d × %d to %d × %d pixels",
			label, t.Original.Width, t.Original.Height, t.Width, t.Height)})
	}
	if t.FirstFrameOnly {
		warnings = append(warnings, Warning{WarnImageFirstFrame, label + " is an animation; only its first frame was sent"})
	}
	return warnings
}

// pictureError makes an Error of what the intake failed with.
func (p *Provider) pictureError(ctx context.Context, label string, err error) error {
	var failed *media.Error
	switch {
	case err == nil:
		return nil
	case !errors.As(err, &failed):
		return p.transportError(ctx, err)
	}
	e := &Error{Message: label + ": " + failed.Message, Hint: failed.Hint, cause: err}
	switch failed.Kind {
	case media.Invalid:
		e.Code = CodeInvalidArgument
	case media.PathNotAllowed:
		e.Code = CodePathNotAllowed
	case media.URLBlocked:
		e.Code = CodeURLBlocked
	case media.TooLarge:
		e.Code = CodePayloadTooLarge
	default:
		e.Code, e.Retryable = CodeImageUnreadable, failed.Kind == media.NotFetched
	}
	return e
}
