package httpd

import (
	"context"
	"net"
	"os"
)

// States of sd_notify(3).
const (
	stateReady    = "READY=1"
	stateStopping = "STOPPING=1"
)

// notifySystemd tells systemd the state of the service, if NOTIFY_SOCKET says where. A
// failure does not stop the server: systemd then ends it after its start timeout.
func (e *Endpoint) notifySystemd(ctx context.Context, state string) {
	address := os.Getenv("NOTIFY_SOCKET")
	if address == "" {
		return
	}
	var dialer net.Dialer
	socket, err := dialer.DialContext(ctx, "unixgram", address)
	if err == nil {
		_, err = socket.Write([]byte(state))
		_ = socket.Close()
	}
	if err != nil {
		e.log.Warn("systemd was not notified", "state", state, "error", err)
	}
}
