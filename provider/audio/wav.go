package audio

import (
	"encoding/binary"
	"math"
)

// wav reads the chunks of a WAV file up to its samples.
func (r *reader) wav() (Info, error) {
	info := Info{Container: "WAV", MediaType: "audio/wav", Extension: ".wav"}
	var (
		rate    int64 // bytes a second
		large   int64 // bytes of the samples, where 32 bits do not suffice
		certain bool
	)
	for at := int64(12); ; {
		head := r.block(at, 24)
		if len(head) < 8 {
			break
		}
		size := u32(head[4:])
		switch id := string(head[:4]); {
		case id == "ds64" && len(head) == 24:
			large = int64(min(binary.LittleEndian.Uint64(head[16:]), math.MaxInt64))
		case id == "fmt " && len(head) == 24:
			if rate, certain = u32(head[16:]), isPlain(u16(head[8:])); certain {
				rate = u32(head[12:]) * u16(head[20:])
			}
		case id == "data":
			left := r.size - at - 8
			if size == math.MaxUint32 && large > 0 {
				size = large
			}
			if size > left || size == 0 { // a recorder that was cut off, or wrote to a pipe, has not told the size
				size = left
			}
			if size == 0 {
				return info, &Error{Message: "is a WAV file without sound", Hint: convert}
			}
			if rate > 0 {
				info.Seconds, info.Exact = float64(size)/float64(rate), certain
			}
			return info, nil
		}
		at += 8 + size + size%2 // chunks begin at even places
	}
	if r.exhausted() {
		return info, nil
	}
	return info, &Error{Message: "is a WAV file without samples", Hint: convert}
}

// isPlain reports whether each sample of an encoding takes the same bytes: PCM, numbers
// with a fraction, A-law, µ-law, and those of them that an extension names.
func isPlain(encoding int64) bool {
	switch encoding {
	case 1, 3, 6, 7, 0xfffe:
		return true
	}
	return false
}
