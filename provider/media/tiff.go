package media

import (
	"bufio"
	"bytes"
	"compress/zlib"
	"context"
	"errors"
	"fmt"
	"image"
	"io"

	"golang.org/x/image/ccitt"
	"golang.org/x/image/tiff"
	"golang.org/x/image/tiff/lzw"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/media/strip"
)

// tiffBand is how many bytes of a TIFF page are unpacked at a time.
const tiffBand = 1 << 20

// decodeTIFF passes golang.org/x/image/tiff a page that is not compressed, which is
// unpacked while it reads. That package unpacks a whole strip at once, for a page of
// one strip the whole page, and of a bomb eight bytes for each pixel of one bit.
func decodeTIFF(r io.Reader) (image.Image, error) {
	frame, ok := r.(*frameReader)
	if !ok {
		return nil, errors.ErrUnsupported
	}
	data := make([]byte, frame.data.Len())
	if _, err := io.ReadFull(frame.data, data); err != nil {
		return nil, err
	}
	page, err := strip.ReadTIFFPage(data)
	if err != nil {
		return nil, err
	}
	header, ok := page.Unpacked(data, tiffBand)
	if !ok {
		return nil, strip.ErrMalformed
	}
	u := &tiffUnpacker{ctx: frame.ctx, data: data, header: header, page: page, next: int64(len(header))}
	return tiff.Decode(u)
}

// tiffUnpacker is a file of the header and, after it, the unpacked pixels.
type tiffUnpacker struct {
	ctx    context.Context
	data   []byte
	header []byte
	page   strip.TIFFPage

	next  int64     // where the next byte that is unpacked is in the file
	block int       // the next one
	r     io.Reader // of the block before
	left  int64     // bytes in it
}

// Read is never called: package tiff asks for ReadAt.
func (u *tiffUnpacker) Read([]byte) (int, error) { return 0, io.ErrNoProgress }

// ReadAt reads the header, or the pixels in their order. The tiles of a page can be
// read in any order.
func (u *tiffUnpacker) ReadAt(p []byte, offset int64) (n int, err error) {
	start := int64(len(u.header))
	switch {
	case offset < 0:
		return 0, strip.ErrMalformed
	case offset < start:
		if n = copy(p, u.header[offset:]); n < len(p) {
			return n, io.ErrUnexpectedEOF
		}
		return n, nil
	case offset != u.next && u.page.Tiled:
		tile := u.page.RowBytes * int64(u.page.Blocks[0].Rows)
		if (offset-start)%tile != 0 {
			return 0, strip.ErrMalformed
		}
		u.block, u.left, u.next = int((offset-start)/tile), 0, offset
	case offset != u.next:
		return 0, strip.ErrMalformed
	}
	for n < len(p) && err == nil {
		if u.left == 0 {
			if u.block >= len(u.page.Blocks) {
				return n, io.ErrUnexpectedEOF
			}
			block := u.page.Blocks[u.block]
			u.block++
			u.left = u.page.RowBytes * int64(block.Rows)
			if u.r, err = u.unpack(block); err != nil {
				return n, err
			}
		}
		var read int
		read, err = io.ReadFull(u.r, p[n:n+int(min(int64(len(p)-n), u.left))])
		n += read
		u.left -= int64(read)
		u.next += int64(read)
	}
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	return n, err
}

// unpack returns a reader of a block's pixels.
func (u *tiffUnpacker) unpack(b strip.TIFFBlock) (io.Reader, error) {
	at, whole := b.Offset, int64(len(u.data))
	packed := &frameReader{u.ctx, bytes.NewReader(u.data[min(at, whole):min(at+b.Length, whole)])}
	switch u.page.Compression {
	case 0, 1:
		return packed, nil
	case 3, 4:
		coding, order := ccitt.Group3, ccitt.MSB
		if u.page.Compression == 4 {
			coding = ccitt.Group4
		}
		if u.page.LowBitsFirst {
			order = ccitt.LSB
		}
		return ccitt.NewReader(packed, order, coding, b.Width, b.Rows, &ccitt.Options{Invert: u.page.WhiteIsZero}), nil
	case 5:
		return lzw.NewReader(packed, lzw.MSB, 8), nil
	case 8, 32946:
		return zlib.NewReader(packed)
	case 32773:
		return &packBits{r: bufio.NewReader(packed)}, nil
	}
	return nil, tiff.UnsupportedError(fmt.Sprintf("compression value %d", u.page.Compression))
}

// packBits unpacks runs of bytes (TIFF 6.0, section 9).
type packBits struct {
	r      *bufio.Reader
	left   int // bytes of the run
	repeat bool
	value  byte // which is repeated
}

func (b *packBits) Read(p []byte) (int, error) {
	for b.left == 0 {
		control, err := b.r.ReadByte()
		switch {
		case err != nil:
			return 0, err
		case control < 128:
			b.left, b.repeat = int(control)+1, false
		case control > 128: // 128 means nothing
			b.left, b.repeat = 257-int(control), true
			if b.value, err = b.r.ReadByte(); err != nil {
				return 0, err
			}
		}
	}
	p = p[:min(len(p), b.left)]
	n, err := len(p), error(nil)
	if b.repeat {
		for i := range p {
			p[i] = b.value
		}
	} else {
		n, err = b.r.Read(p)
	}
	b.left -= n
	return n, err
}
