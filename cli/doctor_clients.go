package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/cli/clients"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/cli/doctor"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider"
)

// checkClients looks at the entries of this program in the configs of MCP clients.
func checkClients(context.Context) []doctor.Finding {
	env, err := clients.ThisMachine()
	if err != nil {
		return []doctor.Finding{doctor.Skip("not checked: there is no home folder")}
	}
	var findings []doctor.Finding
	names := map[string][]string{} // of the entries, by client
	for _, e := range clients.Entries(env) {
		client, _ := clients.Find(e.Client)
		findings = append(findings, entryFinding(client, e))
		if e.Err == nil {
			names[e.Client] = append(names[e.Client], e.Name)
		}
	}
	for _, client := range clients.All() {
		if entries := names[client.Name]; len(entries) > 1 {
			findings = append(findings, doctor.Warn(
				fmt.Sprintf("%s has %d entries of this program: %s", client.Title, len(entries), strings.Join(entries, ", ")),
				"a model sees each tool so often: remove all but one, as with ai-endpoints-mcp setup "+client.Name+" --remove --name "+entries[1]))
		}
	}
	if findings == nil {
		return []doctor.Finding{doctor.Skip("no config names this program; ai-endpoints-mcp setup lists the clients that are here")}
	}
	return findings
}

// entryFinding joins what is found of an entry's command and key.
func entryFinding(client clients.Client, e clients.Entry) doctor.Finding {
	if e.Err != nil {
		return doctor.Fail(fmt.Sprintf("%s: %s: %v", client.Title, e.Path, e.Err), "correct the file: the client cannot read it either")
	}
	var parts []doctor.Finding
	switch {
	case e.URL != "":
		parts = append(parts, doctor.Good("connects to "+doctor.ShowURL(e.URL)))
	case e.Command == "":
		parts = append(parts, doctor.Fail("has neither a command nor a URL", "write it again with ai-endpoints-mcp setup "+client.Name))
	default:
		parts = append(parts, commandFinding(client, e.Command))
		parts = append(parts, entryKey(client, e)...)
	}
	joined := doctor.Good(fmt.Sprintf("%s: %q in %s ", client.Title, e.Name, e.Path))
	var found, hints []string
	for _, part := range parts {
		found = append(found, part.Found)
		if part.Hint != "" {
			hints = append(hints, part.Hint)
		}
	}
	joined.Found += strings.Join(found, "; ")
	joined.Hint = strings.Join(hints, "; ")
	joined.Status = doctor.WorstOf(parts)
	return joined
}

// commandFinding says whether the client can start the command.
func commandFinding(client clients.Client, command string) doctor.Finding {
	again := "write it again with ai-endpoints-mcp setup " + client.Name
	switch {
	case strings.Contains(command, "${"):
		return doctor.Good("starts " + command + ", which the client expands")
	case filepath.IsAbs(command):
		if _, err := exec.LookPath(command); err != nil {
			return doctor.Fail(fmt.Sprintf("starts %s, which cannot be run: %s", command, startProblem(err)), again)
		}
		return doctor.Good("starts " + command)
	case strings.ContainsAny(command, `/\`):
		return doctor.Warn("starts "+command+", a path relative to whatever folder the client is in", "write the whole path: "+again)
	}
	found, err := exec.LookPath(command)
	switch {
	case err != nil:
		return doctor.Fail("starts "+command+", which is in no folder of this PATH", "write the whole path: "+again)
	case client.IsDesktop():
		f := doctor.Good("starts " + found + " by the PATH of this terminal")
		f.Hint = "if the client does not find it, write the whole path: desktop applications have a shorter PATH"
		return f
	default:
		return doctor.Good("starts " + found + " by the PATH")
	}
}

// startProblem leaves out the path, which the finding names.
func startProblem(err error) string {
	if failed, ok := errors.AsType[*exec.Error](err); ok {
		err = failed.Err
	}
	return doctor.Reason(err)
}

// entryKey says whether a key arrives at the command of an entry.
func entryKey(client clients.Client, e clients.Entry) []doctor.Finding {
	if slices.Contains(e.Args, "--sandbox") || slices.Contains(e.Args, "--sandbox=true") {
		return []doctor.Finding{doctor.Good("the sandbox needs no key")}
	}
	if file, given := argument(e.Args, "--api-key-file"); given {
		if _, err := os.Stat(file); err != nil && filepath.IsAbs(file) {
			return []doctor.Finding{doctor.Fail("its key file "+file+" cannot be read: "+doctor.Reason(err), "correct the path")}
		}
		return []doctor.Finding{doctor.Good("its key is in the file " + file)}
	}
	config, err := os.ReadFile(e.Path)
	if err != nil {
		return nil // the entry was just read from it
	}
	values, err := client.Variables(config, e.Name)
	if err != nil {
		return nil
	}
	baseURL, given := argument(e.Args, "--base-url")
	if !given {
		baseURL = cmp.Or(values["AI_ENDPOINTS_BASE_URL"].Text, provider.DefaultBaseURL)
	}
	var findings []doctor.Finding
	for _, name := range keyVariables() {
		value := values[name]
		if value.From == "" && !value.Asked && shapeOf(value.Text).isBlank() {
			continue
		}
		finding, arrives := keyValue(name, value, baseURL)
		findings = append(findings, finding)
		if arrives {
			return findings
		}
	}
	if findings == nil {
		findings = append(findings, doctor.Warn("it has no key: the free tier",
			"run ai-endpoints-mcp setup "+client.Name+": clients pass on few variables besides those of their config"))
	}
	return findings
}

// keyValue says what the value of a variable is worth, and whether a key arrives. No
// finding holds the value.
func keyValue(name string, value clients.Variable, baseURL string) (_ doctor.Finding, arrives bool) {
	switch {
	case value.Asked:
		return doctor.Good("the client asks for its key"), true
	case value.From != "" && strings.TrimSpace(os.Getenv(value.From)) != "":
		return doctor.Good("its key is that of " + value.From + ", which is set here"), true
	case value.From != "":
		return doctor.Warn("its key is that of "+value.From+", which is not set here", "set it where the client is started"), false
	}
	var key apiKey
	switch err := key.take(value.Text, "its "+name, baseURL); {
	case err != nil:
		return failureOf(err), true
	case len(key.warnings) > 0:
		return doctor.Warn(key.warnings[0].found, key.warnings[0].hint), key.text != ""
	default:
		return doctor.Good("its key is in the config"), true
	}
}

// argument returns the value of a flag, given as --flag=value or --flag value.
func argument(args []string, flag string) (value string, given bool) {
	for i, arg := range args {
		if value, ok := strings.CutPrefix(arg, flag+"="); ok {
			return value, true
		}
		if arg == flag && i+1 < len(args) {
			return args[i+1], true
		}
	}
	return "", false
}
