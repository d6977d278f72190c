package provider

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/media"
)

const (
	// maxImages is how many images the service accepts in one request. The catalogue
	// may say less for a model.
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
// or a path, is replaced by the data: URL of the prepared image, or by those of the
// tiles that it is cut into. model is the one that is asked first.
func (p *Provider) prepareImages(ctx context.Context, messages []Message, model resolvedModel, w *warnings) ([]Message, []Image, error) {
	if !hasImage(messages) {
		return messages, nil, nil
	}
	limit := min(cmp.Or(model.entry.MaxImages, maxImages), maxImages)
	messages, parts := cloneImages(trimImages(messages, limit, w))
	if len(parts) > limit {
		return nil, nil, InvalidArgument(fmt.Sprintf("%s: there are %d images", parts[limit].Label, len(parts)),
			fmt.Sprintf("at most %d are allowed", limit))
	}
	prepared, err := p.cutImages(ctx, parts, limit)
	if err != nil {
		return nil, nil, err
	}
	all, err := media.Fit(ctx, slices.Concat(prepared...), imageBudget)
	if err != nil {
		return nil, nil, p.imageError(ctx, parts[0].Label, err)
	}
	var images []Image
	sent := make(map[*ImageURL][]Part, len(parts))
	for i, part := range parts {
		tiles := all[:len(prepared[i])]
		all = all[len(tiles):]
		for _, tile := range tiles {
			// No detail: the image has already been scaled to it.
			sent[part] = append(sent[part], Part{Type: "image_url", ImageURL: &ImageURL{URL: tile.DataURL(), Label: part.Label}})
			images = append(images, Image{tile.MediaType, tile.Width, tile.Height, len(tile.Data), tile.Resized})
		}
		w.addImage(part.Label, tiles)
	}
	replaceImages(messages, sent)
	return messages, images, nil
}

// cutImages prepares the images of parts, at most limit together: one for each part,
// or the tiles of a long one.
func (p *Provider) cutImages(ctx context.Context, parts []*ImageURL, limit int) ([][]media.Image, error) {
	files, prepared := make([]*media.File, len(parts)), make([][]media.Image, len(parts))
	each := func(do func(ctx context.Context, i int) error) error {
		group, groupCtx := newGroup(ctx, maxImages)
		for i, part := range parts {
			group.Go(func() error { return p.imageError(ctx, part.Label, do(groupCtx, i)) })
		}
		return group.Wait()
	}
	err := each(func(ctx context.Context, i int) (err error) {
		part := parts[i]
		files[i], err = p.media.Load(ctx, media.Request{
			Source: part.URL, Data: part.Data, Detail: part.Detail, LocalFiles: !p.noLocalFiles,
		})
		return err
	})
	if err != nil {
		return nil, err
	}
	tiles := media.Allot(files, limit)
	err = each(func(ctx context.Context, i int) (err error) {
		prepared[i], err = files[i].Images(ctx, tiles[i])
		files[i] = nil // its bytes are not needed any more
		return err
	})
	return prepared, err
}

// replaceImages puts what is sent of each image in its place.
func replaceImages(messages []Message, sent map[*ImageURL][]Part) {
	for i := range messages {
		var parts []Part
		for _, part := range messages[i].Content.Parts {
			if tiles, ok := sent[part.ImageURL]; ok {
				parts = append(parts, tiles...)
			} else {
				parts = append(parts, part)
			}
		}
		messages[i].Content.Parts = parts
	}
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

// addImage adds warnings for what an image lost when it was prepared. Of an image
// that was cut, sent are the tiles.
func (w *warnings) addImage(label string, sent []media.Image) {
	first := sent[0]
	from := fmt.Sprintf("%d × %d", first.Original.Width, first.Original.Height)
	switch {
	case len(sent) > 1:
		w.add(WarnImageResized, "%s was cut from %s into %d tiles of %d × %d pixels, in reading order, which overlap a little",
			label, from, len(sent), first.Width, first.Height)
	case first.Resized:
		w.add(WarnImageResized, "%s was scaled from %s to %d × %d pixels", label, from, first.Width, first.Height)
	}
	switch {
	case first.FirstFrameOnly && first.Original.MediaType == "image/tiff":
		w.add(WarnImageFirstFrame, "%s has several pages; only the first one was sent", label)
	case first.FirstFrameOnly:
		w.add(WarnImageFirstFrame, "%s is an animation; only its first frame was sent", label)
	}
}

// imageError converts an error of preparing an image.
func (p *Provider) imageError(ctx context.Context, label string, err error) error {
	if err == nil {
		return nil
	}
	if own, ok := errors.AsType[*Error](err); ok {
		return own
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
