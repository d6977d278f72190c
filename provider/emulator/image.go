package emulator

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"image"
	"strings"

	// The formats whose size an answer can tell.
	_ "image/gif"
	_ "image/jpeg"
	_ "image/png"
)

// imageInfo is an image of a prompt.
type imageInfo struct {
	mediaType     string
	width, height int // pixels; 0 when the format is not known here
}

func (p imageInfo) String() string {
	if p.width == 0 {
		return p.mediaType
	}
	return fmt.Sprintf("%s %dx%d", p.mediaType, p.width, p.height)
}

// images returns the URLs of the image parts.
func (c content) images() []string {
	var urls []string
	for _, p := range c.parts {
		if p.Type == "image_url" {
			urls = append(urls, p.ImageURL.URL)
		}
	}
	return urls
}

// decodeImage reads a data: URL. Whether the service fetches other URLs is
// unproven, so a client that relies on it fails here.
func decodeImage(url string) (imageInfo, error) {
	data, ok := strings.CutPrefix(url, "data:")
	if !ok {
		return imageInfo{}, errors.New("only data: URLs are supported")
	}
	mediaType, encoded, ok := strings.Cut(data, ";base64,")
	if !ok || !strings.HasPrefix(mediaType, "image/") {
		return imageInfo{}, errors.New("expected data:image/…;base64,…")
	}
	raw, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil || len(raw) == 0 {
		return imageInfo{}, errors.New("the data: URL is not valid base64")
	}
	p := imageInfo{mediaType: mediaType}
	if config, _, err := image.DecodeConfig(bytes.NewReader(raw)); err == nil {
		p.width, p.height = config.Width, config.Height
	}
	return p, nil
}
