package audio

import (
	"bytes"
	"encoding/binary"
)

// frame is the head of a frame of MPEG audio, or of AAC in ADTS.
type frame struct {
	aac     bool
	layer   int   // 1 to 3; 0 for AAC
	rate    int   // samples a second
	bits    int   // a second; 0 for AAC
	samples int   // in the frame
	bytes   int64 // with the head
	infoAt  int   // where a list of the frames would stand, in MP3
}

// readFrame reads the head of a frame.
func readFrame(head []byte) (frame, bool) {
	if len(head) < 7 || head[0] != 0xff || head[1]&0xe0 != 0xe0 {
		return frame{}, false
	}
	if head[1]&0xf6 == 0xf0 {
		return readADTS(head)
	}
	version, layer := head[1]>>3&3, 4-int(head[1]>>1&3)
	rate, index := int(head[2]>>2&3), int(head[2]>>4)
	if version == 1 || layer == 4 || rate == 3 || index == 0 || index == 15 {
		return frame{}, false
	}
	f := frame{layer: layer, rate: [3]int{44_100, 48_000, 32_000}[rate]}
	first := version == 3
	switch version {
	case 2:
		f.rate /= 2
	case 0: // 2.5
		f.rate /= 4
	}
	f.bits = 1000 * kilobits(first, layer, index)
	f.samples = 1152
	slot := int64(1)
	switch {
	case layer == 1:
		f.samples, slot = 384, 4
	case layer == 3 && !first:
		f.samples = 576
	}
	f.bytes = int64(f.samples)/8/slot*int64(f.bits)/int64(f.rate)*slot + int64(head[2]>>1&1)*slot
	f.infoAt = 4 + sideInfo(first, head[3]>>6 == 3)
	return f, true
}

// kilobits returns how many thousand bits a second an index from 1 to 14 stands for.
func kilobits(first bool, layer, index int) int {
	var all [14]int
	switch {
	case first && layer == 1:
		return 32 * index
	case first && layer == 2:
		all = [14]int{32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384}
	case first:
		all = [14]int{32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320}
	case layer == 1:
		all = [14]int{32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256}
	default:
		all = [14]int{8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160}
	}
	return all[index-1]
}

// sideInfo returns how many bytes of a frame of MP3 stand before its sound.
func sideInfo(first, mono bool) int {
	switch {
	case first && !mono:
		return 32
	case !first && mono:
		return 9
	}
	return 17
}

func readADTS(head []byte) (frame, bool) {
	rates := [13]int{96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8_000, 7_350}
	index := int(head[2] >> 2 & 15)
	size := int64(head[3]&3)<<11 | int64(head[4])<<3 | int64(head[5])>>5
	if index >= len(rates) || size < 7 {
		return frame{}, false
	}
	return frame{aac: true, rate: rates[index], samples: 1024 * (1 + int(head[6]&3)), bytes: size}, true
}

// mpegAudio reads a file of frames, with or without tags before them. A frame's head is
// short, so that the next frame must follow it: UTF-16 text begins like one, too.
func (r *reader) mpegAudio() (Info, bool) {
	at, tagged := r.behindTags()
	if tagged && bytes.Equal(r.block(at, 4), []byte("fLaC")) {
		return r.flac(at), true
	}
	at += r.zeros(at)
	const window = 4096
	head := r.block(at, window)
	f, ok := readFrame(head)
	if ok && at+f.bytes != r.size {
		next, follows := readFrame(r.block(at+f.bytes, 7))
		ok = follows && next.aac == f.aac && next.layer == f.layer && next.rate == f.rate
	}
	switch {
	case ok && f.aac:
		return Info{Container: "AAC", MediaType: "audio/aac", Extension: ".aac"}, true
	case !ok && !tagged:
		return Info{}, false
	}
	info := Info{Container: "MP3", MediaType: "audio/mpeg", Extension: ".mp3"}
	if ok && f.layer != 3 {
		info.Container, info.Extension = "MPEG audio", ".mpga"
	}
	if ok {
		info.Seconds = f.estimate(head, r.size-at)
	}
	return info, true
}

// estimate returns how long a file of so many bytes lasts: by the number of frames, if
// the first one says it, else as if all had the same size.
func (f frame) estimate(head []byte, size int64) float64 {
	frames := uint32(0)
	if info := head[min(f.infoAt, len(head)):]; len(info) >= 12 && info[7]&1 != 0 {
		if mark := string(info[:4]); mark == "Xing" || mark == "Info" {
			frames = binary.BigEndian.Uint32(info[8:])
		}
	}
	const vbriAt = 4 + 32
	if vbri := head[min(vbriAt, len(head)):]; len(vbri) >= 18 && string(vbri[:4]) == "VBRI" {
		frames = binary.BigEndian.Uint32(vbri[14:])
	}
	if frames > 0 {
		return float64(frames) * float64(f.samples) / float64(f.rate)
	}
	return float64(size) * 8 / float64(f.bits)
}

// behindTags returns where the tags before the sound end. The text «ID3 is …» is not a tag.
func (r *reader) behindTags() (at int64, tagged bool) {
	const maxTags = 4
	for range maxTags {
		head := r.whole(at, 10)
		if head == nil || string(head[:3]) != "ID3" || head[3] < 2 || head[3] > 4 || (head[6]|head[7]|head[8]|head[9])&0x80 != 0 {
			return at, tagged
		}
		at += 10 + int64(head[6])<<21 + int64(head[7])<<14 + int64(head[8])<<7 + int64(head[9])
		if head[5]&0x10 != 0 {
			at += 10 // a foot
		}
		tagged = true
	}
	return at, tagged
}

// zeros returns how many bytes of padding there are at an offset, of those that are
// looked at.
func (r *reader) zeros(at int64) int64 {
	const most = 64 << 10
	first := r.block(at, 1)
	if len(first) == 0 || first[0] != 0 {
		return 0
	}
	padding := r.block(at, most)
	return int64(len(padding) - len(bytes.TrimLeft(padding, "\x00")))
}
