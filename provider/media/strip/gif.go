package strip

// The blocks of a GIF (GIF89a specification, appendix A).
const (
	gifExtension      = 0x21
	gifGraphicControl = 0xf9
	gifImage          = 0x2c
	gifTrailer        = 0x3b
)

// GIF keeps the header, the first image and the graphic control that holds
// its transparent colour. Comments, texts and application data, such as XMP, are
// dropped with the further images.
func GIF(data []byte) (Frame, error) {
	head, err := gifHeader(data)
	if err != nil {
		return Frame{}, err
	}
	f := Frame{Orientation: Upright, Lossless: true}
	var control []byte
	for rest := data[head:]; len(rest) > 0; {
		var length int
		switch rest[0] {
		case gifExtension:
			if length, err = extensionLength(rest); err == nil && rest[1] == gifGraphicControl {
				control = graphicControl(rest[:length])
			}
		case gifImage:
			length, err = imageLength(rest)
			if f.Data != nil {
				f.Animated = true
				return f, nil
			}
			if err == nil {
				const size, flags, interlaced = 5, 9, 0x40
				f.Cropped = string(rest[size:size+4]) != string(data[6:10])
				f.Interlaced = rest[flags]&interlaced != 0
				f.Data = append(f.Data, data[:head]...)
				f.Data = append(append(f.Data, control...), rest[:length]...)
				f.Data = append(f.Data, gifTrailer)
			}
		case gifTrailer:
			if f.Data == nil {
				return Frame{}, ErrMalformed
			}
			return f, nil
		default:
			err = ErrMalformed
		}
		switch {
		case err == nil:
			rest = rest[length:]
		case f.Data != nil: // the first image is complete, and no decoder reads on
			return f, nil
		default:
			return Frame{}, err
		}
	}
	if f.Data == nil {
		return Frame{}, ErrTruncated
	}
	return f, nil
}

// graphicControl returns what a decoder needs of a graphic control to show a still
// image: whether a colour is transparent, and which. Go's decoder refuses one of
// another length.
func graphicControl(block []byte) []byte {
	const length, transparent = 8, 1
	if len(block) != length {
		return block
	}
	return []byte{gifExtension, gifGraphicControl, 4, block[3] & transparent, 0, 0, block[6] * (block[3] & transparent), 0}
}

// gifHeader returns the length of the signature, the logical screen descriptor
// and the global colour table.
func gifHeader(data []byte) (int, error) {
	const screenEnd, flags = 13, 10
	if len(data) < screenEnd {
		return 0, ErrTruncated
	}
	length := screenEnd + colourTable(data[flags])
	if length > len(data) {
		return 0, ErrTruncated
	}
	return length, nil
}

// colourTable returns the length of the colour table that a flags byte declares.
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
		return 0, ErrTruncated
	}
	return subBlocksEnd(block, descriptor+colourTable(block[flags])+1) // 1: the LZW code size
}

// subBlocksEnd returns the end of the run of sub-blocks that begins at start.
func subBlocksEnd(data []byte, start int) (int, error) {
	for at := start; at < len(data); {
		size := int(data[at])
		at += 1 + size
		if size == 0 {
			return at, nil
		}
	}
	return 0, ErrTruncated
}
