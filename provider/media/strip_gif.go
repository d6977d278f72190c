package media

// The blocks of a GIF (GIF89a specification, appendix A).
const (
	gifExtension      = 0x21
	gifGraphicControl = 0xf9
	gifImage          = 0x2c
	gifTrailer        = 0x3b
)

// stripGIF keeps the header, the first image and the graphic control that tells
// its transparent colour. Comments, texts and application data (XMP is one) go
// with the further images.
func stripGIF(data []byte) (still, error) {
	head, err := gifHeader(data)
	if err != nil {
		return still{}, err
	}
	s := still{orientation: upright, lossless: true}
	var control []byte
	for rest := data[head:]; len(rest) > 0; {
		var length int
		switch rest[0] {
		case gifExtension:
			if length, err = extensionLength(rest); err == nil && rest[1] == gifGraphicControl {
				control = rest[:length]
			}
		case gifImage:
			length, err = imageLength(rest)
			if s.data != nil {
				s.animated = true
				return s, nil
			}
			if err == nil {
				s.data = append(s.data, data[:head]...)
				s.data = append(append(s.data, control...), rest[:length]...)
				s.data = append(s.data, gifTrailer)
			}
		case gifTrailer:
			if s.data == nil {
				return still{}, errMalformed
			}
			return s, nil
		default:
			err = errMalformed
		}
		switch {
		case err == nil:
			rest = rest[length:]
		case s.data != nil: // the first image is whole; decoders look no further
			return s, nil
		default:
			return still{}, err
		}
	}
	if s.data == nil {
		return still{}, errTruncated
	}
	return s, nil
}

// gifHeader gives the length of the signature, the logical screen descriptor
// and the global colour table.
func gifHeader(data []byte) (int, error) {
	const screenEnd, flags = 13, 10
	if len(data) < screenEnd {
		return 0, errTruncated
	}
	length := screenEnd + colourTable(data[flags])
	if length > len(data) {
		return 0, errTruncated
	}
	return length, nil
}

// colourTable gives the length of the table that a flags byte announces.
func colourTable(flags byte) int {
	if flags&0x80 == 0 {
		return 0
	}
	return 3 << (1 + flags&7)
}

func extensionLength(block []byte) (int, error) { return subBlocksEnd(block, 2) }

func imageLength(block []byte) (int, error) {
	const descriptor, flags = 10, 9
	if len(block) < descriptor {
		return 0, errTruncated
	}
	return subBlocksEnd(block, descriptor+colourTable(block[flags])+1) // 1: the LZW code size
}

// subBlocksEnd gives where the run of sub-blocks that begins at start ends.
func subBlocksEnd(data []byte, start int) (int, error) {
	for at := start; at < len(data); {
		size := int(data[at])
		at += 1 + size
		if size == 0 {
			return at, nil
		}
	}
	return 0, errTruncated
}
