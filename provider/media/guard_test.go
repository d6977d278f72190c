package media_test

import (
	"net/netip"
	"testing"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/media"
)

func TestAddresses(t *testing.T) {
	for _, tt := range []struct {
		what   string
		public bool
		list   []string
	}{
		{"public", true, []string{"1.1.1.1", "8.8.8.8", "93.184.215.14",
			"172.15.255.255", "172.32.0.0", "100.63.255.255", "100.128.0.0",
			"192.0.1.0", "198.17.255.255", "198.20.0.0", "223.255.255.255", "168.63.129.15"}},
		{"public, IPv6", true, []string{"2001:41d0:1::1", "2606:4700:4700::1111", "2a00:1450::1",
			"2001:200::1", "::ffff:8.8.8.8", "64:ff9b::808:808"}},
		{"this network", false, []string{"0.0.0.0", "0.1.2.3"}},
		{"loopback", false, []string{"127.0.0.1", "127.1.2.3", "::1", "::1%lo"}},
		{"private", false, []string{"10.0.0.1", "10.255.255.255", "172.16.0.1", "172.31.255.255", "192.168.0.1",
			"fc00::1", "fd12:3456::1", "fd00:ec2::254"}},
		{"link-local", false, []string{"169.254.169.254", "169.254.0.1", "fe80::1", "fe80::1%eth0", "febf::1", "fec0::1"}},
		{"carrier-grade NAT", false, []string{"100.64.0.1", "100.100.100.200", "100.127.255.255"}},
		{"assignments and documentation", false, []string{"192.0.0.1", "192.0.0.192", "192.0.2.1",
			"198.51.100.1", "203.0.113.1", "192.88.99.1", "2001:db8::1", "3fff::1"}},
		{"benchmarks", false, []string{"198.18.0.1", "198.19.255.255", "2001:2::1"}},
		{"multicast", false, []string{"224.0.0.1", "239.255.255.250", "ff02::1", "ff0e::1"}},
		{"reserved, broadcast", false, []string{"240.0.0.1", "255.255.255.255"}},
		{"unspecified", false, []string{"::"}},
		{"a cloud's host", false, []string{"168.63.129.16"}},
		{"IPv4-mapped", false, []string{"::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:a9fe:a9fe", "::ffff:0.0.0.0"}},
		{"IPv4-compatible", false, []string{"::127.0.0.1", "::10.0.0.1", "::8.8.8.8"}},
		{"NAT64", false, []string{"64:ff9b::7f00:1", "64:ff9b::10.0.0.1", "64:ff9b::169.254.169.254", "64:ff9b::", "64:ff9b::10.0.0.1%eth0",
			"64:ff9b:1::8.8.8.8", "64:ff9b:1:ffff::1"}},
		{"6to4", false, []string{"2002:7f00:1::1", "2002:a00:1::1", "2002:808:808::1"}},
		{"Teredo", false, []string{"2001:0:7f00:1::1", "2001::1"}},
		{"discard, segment routing", false, []string{"100::1", "5f00::1", "4000::1"}},
	} {
		for _, text := range tt.list {
			if got := media.IsPublic(netip.MustParseAddr(text)); got != tt.public {
				t.Errorf("%s: %s is public: %v", tt.what, text, got)
			}
		}
	}
	if media.IsPublic(netip.Addr{}) {
		t.Error("no address is public")
	}
}

func TestInvalidAllowedHosts(t *testing.T) {
	for _, host := range []string{"", "https://images.test", "images.test/a", "images.test:443", "*.test", "user@images.test", " "} {
		if preparer, err := media.New(media.Options{AllowHosts: []string{host}}); err == nil {
			t.Errorf("%q is accepted", host)
			preparer.Close()
		}
	}
	newPreparer(t, media.Options{AllowHosts: []string{"images.test", "Images.Test.", "10.0.0.1", "::1", "[::1]", "minio"}})
}
