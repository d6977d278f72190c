package media

import (
	"errors"
	"net/netip"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/sniff"
)

// IsPublic reports whether the guard permits an address.
func IsPublic(address netip.Addr) bool { return isPublic(address) }

// Strip returns a file of one frame without metadata.
func Strip(data []byte) (stripped []byte, orientation int, err error) {
	mediaType := sniff.Image(data)
	if mediaType == "" {
		return nil, 0, errors.New("not an image")
	}
	f, err := codecOf(mediaType).strip(data)
	return f.Data, f.Orientation, err
}

// Sniff returns the media type of a file, or "".
func Sniff(data []byte) string { return sniff.Image(data) }
