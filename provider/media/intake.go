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

// Options configures an [Intake]. Zero values work: public https URLs, data:
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

// Intake obtains pictures. It is safe for concurrent use. Close it when done.
type Intake struct {
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
func New(o Options) (*Intake, error) {
	g, err := newGuard(o)
	if err != nil {
		return nil, err
	}
	in := &Intake{
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
			return nil, errors.Join(err, in.Close())
		}
		in.folders = append(in.folders, f)
	}
	return in, nil
}

// Close releases the allowed folders.
func (in *Intake) Close() error {
	in.client.CloseIdleConnections()
	var failures []error
	for _, f := range in.folders {
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
type Picture struct {
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
func (p Picture) DataURL() string {
	return dataURLStart(p.MediaType) + base64.StdEncoding.EncodeToString(p.Data)
}

func dataURLStart(mediaType string) string { return "data:" + mediaType + ";base64," }

// The longer side of a picture that is sent, in pixels.
const (
	maxSide    = 2048
	maxSideLow = 768
)

// Get obtains a picture. An error is an [*Error], or wraps the error of a ctx
// that ended.
func (in *Intake) Get(ctx context.Context, r Request) (Picture, error) {
	limit := maxSide
	switch r.Detail {
	case "", "auto", "high":
	case "low":
		limit = maxSideLow
	default:
		return Picture{}, &Error{Kind: Invalid, Message: fmt.Sprintf("detail %q is not known", short(r.Detail)), Hint: "use auto, low or high"}
	}
	data, err := in.obtain(ctx, r)
	if err != nil {
		return Picture{}, err
	}
	select {
	case in.decoding <- struct{}{}:
		defer func() { <-in.decoding }()
	case <-ctx.Done():
		return Picture{}, fmt.Errorf("waiting to read the picture: %w", ctx.Err())
	}
	return in.read(ctx, data, limit)
}

// read makes a picture of the bytes that were obtained.
func (in *Intake) read(ctx context.Context, data []byte, limit int) (Picture, error) {
	mediaType := sniff(data)
	if mediaType == "" {
		return Picture{}, noPicture(data)
	}
	s, err := strip(mediaType, data)
	if err != nil {
		return Picture{}, damaged(mediaType, err)
	}
	stored, err := s.headerSize(mediaType)
	if err != nil {
		return Picture{}, damaged(mediaType, err)
	}
	if pixels := int64(stored.width) * int64(stored.height); pixels > int64(in.maxPixels) {
		return Picture{}, &Error{
			Kind:    Unreadable,
			Message: fmt.Sprintf("the picture has %d × %d pixels, more than %g megapixels", stored.width, stored.height, float64(in.maxPixels)/1e6),
			Hint:    "scale it down first",
		}
	}
	frame, err := s.decode(ctx, mediaType)
	if err != nil {
		return Picture{}, damaged(mediaType, err)
	}
	p := Picture{
		MediaType: mediaType, Width: stored.width, Height: stored.height, Data: s.data, FirstFrameOnly: s.animated,
		Original: Original{MediaType: mediaType, Width: stored.width, Height: stored.height, Bytes: len(data)},
	}
	if _, cmyk := frame.(*image.CMYK); !cmyk && s.orientation == upright && s.place == nil && stored.longer() <= limit {
		return p, nil
	}
	return p.redraw(s, frame, stored.within(limit))
}

func noPicture(data []byte) *Error {
	if len(data) == 0 {
		return unreadable("there is no data: zero bytes", nil)
	}
	if name := seemsToBe(data); name != "" {
		return unreadable("the data is no picture that is taken: it seems to be "+name, nil)
	}
	return unreadable("the data is no picture", nil)
}
