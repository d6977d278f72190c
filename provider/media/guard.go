package media

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"time"
)

// guard restricts fetches to public addresses. It resolves a name once and dials
// exactly the addresses that it has checked, so that DNS rebinding has no effect.
type guard struct {
	allowHTTP bool
	hosts     map[string]bool // allowed at any address
	resolver  interface {
		LookupNetIP(ctx context.Context, network, host string) ([]netip.Addr, error)
	}
	dial func(ctx context.Context, network, address string) (net.Conn, error)
}

func newGuard(o Options) (*guard, error) {
	g := &guard{allowHTTP: o.AllowHTTP, hosts: map[string]bool{}, resolver: o.Resolver, dial: o.Dial}
	if g.resolver == nil {
		g.resolver = net.DefaultResolver
	}
	if g.dial == nil {
		// Shorter than the timeout of a fetch: a dead IPv6 address leaves time for the next.
		g.dial = (&net.Dialer{Timeout: 4 * time.Second}).DialContext
	}
	for _, host := range o.AllowHosts {
		if !IsHost(host) {
			return nil, fmt.Errorf("allowed host %q is not a host name: write it without scheme, port and path", host)
		}
		g.hosts[hostName(host)] = true
	}
	return g, nil
}

// IsHost reports whether host can be one of [Options].AllowHosts.
func IsHost(host string) bool {
	name := hostName(host)
	_, err := netip.ParseAddr(name)
	return err == nil || name != "" && !strings.ContainsAny(name, ":/@*?# ")
}

// hostName returns a host in the form in which it is compared: in lower case, without
// the brackets of an IPv6 address and the dot at the end of a fully qualified name.
func hostName(host string) string {
	return strings.ToLower(strings.TrimSuffix(strings.Trim(host, "[]"), "."))
}

// checkURL makes the checks that do not need the address of the host. It is called
// for the first URL and for that of each redirect.
func (g *guard) checkURL(u *url.URL) error {
	host := hostName(u.Hostname())
	switch {
	case u.Scheme == "http" && !g.allowHTTP:
		return blockedError("URLs are not fetched by http", "use https")
	case u.Scheme != "https" && u.Scheme != "http":
		return blockedError(fmt.Sprintf("URLs are not fetched by %q", short(u.Scheme)), "use an https URL")
	case host == "":
		return &Error{Kind: Invalid, Message: "the URL has no host", Hint: "give an https URL with a host"}
	case u.User != nil:
		return blockedError("the URL has a user or a password", "use a URL without them")
	case g.hosts[host]:
		return nil
	case isNumericHost(host):
		return blockedError(fmt.Sprintf("the host %q is a number in an unusual form", short(host)), "use a host name")
	}
	// Arbitrary ports would permit port scans, and some services act on the first
	// line of a request.
	switch u.Port() {
	case "", "80", "443", "8080", "8443":
		return nil
	}
	return blockedError(fmt.Sprintf("URLs are not fetched from port %s", short(u.Port())), "use port 443, 8443, 80 or 8080")
}

// isNumericHost reports whether a host that is not an IP address ends in a number.
// No domain does, but inet_aton reads 2130706433, 0x7f.1 and 127.1 as addresses, so
// that the meaning of such a host would depend on the resolver.
func isNumericHost(host string) bool {
	if _, err := netip.ParseAddr(host); err == nil {
		return false
	}
	last := host[strings.LastIndexByte(host, '.')+1:]
	digits, hex := strings.CutPrefix(last, "0x")
	notDigit := func(r rune) bool {
		return (r < '0' || r > '9') && (!hex || r < 'a' || r > 'f')
	}
	return last != "" && !strings.ContainsFunc(digits, notDigit)
}

func blockedError(message, hint string) *Error {
	return &Error{Kind: URLBlocked, Message: message, Hint: hint}
}

// maxAddresses is how many addresses of a host are tried.
const maxAddresses = 4

