package audio

import (
	"bytes"
	"encoding/binary"
)

// oggPage is the head of a page.
type oggPage struct {
	first   bool // of its stream
	granule int64
	serial  uint32
	body    []byte // as far as it was read
	end     int64  // where the next page begins
}

// maxPage is the most bytes that a page has.
const maxPage = 27 + 255 + 255*255

func (r *reader) oggPage(at int64) (oggPage, bool) {
	head := r.block(at, 27+255+64)
	if len(head) < 27 || !bytes.HasPrefix(head, []byte("OggS\x00")) || len(head) < 27+int(head[26]) {
		return oggPage{}, false
	}
	page := oggPage{
		first: head[5]&2 != 0, granule: int64(binary.LittleEndian.Uint64(head[6:])),
		serial: binary.LittleEndian.Uint32(head[14:]), body: head[27+int(head[26]):],
	}
	page.end = at + 27 + int64(head[26])
	for _, size := range head[27 : 27+int(head[26])] {
		page.end += int64(size)
	}
	return page, true
}

// oggStream is a stream of sound. Its granules count samples.
type oggStream struct {
	serial uint32
	rate   int64 // samples a second; 0 is unknown
	skip   int64 // samples in front that are not played
}

// ogg reads the first page of each stream, and the last page of the first one that is
// sound.
func (r *reader) ogg() (Info, error) {
	info := Info{Container: "Ogg", MediaType: "audio/ogg", Extension: ".ogg"}
	var (
		sound          *oggStream
		known, isVideo = map[uint32]bool{}, false
		at             int64
	)
	for {
		page, ok := r.oggPage(at)
		if !ok || !page.first {
			break
		}
		at, known[page.serial] = page.end, true
		if isVideoCodec(page.body) {
			isVideo = true
		} else if stream := soundOf(page); sound == nil && stream != nil {
			sound = stream
		}
	}
	switch {
	case sound != nil:
		info.Seconds = r.oggSeconds(at, *sound, known)
		info.Exact = info.Seconds > 0
	case isVideo && !r.exhausted():
		return info, &Error{Message: "is a video without sound", Hint: convert}
	}
	return info, nil
}

func isVideoCodec(body []byte) bool {
	return bytes.HasPrefix(body, []byte("\x80theora")) || bytes.HasPrefix(body, []byte("\x01video"))
}

// soundOf returns the stream that a page begins, nil if it is not known to be sound.
func soundOf(page oggPage) *oggStream {
	s, body := &oggStream{serial: page.serial}, page.body
	switch {
	case bytes.HasPrefix(body, []byte("OpusHead")) && len(body) >= 12:
		s.rate, s.skip = 48_000, u16(body[10:]) // whatever the rate of the source was
	case bytes.HasPrefix(body, []byte("\x01vorbis")) && len(body) >= 16:
		s.rate = u32(body[12:])
	case bytes.HasPrefix(body, []byte("Speex   ")) && len(body) >= 40:
		s.rate = u32(body[36:])
	case bytes.HasPrefix(body, []byte("\x7fFLAC")) && len(body) >= 31:
		s.rate = int64(binary.BigEndian.Uint32(body[27:]) >> 12)
	default:
		return nil
	}
	return s
}

// oggSeconds returns how long a stream of sound lasts whose pages begin at an offset, 0
// if that is not certain: a part of a broadcast counts on from where the whole one began,
// and files that were joined have streams that nothing is known of.
func (r *reader) oggSeconds(at int64, s oggStream, known map[uint32]bool) float64 {
	const maxHeaders, maxFirst = 16, 60 // pages; seconds
	if s.rate == 0 {
		return 0
	}
	for range maxHeaders {
		page, ok := r.oggPage(at)
		if !ok {
			break
		}
		if page.serial == s.serial && page.granule > maxFirst*s.rate {
			return 0
		}
		if page.serial == s.serial && page.granule > 0 {
			break
		}
		at = page.end
	}
	start := max(0, r.size-maxPage-27)
	tail := r.block(start, maxPage+27)
	for {
		i := bytes.LastIndex(tail, []byte("OggS\x00"))
		if i < 0 {
			return 0
		}
		if head := tail[i:]; len(head) >= 27 {
			granule, serial := int64(binary.LittleEndian.Uint64(head[6:])), binary.LittleEndian.Uint32(head[14:])
			if !known[serial] {
				return 0
			}
			if serial == s.serial && granule > s.skip {
				return float64(granule-s.skip) / float64(s.rate)
			}
		}
		tail = tail[:i]
	}
}
