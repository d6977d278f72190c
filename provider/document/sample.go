package document

import (
	"bytes"
	"slices"
)

const (
	// sampleLength is how much of a text is read to tell its encoding, from its first half and
	// from its second.
	sampleLength = 16 << 10
	// detectedLength is how much of a sample the detector reads.
	detectedLength = 8 << 10
	// pieceLength is how much of a text is taken around what is not ASCII.
	pieceLength = 256
)

// sampleOf returns a short text, and of a longer one pieces that are not only ASCII, from its first
// and its second half.
func sampleOf(data []byte) []byte {
	if len(data) <= detectedLength {
		return data
	}
	half := len(data)/2 + pieceEnd(data[len(data)/2:])
	sample := piecesBeyondASCII(data[:half])
	if len(sample) == sampleLength {
		return sample // it may end within a character
	}
	return append(sample, piecesBeyondASCII(data[half:])...)
}

func piecesBeyondASCII(data []byte) []byte {
	var sample []byte
	for len(data) > 0 {
		end := min(pieceLength, len(data))
		end += pieceEnd(data[end:])
		piece := data[:end]
		data = data[end:]
		switch {
		case !slices.ContainsFunc(piece, func(b byte) bool { return b >= 0x80 }):
		case len(sample)+len(piece) < sampleLength:
			sample = append(sample, piece...)
		case len(sample) == 0:
			return bytes.Clone(piece[:sampleLength])
		default:
			return sample
		}
	}
	return sample
}

// pieceEnd returns where data can be cut: behind the first blank, line end or punctuation mark of
// ASCII, which is part of a longer character in none of the encodings.
func pieceEnd(data []byte) int {
	at := slices.IndexFunc(data, func(b byte) bool { return b < '0' })
	if at < 0 {
		return len(data)
	}
	return at + 1
}
