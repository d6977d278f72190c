package audio

import "encoding/binary"

// flac reads the header of a FLAC stream at an offset.
func (r *reader) flac(at int64) Info {
	info := Info{Container: "FLAC", MediaType: "audio/flac", Extension: ".flac"}
	const packedAt = 18 // behind the mark, the head of the block, and the sizes of blocks and frames
	head := r.whole(at, packedAt+8)
	if head == nil || head[4]&0x7f != 0 {
		return info
	}
	packed := binary.BigEndian.Uint64(head[packedAt:]) // 20 bits of the rate, 8 of the form, 36 of the samples
	rate, samples := packed>>44, packed&(1<<36-1)
	if rate > 0 && samples > 0 {
		info.Seconds, info.Exact = float64(samples)/float64(rate), true
	}
	return info
}
