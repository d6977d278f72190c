// Package media prepares images for vision models: it loads an image from the
// source that a caller names, verifies it, and returns it in a format that the
// models accept, without metadata such as the location where it was taken.
//
// A source is an https URL, a data: URL, bare base64, a path or a file: URL. Every
// image goes through the same steps: its format is detected from its bytes, its
// size is checked before any pixel is decoded, it is decoded to prove that it is
// complete, stripped of metadata, turned upright and scaled down. It is encoded
// again only when its pixels have changed, or when bytes besides them cannot be
// removed otherwise: those of a TIFF or BMP, and some in a lossy WebP.
//
// All work ends within about a second of its context: what reads or writes data stops,
// and a decoder that cannot be interrupted is not given more than it does in that time.
//
// The package also guards the access: URLs are fetched from public addresses only,
// checked on the address that is dialled, and files are read below allowed folders
// only.
package media

import (
	"cmp"
	"context"
	"crypto/x509"
	"encoding/base64"
	"net"
	"net/http"
	"net/netip"
	"time"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/folder"
)

// Defaults of [Options].
const (
	DefaultMaxBytes  = 20 << 20
	DefaultMaxPixels = 50_000_000
	DefaultTimeout   = 15 * time.Second
)

// Options configures a [Preparer]. The zero value permits public https URLs, data:
// URLs and base64, but no files.
type Options struct {
	// Folders are those below which files may be read; nil means none.
	Folders *folder.Set
	// AllowHosts are host names or IP addresses, without a port, that may have any
	// address and any port. They must match exactly; the other rules still apply.
	AllowHosts []string
	// AllowHTTP permits http URLs, too.
	AllowHTTP bool

	MaxBytes  int64         // of the original image; 0 means DefaultMaxBytes
	MaxPixels int           // of the original image; 0 means DefaultMaxPixels
	Timeout   time.Duration // of a fetch with all its redirects; 0 means DefaultTimeout

	// Hold waits until an image that takes so many bytes may be decoded; nil means at once.
	Hold func(ctx context.Context, bytes int64) (release func(), err error)
	// MaxDecoded is how many bytes decoding an image may take; 0 means no limit.
	MaxDecoded int64

	// Resolver looks up host names; nil means [net.DefaultResolver].
	Resolver interface {
		LookupNetIP(ctx context.Context, network, host string) ([]netip.Addr, error)
	}
	// Dial connects to an address that is permitted; nil means a [net.Dialer].
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
	// RootCAs verify servers; nil means the system's.
	RootCAs *x509.CertPool
}

// Preparer prepares images. It is safe for concurrent use. Close it when done.
type Preparer struct {
	folders   *folder.Set
	guard     *guard
	client    *http.Client
	timeout   time.Duration
	maxBytes  int64
	maxPixels int

	hold       func(ctx context.Context, bytes int64) (release func(), err error)
	maxDecoded int64
}

// New returns a Preparer. It makes no connection. It fails when an allowed host is not a
// host name.
func New(o Options) (*Preparer, error) {
	g, err := newGuard(o)
	if err != nil {
		return nil, err
	}
	p := &Preparer{
		folders:   cmp.Or(o.Folders, &folder.Set{}),
		guard:     g,
		client:    newClient(g, o.RootCAs),
		timeout:   cmp.Or(o.Timeout, DefaultTimeout),
		maxBytes:  cmp.Or(o.MaxBytes, DefaultMaxBytes),
		maxPixels: cmp.Or(o.MaxPixels, DefaultMaxPixels),

		hold: o.Hold, maxDecoded: o.MaxDecoded,
	}
	return p, nil
}

// Close closes the connections that are idle.
func (p *Preparer) Close() { p.client.CloseIdleConnections() }

// Request names an image, or has it.
type Request struct {
	Source string
	// Data is the content of the file Source, if it is read already.
	Data []byte
	// Detail limits the longer side: "low" to 768 pixels; "", "auto" and "high" to
	// 2048.
	Detail string
	// LocalFiles permits paths and file: URLs. It must be false for a caller on
	// another machine, who has other files.
	LocalFiles bool
}

// Image is an image that can be sent to a model.
type Image struct {
	MediaType      string // image/png, image/jpeg, image/gif or image/webp
	Width, Height  int    // upright, in pixels
	Data           []byte
	Resized        bool // it has fewer pixels than the original
	Recoded        bool // it was encoded again; otherwise only metadata was removed
	FirstFrameOnly bool // the original is an animation, or a document of several pages
	Original       Original
}

// Original describes the image before it was prepared. Its width and height are as
// stored, before its Exif orientation applies; those of a tile are the whole image's.
type Original struct {
	MediaType     string
	Width, Height int
	Bytes         int
}

// DataURL returns the image as a data: URL.
func (img Image) DataURL() string {
	return dataURLStart(img.MediaType) + base64.StdEncoding.EncodeToString(img.Data)
}

func dataURLStart(mediaType string) string { return "data:" + mediaType + ";base64," }
