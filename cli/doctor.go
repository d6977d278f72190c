package cli

import (
	"context"
	"errors"
	"log/slog"

	"github.com/spf13/cobra"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/cli/doctor"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider"
)

func (p *program) doctorCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "doctor", Short: "Check key, network, catalogue, limits, folders and client configs.", Args: noArguments,
		Long: `Check what the program needs, and say what to do: key, network, catalogue, limits, folders and
the configs of MCP clients. It costs nothing without --call. The exit code is 1 if a check failed.`,
	}
	asJSON := cmd.Flags().Bool("json", false, "Print the findings as JSON.")
	call := cmd.Flags().Bool("call", false, "Also ask the default model for one token, which shows whether the key is accepted.")
	p.addOptions(cmd.Flags(), offersTools)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		e := examination{program: p, mistake: p.load(cmd), call: *call}
		return e.run(cmd.Context(), *asJSON)
	}
	return cmd
}

// errCheckFailed is what doctor ends with after it has printed its findings.
var errCheckFailed = errors.New("a check failed")

// examination is one run of doctor.
type examination struct {
	*program
	mistake error // in the configuration; nil if it can be used
	call    bool  // a model may be called
	closers []func()
}

func (e *examination) run(ctx context.Context, asJSON bool) error {
	defer func() {
		for _, closeOne := range e.closers {
			closeOne()
		}
	}()
	checks, err := e.checks()
	if err != nil {
		return err
	}
	rows := doctor.Run(ctx, checks)
	if ctx.Err() != nil {
		return errInterrupted
	}
	if err := e.printFindings(rows, asJSON); err != nil {
		return err
	}
	if doctor.Worst(rows) == doctor.Failed {
		return errCheckFailed
	}
	return nil
}

// checks returns the checks in the order in which they are shown. With a mistake in the
// configuration nothing is contacted: it may be the mistaken part that says whom.
func (e *examination) checks() ([]doctor.Check, error) {
	checks := []doctor.Check{found("version", doctor.Good(e.build()))}
	if note := e.sandboxNote(); note != "" {
		checks = append(checks, found("sandbox", doctor.Warn(note, "leave --sandbox out to check the real service")))
	}
	checks = append(checks, found("config", e.configFinding()))
	clientsCheck := doctor.Check{Name: "clients", Run: checkClients}
	if e.mistake != nil {
		const why = "not checked, nor are the key, limits and folders: correct the configuration first"
		return append(checks, found("service", doctor.Skip(why)), clientsCheck), nil
	}
	service, err := e.serviceChecks()
	if err != nil {
		return nil, err
	}
	checks = append(checks, service...)
	return append(checks, e.limits(), e.cache(), e.folders(), clientsCheck), nil
}

// found is a check whose findings are known without one.
func found(name string, findings ...doctor.Finding) doctor.Check {
	return doctor.Check{Name: name, Run: func(context.Context) []doctor.Finding { return findings }}
}

// serviceChecks are those of key and service. They use a provider that works even if the
// key, the folders or the budget do not.
func (e *examination) serviceChecks() ([]doctor.Check, error) {
	log := slog.New(slog.DiscardHandler) // the findings say all of it
	if e.options.LogLevel != "" {
		log = e.options.logger(e.err, true)
	}
	settings := e.providerOptions(log)
	settings.AllowDirs, settings.WriteDir, settings.MaxWait = nil, "", 0
	settings.Timeout = min(settings.Timeout, doctor.RequestTimeout)
	var (
		upstream doctor.Upstream
		keyCheck doctor.Check
		keyErr   error
	)
	if e.options.Sandbox {
		a := &app{log: log}
		if err := a.useSandbox(&settings, e.program); err != nil {
			return nil, err
		}
		e.closers = append(e.closers, a.Close)
		upstream.Shown = "the built-in emulator"
		keyCheck = found("key", doctor.Skip("the sandbox needs none, and sends none"))
	} else {
		settings.RateLimit, settings.CacheDir = e.options.RateLimit, e.options.cacheDir()
		var key *apiKey
		key, keyErr = e.options.findKey()
		settings.APIKey = key.text
		upstream.InClear = inClearTo(settings.BaseURL)
		if key.text != "" {
			upstream.KeyFrom = key.from
		}
		keyCheck = found("key", keyFindings(key, keyErr, settings.BaseURL)...)
	}
	made, noBudget, err := e.newProvider(settings)
	if err != nil {
		return nil, err
	}
	upstream.Provider = made
	upstream.BaseURL, upstream.CatalogURL = settings.BaseURL, settings.CatalogURL
	if upstream.CatalogURL == "" && provider.IsAIEndpoints(upstream.BaseURL) {
		upstream.CatalogURL = provider.DefaultCatalogURL
	}
	return []doctor.Check{
		keyCheck, {Name: "base URL", Run: upstream.Reach}, {Name: "proxy", Run: upstream.Proxy}, {Name: "catalogue", Run: upstream.Catalogue},
		e.callCheck(upstream, keyErr), upstream.RateLimit(settings.RateLimit), upstream.Budget(noBudget),
	}, nil
}

// newProvider makes a provider, if need be without the budget that cannot be kept.
func (e *examination) newProvider(settings provider.Options) (made *provider.Provider, noBudget *doctor.Finding, err error) {
	made, err = provider.New(settings)
	if err != nil && settings.MaxCost > 0 {
		failure := failureOf(e.options.providerError(err))
		noBudget, settings.MaxCost = &failure, 0
		made, err = provider.New(settings)
	}
	if err != nil {
		return nil, nil, e.options.providerError(err)
	}
	e.closers = append([]func(){made.Close}, e.closers...) // before the sandbox that it uses
	return made, noBudget, nil
}

// callCheck is skipped unless it is asked for: it is the only check that is paid.
func (e *examination) callCheck(upstream doctor.Upstream, keyErr error) doctor.Check {
	switch {
	case !e.call:
		return found("call", doctor.Skip("not made: --call asks the default model for one token, which is paid"))
	case keyErr != nil:
		return found("call", doctor.Skip("not made: the key cannot be used"))
	default:
		return doctor.Check{Name: "call", Run: upstream.Call}
	}
}
