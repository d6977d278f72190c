package server_test

import (
	"bufio"
	"fmt"
	"io"
	"strings"
	"testing"
)

// The server has nothing to subscribe to, so a subscription ends immediately; its
// acknowledgement tells the client that it contains nothing.
const subscriptions = 100

func TestASubscriptionIsAcknowledgedFirstOverStdio(t *testing.T) {
	s := newRig(t, setup{}).server
	in, toServer := io.Pipe()
	fromServer, out := io.Pipe()
	ended := make(chan error, 1)
	go func() { ended <- s.ServeStdio(t.Context(), in, out, maxWait) }()
	answers := bufio.NewScanner(fromServer)
	for i := range subscriptions {
		if _, err := fmt.Fprintf(toServer,
			`{"jsonrpc":"2.0","id":%d,"method":"subscriptions/listen","params":{"notifications":{"toolsListChanged":true},"_meta":{`+
				`"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{}}}}`+"\n", i); err != nil {
			t.Fatal(err)
		}
		var got strings.Builder
		for !strings.Contains(got.String(), `"result"`) && answers.Scan() {
			got.WriteString(answers.Text())
		}
		checkAcknowledged(t, got.String())
	}
	toServer.Close()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

func checkAcknowledged(t *testing.T, answer string) {
	t.Helper()
	ack, result := strings.Index(answer, "notifications/subscriptions/acknowledged"), strings.Index(answer, `"result"`)
	if ack < 0 || result < ack {
		t.Errorf("the answer is %s", answer)
	}
}
