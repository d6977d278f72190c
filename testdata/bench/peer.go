package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

// measurePeer measures LiteLLM's proxy before the same upstream: not an MCP server, but
// what many put between an agent and a model. It is slow to start and to answer, so it
// gets fewer calls.
func (r *run) measurePeer(ctx context.Context) error {
	if r.litellm == "" {
		return nil
	}
	p, err := r.startPeer(ctx)
	if err != nil {
		return err
	}
	defer p.stop()
	http := transports()[1]
	call := func(ctx context.Context) error {
		return r.upstream.directTo(ctx, p.service, prompt, "", nil)
	}
	r.add(http.idle(), "MB", peerColumn, residentMegabytes(p.pid))
	const calls = 160
	if _, err := measure(ctx, calls, 1, p.pid, call); err != nil {
		return fmt.Errorf("LiteLLM's proxy: %w", err)
	}
	for range r.fewRounds() {
		for _, callers := range []int{1, 16} {
			took, err := measure(ctx, calls, callers, p.pid, call)
			if err != nil {
				return fmt.Errorf("LiteLLM's proxy with %d callers: %w", callers, err)
			}
			r.addLoad(http, callers, peerColumn, took)
		}
	}
	return nil
}

// peer is a proxy that answers.
type peer struct {
	service
	pid  int
	stop func()
}

// startPeer starts the proxy with none of the user's variables and files, of which some
// hold keys.
func (r *run) startPeer(ctx context.Context) (peer, error) {
	address, err := freeAddress()
	if err != nil {
		return peer{}, err
	}
	key := "sk-" + rand.Text() // without one it does not start
	config := filepath.Join(r.folder, "litellm.yaml")
	// By a model's own name it would look for a tokenizer on the network.
	text := fmt.Sprintf("model_list:\n  - model_name: %s\n    litellm_params: {model: openai/bench, api_base: %q, api_key: bench}\n"+
		"general_settings: {master_key: %s}\nlitellm_settings: {telemetry: false}\n", model, r.upstream.baseURL, key)
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		return peer{}, err
	}
	host, port, _ := net.SplitHostPort(address)
	ctx, kill := context.WithCancel(ctx)
	cmd := exec.CommandContext(ctx, r.litellm, "--config", config, "--host", host, "--port", port)
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + r.folder, "LITELLM_LOCAL_MODEL_COST_MAP=True", "HF_HUB_OFFLINE=1"}
	stop := func() {
		kill()
		_ = cmd.Wait() // says that it was killed
	}
	if err := cmd.Start(); err != nil {
		kill()
		return peer{}, err
	}
	p := peer{service{"http://" + address + "/v1", key}, cmd.Process.Pid, stop}
	for range 240 {
		if err = r.upstream.directTo(ctx, p.service, prompt, "", nil); err == nil {
			return p, nil
		}
		time.Sleep(500 * time.Millisecond)
	}
	stop()
	return peer{}, fmt.Errorf("LiteLLM's proxy does not answer: %w", err)
}