// dialContext connects to a host and port if every address of the host is public:
// a single private address makes the whole host suspicious.
func (g *guard) dialContext(ctx context.Context, network, hostPort string) (net.Conn, error) {
	host, port, err := net.SplitHostPort(hostPort)
	if err != nil {
		return nil, err
	}
	addresses, err := g.lookup(ctx, host)
	if err != nil {
		return nil, err
	}
	if !g.hosts[hostName(host)] {
		for _, address := range addresses {
			if !isPublic(address) {
				return nil, blockedError(fmt.Sprintf("the host %q is not a public one", short(host)),
					"use a public URL, or a data: URL; --allow-image-host permits a host")
			}
		}
	}
	var failures []error
	for _, address := range addresses[:min(len(addresses), maxAddresses)] {
		conn, err := g.dial(ctx, network, net.JoinHostPort(address.String(), port))
		if err == nil {
			return conn, nil
		}
		failures = append(failures, err)
	}
	return nil, errors.Join(failures...)
}

func (g *guard) lookup(ctx context.Context, host string) ([]netip.Addr, error) {
	if address, err := netip.ParseAddr(host); err == nil {
		return []netip.Addr{address}, nil
	}
	addresses, err := g.resolver.LookupNetIP(ctx, "ip", host)
	if err == nil && len(addresses) == 0 {
		err = errors.New("no addresses")
	}
	if err != nil {
		return nil, &Error{
			Kind: NotFetched, Message: fmt.Sprintf("the host %q could not be looked up", short(host)),
			Hint: "check the URL", cause: err,
		}
	}
	for i, address := range addresses {
		addresses[i] = address.Unmap()
	}
	return addresses, nil
}

// isPublic reports whether an address belongs to the public Internet.
func isPublic(address netip.Addr) bool {
	address = address.Unmap() // ::ffff:10.0.0.1 is dialled as 10.0.0.1
	if nat64 := netip.MustParsePrefix("64:ff9b::/96"); nat64.Contains(address) {
		bytes := address.As16()
		return isPublic(netip.AddrFrom4([4]byte(bytes[12:])))
	}
	if address.Is6() && !netip.MustParsePrefix("2000::/3").Contains(address) {
		return false // not global unicast: ::/96, fc00::/7, fe80::/10, ff00::/8, 64:ff9b:1::/48, addresses with a zone
	}
	for _, prefix := range reserved() {
		if prefix.Contains(address) {
			return false
		}
	}
	return address.IsValid()
}

// reserved returns the ranges of the IANA special-purpose registries (RFC 6890) that
// are not public; for IPv6 only those within 2000::/3.
var reserved = sync.OnceValue(func() []netip.Prefix {
	var prefixes []netip.Prefix
	for _, text := range []string{
		"0.0.0.0/8",        // this network
		"10.0.0.0/8",       // private
		"100.64.0.0/10",    // carrier-grade NAT
		"127.0.0.0/8",      // loopback
		"168.63.129.16/32", // Azure's host: a public address that only its virtual machines reach
		"169.254.0.0/16",   // link-local, with the metadata services
		"172.16.0.0/12",    // private
		"192.0.0.0/24",     // protocol assignments
		"192.0.2.0/24",     // documentation
		"192.88.99.0/24",   // 6to4 relays
		"192.168.0.0/16",   // private
		"198.18.0.0/15",    // benchmarks
		"198.51.100.0/24",  // documentation
		"203.0.113.0/24",   // documentation
		"224.0.0.0/4",      // multicast
		"240.0.0.0/4",      // reserved, broadcast
		"2001::/23",        // protocol assignments: Teredo, benchmarks, ORCHID
		"2001:db8::/32",    // documentation
		"2002::/16",        // 6to4: may contain any IPv4 address
		"3fff::/20",        // documentation
	} {
		prefixes = append(prefixes, netip.MustParsePrefix(text))
	}
	return prefixes
})
