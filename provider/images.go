package provider

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/media"
)

const (
	// maxImages is how many images the service accepts in one request.
	maxImages = 5
	// imageBudget is how many bytes the data: URLs of one request may have: the
	// service accepts a body of 10 MB, which includes the texts.
	imageBudget = 9_000_000
)

// Image describes an image as it was sent.
type Image struct {
	MediaType string `json:"media_type"`
	Width     int    `json:"width"`  // pixels
	Height    int    `json:"height"` // pixels
	Bytes     int    `json:"bytes"`
	Resized   bool   `json:"resized"`
}

// prepareImages returns a copy of messages in which each image, given as a URL, base64
// or a path, is replaced by the data: URL of the prepared image.
func (p *Provider) prepareImages(ctx context.Context, messages []Message, w *warnings) ([]Message, []Image, error) {
	if !hasImage(messages) {
		return messages, nil, nil
	}
	messages, parts := cloneImages(messages)
	if len(parts) > maxImages {
		return nil, nil, InvalidArgument(fmt.Sprintf("%s: there are %d images", parts[maxImages].Label, len(parts)),
			fmt.Sprintf("at most %d are allowed", maxImages))
	}
	prepared := make([]media.Image, len(parts))
	group, groupCtx := newGroup(ctx, maxImages)
	for i, part := range parts {
		group.Go(func() (err error) {
			prepared[i], err = p.media.Prepare(groupCtx, media.Request{Source: part.URL, Detail: part.Detail, LocalFiles: !p.noLocalFiles})
			return p.imageError(ctx, part.Label, err)
		})
	}
	err := group.Wait()
	if err == nil {
		prepared, err = media.Fit(ctx, prepared, imageBudget)
		err = p.imageError(ctx, parts[0].Label, err)
	}
	if err != nil {
		return nil, nil, err
	}
	var images []Image
	for i, sent := range prepared {
		// No detail: the image has already been scaled to it.
		parts[i].URL, parts[i].Detail = sent.DataURL(), ""
		images = append(images, Image{sent.MediaType, sent.Width, sent.Height, len(sent.Data), sent.Resized})
		w.addImage(parts[i].Label, sent)
	}
	return messages, images, nil
}

// imageParts returns images as content parts of a message.
func imageParts(images []ImageURL) []Part {
	var parts []Part
	for i := range images {
		parts = append(parts, Part{Type: "image_url", ImageURL: &images[i]})
	}
	return parts
}

// cloneImages copies messages deeply enough to change their images, and returns the
// images of the copy.
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

// addImage adds warnings for what an image lost when it was prepared.
func (w *warnings) addImage(label string, sent media.Image) {
	if sent.Resized {
		w.add(WarnImageResized, "%s was scaled from %d × %d to %d × %d pixels",
			label, sent.Original.Width, sent.Original.Height, sent.Width, sent.Height)
	}
	if sent.FirstFrameOnly {
		w.add(WarnImageFirstFrame, "%s is an animation; only its first frame was sent", label)
	}
}

// imageError converts an error of preparing an image.
func (p *Provider) imageError(ctx context.Context, label string, err error) error {
	if err == nil {
		return nil
	}
	failed, ok := errors.AsType[*media.Error](err)
	if !ok {
		return p.client.transportError(ctx, err)
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
