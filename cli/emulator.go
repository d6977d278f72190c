package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/emulator"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/server/httpd"
)

const emulatorDescription = `Serve an emulator of AI Endpoints, to test agents offline. No model answers: it makes its
answers up. It prints two lines, base-url URL and catalog-url URL, then serves until it is
stopped. Any key is accepted, and none; files and batches need one.

A tool that the user's message names is called. A request gets the fault that its header
X-Emulator-Fault or [[fault: …]] in its prompt asks for, as in [[fault: 429 times=2]]. The words are:

  `

// emulatorOptions are what the flags of the command set. They have no variables and no
// keys of the config file: those of the same name are of the client, or of http.
type emulatorOptions struct {
	listen     string
	rateLimit  provider.RateLimit
	latency    time.Duration
	tokenDelay time.Duration
	batchTime  time.Duration
}

func (p *program) emulatorCommand() *cobra.Command {
	o := &emulatorOptions{}
	cmd := &cobra.Command{
		Use: "emulator", Short: "Serve an emulator of AI Endpoints, to test agents offline.",
		Long: emulatorDescription + faultForms(), Args: noArguments,
		Annotations: map[string]string{readsOnly: "config log-level log-format"},
		RunE:        p.loading(func(ctx context.Context, _ []string) error { return p.serveEmulator(ctx, o) }),
	}
	flags := cmd.Flags()
	flags.SortFlags = false
	flags.Var(freeText(&o.listen, "127.0.0.1:8089"), "listen", "host:port; port 0 is a free one; default 127.0.0.1:8089.")
	flags.Var(rateLimit(&o.rateLimit), "rate-limit",
		"Requests a minute of each caller to each model, others get a 429: auto takes the catalogue's figures, or a number; default off.")
	flags.Var(duration(&o.latency, 0, notNegative), "latency", "Time before each answer of a model; default 0s.")
	flags.Var(duration(&o.tokenDelay, 0, notNegative), "token-delay", "Pause between the events of a stream, three tokens each; default 0s.")
	flags.Var(duration(&o.batchTime, 2*time.Second, notNegative), "batch-time", "How long a batch takes until it is completed; default 2s.")
	o.rateLimit = provider.NoRateLimit
	return cmd
}

// faultForms lists the words that a fault is asked for with.
func faultForms() string {
	var forms []string
	for _, w := range emulator.FaultWords() {
		forms = append(forms, w.Form)
	}
	return strings.Join(forms[:len(forms)/2], "  ") + "\n  " + strings.Join(forms[len(forms)/2:], "  ")
}

// serveEmulator serves until the process is told to stop.
func (p *program) serveEmulator(ctx context.Context, o *emulatorOptions) error {
	address, err := o.address()
	if err != nil {
		return err
	}
	listener, err := address.Listen()
	if err != nil {
		return err
	}
	e := emulator.New(emulator.Options{
		RateLimit: o.rateLimit != provider.NoRateLimit, PerMinute: max(0, int(o.rateLimit)),
		Latency: o.latency, TokenDelay: o.tokenDelay, BatchTime: cmp.Or(o.batchTime, -1), RequestedFaults: true, NamedTools: true,
	})
	log := p.options.logger(p.err, false)
	if !address.IsLocal() {
		log.Warn("everyone who reaches this address can use the emulator", "address", listener.Addr().String())
	}
	s := e.StartOn(listener)
	if err := p.printURLs(s, log); err != nil {
		return errors.Join(err, s.Close())
	}
	return s.Wait(ctx)
}

func (o *emulatorOptions) address() (httpd.Address, error) {
	const hint = "give an address such as 127.0.0.1:8089"
	if _, _, err := net.SplitHostPort(o.listen); err != nil || strings.HasPrefix(o.listen, "unix:") {
		return httpd.Address{}, usageError{fmt.Errorf("--listen is %q; host:port is allowed", o.listen), hint}
	}
	address, err := httpd.ParseAddress(o.listen)
	if err != nil {
		return address, usageError{fmt.Errorf("--listen: %w", err), hint}
	}
	return address, nil
}

func (p *program) printURLs(s *emulator.Server, log *slog.Logger) error {
	log.Info("serving the emulator: no model answers, it makes its answers up", "base_url", s.BaseURL)
	if _, err := fmt.Fprintf(p.out, "base-url %s\ncatalog-url %s\n", s.BaseURL, s.CatalogURL); err != nil {
		return fmt.Errorf("printing the URLs: %w", err)
	}
	return nil
}
