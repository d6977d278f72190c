package audio

import (
	"bytes"
	"encoding/binary"
	"math"
)

// isMP4 reports whether head begins a file of the ISO base media format that may have
// sound, or one of QuickTime, which may begin with any box. "The free world" begins
// with none: its box would be larger than the file.
func isMP4(head []byte, fileSize int64) bool {
	if len(head) < 12 || isHEIF(head) {
		return false
	}
	switch string(head[4:8]) {
	case "ftyp":
		return true
	case "moov", "mdat", "wide", "free", "skip", "pnot":
		size := int64(binary.BigEndian.Uint32(head))
		return size == 1 || size >= 8 && size <= fileSize
	}
	return false
}

// isHEIF reports whether head begins an image of the ISO base media format.
func isHEIF(head []byte) bool {
	if len(head) < 12 || string(head[4:8]) != "ftyp" {
		return false
	}
	for _, brand := range []string{"heic", "heix", "heim", "heis", "hevc", "hevx", "avif", "avis", "mif1", "msf1", "crx "} {
		if string(head[8:12]) == brand {
			return true
		}
	}
	return false
}

// film is what the index of an MP4 file says.
type film struct {
	found          bool // there is an index
	sound, picture bool
	fragments      bool // the index does not count what follows it
	seconds        float64
}

// mp4 reads the index of an MP4 file, wherever it is.
func (r *reader) mp4() (Info, error) {
	info := Info{Container: "MP4", MediaType: "audio/mp4", Extension: ".m4a"}
	var f film
	r.boxes(0, r.size, func(kind string, from, to int64) {
		switch kind {
		case "moov":
			f.found = true
			r.boxes(from, to, func(kind string, from, to int64) { r.inIndex(&f, kind, from, to) })
		case "moof":
			f.fragments = true
		}
	})
	if f.picture {
		info.MediaType, info.Extension = "video/mp4", ".mp4"
	}
	switch {
	case r.exhausted() || f.sound:
	case !f.found:
		return info, &Error{
			Message: "is a damaged MP4 file: it has no index (moov), as when a recording or a download was cut off",
			Hint:    "give the whole file",
		}
	case f.picture:
		return info, &Error{Message: "is a video without sound", Hint: convert}
	default:
		return info, &Error{Message: "is an MP4 file without sound", Hint: convert}
	}
	if f.seconds > 0 && !f.fragments {
		info.Seconds, info.Exact = f.seconds, true
	}
	return info, nil
}

// inIndex reads a box of the index.
func (r *reader) inIndex(f *film, kind string, from, to int64) {
	switch kind {
	case "mvex":
		f.fragments = true
	case "mvhd":
		f.seconds = movieSeconds(r.block(from, 32))
	case "trak":
		r.boxes(from, to, func(kind string, from, to int64) {
			if kind != "mdia" {
				return
			}
			r.boxes(from, to, func(kind string, from, _ int64) {
				if kind != "hdlr" {
					return
				}
				handler := r.whole(from, 12)
				f.sound = f.sound || bytes.HasSuffix(handler, []byte("soun"))
				f.picture = f.picture || bytes.HasSuffix(handler, []byte("vide"))
			})
		})
	}
}

// movieSeconds reads the head of a film: its time scale and duration, in 32 or 64 bits.
func movieSeconds(head []byte) float64 {
	if len(head) < 32 {
		return 0
	}
	scale, duration := binary.BigEndian.Uint32(head[12:]), uint64(binary.BigEndian.Uint32(head[16:]))
	if duration == math.MaxUint32 {
		duration = 0 // unknown
	}
	if head[0] == 1 {
		scale, duration = binary.BigEndian.Uint32(head[20:]), binary.BigEndian.Uint64(head[24:])
	}
	if scale == 0 || duration == math.MaxUint64 {
		return 0
	}
	return float64(duration) / float64(scale)
}

// boxes calls do with the kind and the content of each box between two offsets.
func (r *reader) boxes(from, to int64, do func(kind string, from, to int64)) {
	for from+8 <= to {
		head := r.block(from, 16)
		if len(head) < 8 {
			return
		}
		size, content := int64(binary.BigEndian.Uint32(head)), from+8
		switch {
		case size == 0: // the rest
			size = to - from
		case size == 1 && len(head) == 16:
			large := binary.BigEndian.Uint64(head[8:])
			size, content = int64(min(large, math.MaxInt64)), from+16
		}
		if size < content-from || size > to-from {
			// What is cut at the end of the file is still its last box.
			if size < content-from {
				return
			}
			size = to - from
		}
		do(string(head[4:8]), content, from+size)
		from += size
	}
}
