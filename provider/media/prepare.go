// Package media is the intake of pictures: it obtains what a caller names, makes
// sure that it is a picture, and gives it in a form that a vision model takes
// and that tells nothing of where it was taken.
//
// A source is an https URL, a data: URL, bare base64, a path or a file: URL. What
// comes from it goes through the same steps: its type is told from the bytes,
// its size is read before a pixel is decoded, it is decoded to prove that it is
// whole, turned upright, scaled down and stripped of metadata. It is encoded
// anew only when its pixels changed.
//
// Two guards are here as well: URLs lead to public addresses only, checked on
// the address that is dialled, and files are read below allowed folders only.
package media

import (
	"cmp"
	"context"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"image"
	"net"
	"net/http"
	"net/netip"
	"time"
)

// Defaults of [Options].
const (
	DefaultMaxBytes  = 20 << 20
	DefaultMaxPixels = 50_000_000
	DefaultTimeout   = 15 * time.Second
)

// Options configures an [Preparer]. Zero values work: public https URLs, data:
// URLs and base64, and no files.
type Options struct {
	// AllowDirs are the folders below which files may be read.
	AllowDirs []string
	// AllowHosts are exact host names or IP addresses (without a port) that may
	// have any address and any port; everything else holds for them too.
	AllowHosts []string
	// AllowHTTP takes http URLs besides https ones.
	AllowHTTP bool

	MaxBytes  int64         // of a picture as it comes; 0 is DefaultMaxBytes
	MaxPixels int           // of a picture as it comes; 0 is DefaultMaxPixels
	Timeout   time.Duration // for a URL, with all redirects; 0 is DefaultTimeout

	// Resolver looks host names up; nil is the system's. [net.Resolver] is one.
	Resolver interface {
		LookupNetIP(ctx context.Context, network, host string) ([]netip.Addr, error)
	}
	// Dial connects to an address that has passed the guard; nil is a [net.Dialer].
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
	// RootCAs verify servers; nil is the system's.
	RootCAs *x509.CertPool
}

// Preparer obtains pictures. It is safe for concurrent use. Close it when done.
type Preparer struct {
	folders   []folder
	guard     *guard
	client    *http.Client
	timeout   time.Duration
	maxBytes  int64
	maxPixels int
	decoding  chan struct{}
}

// maxDecoding is how many pictures are decoded at once: a hostile one of 50
// megapixels takes up to 800 MB (a progressive JPEG of four components) and a
// photo of 12 megapixels 50 MB.
const maxDecoding = 2

// New makes an intake. It contacts nothing, and fails when an allowed folder
// cannot be opened or an allowed host is not a host name.
func New(o Options) (*Preparer, error) {
	g, err := newGuard(o)
	if err != nil {
		return nil, err
	}
	p := &Preparer{
		guard:     g,
		client:    newClient(g, o.RootCAs),
		timeout:   cmp.Or(o.Timeout, DefaultTimeout),
		maxBytes:  cmp.Or(o.MaxBytes, DefaultMaxBytes),
		maxPixels: cmp.Or(o.MaxPixels, DefaultMaxPixels),
		decoding:  make(chan struct{}, maxDecoding),
	}
	for _, name := range o.AllowDirs {
		f, err := openFolder(name)
		if err != nil {
			return nil, errors.Join(err, p.Close())
		}
		p.folders = append(p.folders, f)
	}
	return p, nil
}

// Close releases the allowed folders.
func (p *Preparer) Close() error {
	p.client.CloseIdleConnections()
	var failures []error
	for _, f := range p.folders {
		failures = append(failures, f.root.Close())
	}
	return errors.Join(failures...)
}

// Request names a picture.
type Request struct {
	Source string
	// Detail is "low" for at most 768 pixels on the longer side; "", "auto" and
	// "high" are 2048.
	Detail string
	// LocalFiles permits a path or a file: URL. It is false for a caller on
	// another machine, whose paths are not the paths here.
	LocalFiles bool
}

// Picture is what may be sent to a model.
type Image struct {
	MediaType      string // image/png, image/jpeg, image/gif or image/webp
	Width, Height  int    // as it is seen, in pixels
	Data           []byte
	Resized        bool // it has fewer pixels than the original
	Recoded        bool // it was encoded anew; otherwise only metadata was taken off
	FirstFrameOnly bool // the original is an animation
	Original       Original
}

// Original is the picture as it came: its size as stored, which Exif may turn.
type Original struct {
	MediaType     string
	Width, Height int
	Bytes         int
}

// DataURL gives the picture as a data: URL.
func (img Image) DataURL() string {
	return dataURLStart(img.MediaType) + base64.StdEncoding.EncodeToString(img.Data)
}

func dataURLStart(mediaType string) string { return "data:" + mediaType + ";base64," }

// The longer side of a picture that is sent, in pixels.
const (
	maxSide    = 2048
	maxSideLow = 768
)

// Get obtains a picture. An error is an [*Error], or wraps the error of a ctx
// that ended.
func (p *Preparer) Prepare(ctx context.Context, r Request) (Image, error) {
	limit := maxSide
	switch r.Detail {
	case "", "auto", "high":
	case "low":
		limit = maxSideLow
	default:
		return Image{}, &Error{Kind: Invalid, Message: fmt.Sprintf("detail %q is not known", short(r.Detail)), Hint: "use auto, low or high"}
	}
	data, err := p.load(ctx, r)
	if err != nil {
		return Image{}, err
	}
	select {
	case p.decoding <- struct{}{}:
		defer func() { <-p.decoding }()
	case <-ctx.Done():
		return Image{}, fmt.Errorf("waiting to read the picture: %w", ctx.Err())
	}
	return p.normalize(ctx, data, limit)
}

// read makes a picture of the bytes that were obtained.
func (p *Preparer) normalize(ctx context.Context, data []byte, limit int) (Image, error) {
	mediaType := sniff(data)
	if mediaType == "" {
		return Image{}, notAnImage(data)
	}
	s, err := strip(mediaType, data)
	if err != nil {
		return Image{}, decodeError(mediaType, err)
	}
	stored, err := s.headerSize(mediaType)
	if err != nil {
		return Image{}, decodeError(mediaType, err)
	}
	if pixels := int64(stored.width) * int64(stored.height); pixels > int64(p.maxPixels) {
		return Image{}, &Error{
			Kind:    Unreadable,
			Message: fmt.Sprintf("the picture has %d × %d pixels, more than %g megapixels", stored.width, stored.height, float64(p.maxPixels)/1e6),
			Hint:    "scale it down first",
		}
	}
	frame, err := s.decode(ctx, mediaType)
	if err != nil {
		return Image{}, decodeError(mediaType, err)
	}
	img := Image{
		MediaType: mediaType, Width: stored.width, Height: stored.height, Data: s.data, FirstFrameOnly: s.animated,
		Original: Original{MediaType: mediaType, Width: stored.width, Height: stored.height, Bytes: len(data)},
	}
	if _, cmyk := frame.(*image.CMYK); !cmyk && s.orientation == upright && s.place == nil && stored.longerSide() <= limit {
		return img, nil
	}
	return img.redraw(s, frame, stored.within(limit))
}

func notAnImage(data []byte) *Error {
	if len(data) == 0 {
		return unreadableError("there is no data: zero bytes", nil)
	}
	if name := guessFormat(data); name != "" {
		return unreadableError("the data is no picture that is taken: it seems to be "+name, nil)
	}
	return unreadableError("the data is no picture", nil)
}
