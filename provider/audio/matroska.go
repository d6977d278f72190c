package audio

import "math/bits"

// The elements of a Matroska file that are read.
const (
	ebmlHeader   = 0x1a45dfa3
	ebmlSegment  = 0x18538067
	ebmlTracks   = 0x1654ae6b
	ebmlCluster  = 0x1f43b675
	ebmlTrack    = 0xae
	ebmlKind     = 0x83
	kindPicture  = 1
	kindSound    = 2
	unknownBytes = -1
)

// matroska reads the tracks of a Matroska or WebM file. Services know WebM only, which is
// a Matroska file with fewer codecs, and look at the bytes.
func (r *reader) matroska() (Info, error) {
	info := Info{Container: "WebM", MediaType: "audio/webm", Extension: ".webm"}
	var sound, picture bool
	r.elements(0, r.size, func(id, from, to int64) bool {
		if id == ebmlHeader {
			return true
		}
		if id != ebmlSegment {
			return false
		}
		r.elements(from, to, func(id, from, to int64) bool {
			if id == ebmlTracks {
				sound, picture = r.tracks(from, to)
			}
			return id != ebmlTracks && id != ebmlCluster
		})
		return false
	})
	if picture {
		info.MediaType = "video/webm"
	}
	if picture && !sound && !r.exhausted() {
		return info, &Error{Message: "is a video without sound", Hint: convert}
	}
	return info, nil
}

func (r *reader) tracks(from, to int64) (sound, picture bool) {
	r.elements(from, to, func(id, from, to int64) bool {
		if id == ebmlTrack {
			r.elements(from, to, func(id, from, to int64) bool {
				if kind := r.block(from, 1); id == ebmlKind && len(kind) == 1 && to == from+1 {
					sound, picture = sound || kind[0] == kindSound, picture || kind[0] == kindPicture
				}
				return true
			})
		}
		return true
	})
	return sound, picture
}

// elements calls do with the id and the content of each element between two offsets,
// until it returns false.
func (r *reader) elements(from, to int64, do func(id, from, to int64) bool) {
	for from < to {
		head := r.block(from, 12)
		id, n := ebmlNumber(head, true)
		if n == 0 {
			return
		}
		size, m := ebmlNumber(head[n:], false)
		if m == 0 {
			return
		}
		content := from + int64(n+m)
		if size == unknownBytes || size > to-content {
			size = to - content
		}
		if size < 0 || !do(id, content, content+size) {
			return
		}
		from = content + size
	}
}

// ebmlNumber reads a number whose first byte says how many bytes it has; an id keeps the
// mark of that. n is 0 if it is malformed.
func ebmlNumber(data []byte, isID bool) (number int64, n int) {
	if len(data) == 0 {
		return 0, 0
	}
	n = bits.LeadingZeros8(data[0]) + 1
	if n > 8 || n > len(data) || isID && n > 4 {
		return 0, 0
	}
	number = int64(data[0])
	if !isID {
		number &= 1<<(8-n) - 1
	}
	for _, b := range data[1:n] {
		number = number<<8 | int64(b)
	}
	if !isID && number == 1<<(7*n)-1 {
		number = unknownBytes
	}
	return number, n
}
