package media

import "net/netip"

// IsPublic is the guard's judgement of an address.
func IsPublic(address netip.Addr) bool { return isPublic(address) }

// Strip gives a file of one frame without metadata.
func Strip(data []byte) (stripped []byte, orientation int, err error) {
	s, err := strip(sniff(data), data)
	return s.data, s.orientation, err
}

// Sniff tells a file's type.
func Sniff(data []byte) string { return sniff(data) }
