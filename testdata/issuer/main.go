// Command issuer serves an OpenID provider on loopback that logs everybody in, to try
// OAuth with clients of others: go run ./testdata/issuer AUDIENCE. It prints its URL.
package main

import (
	"fmt"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/server/httpd/oauth/oauthtest"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: issuer AUDIENCE")
		os.Exit(2)
	}
	if err := serve(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}

func serve(audience string) error {
	issuer, err := oauthtest.New(oauthtest.Options{Audience: []string{audience}})
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	_, _ = fmt.Fprintf(os.Stdout, "http://%s\n", listener.Addr())
	server := &http.Server{Handler: issuer, ReadHeaderTimeout: 10 * time.Second}
	return server.Serve(listener)
}
