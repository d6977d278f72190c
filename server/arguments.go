package server

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/schema"
)

// maxArgumentValues bounds the JSON values of a call's arguments: each takes hundreds of
// bytes once it is read. It allows for sixty times the texts that embed takes.
const maxArgumentValues = 125_000

// arguments reads what a client sends as the arguments of one tool.
type arguments struct {
	tool       string
	parameters []parameter // in the order of the tool's schema
}

// newArguments panics for a schema that is not one of a tool.
func newArguments(tool string, inputSchema json.RawMessage) arguments {
	var described struct {
		Properties json.RawMessage `json:"properties"`
		Required   []string        `json:"required"`
	}
	err := json.Unmarshal(inputSchema, &described)
	properties, _ := schema.Members(described.Properties)
	a := arguments{tool: tool}
	for _, property := range properties {
		p := parameter{name: property.Name, required: slices.Contains(described.Required, property.Name)}
		if err == nil {
			err = json.Unmarshal(property.Value, &p)
		}
		a.parameters = append(a.parameters, p)
	}
	if err != nil {
		panic(fmt.Sprintf("the input schema of %s cannot be checked: %v", tool, err))
	}
	return a
}

func (a arguments) names() []string {
	var names []string
	for _, p := range a.parameters {
		names = append(names, p.name)
	}
	slices.Sort(names)
	return names
}

// clientFields are arguments that clients add by themselves, whatever the schema says.
// They are n8n's.
func clientFields() []string { return []string{"toolCallId", "sessionId", "chatInput", "action"} }

// read returns the arguments as JSON that satisfies the tool's schema, and notes about
// what was read in another way than it was written, or not at all. Values that need no
// change keep their bytes, and objects their order. The error names each parameter
// that is wrong, and what is allowed.
func (a arguments) read(given json.RawMessage) (json.RawMessage, []provider.Warning, error) {
	raw := rawArguments(given)
	if schema.Values(raw) > maxArgumentValues {
		return nil, nil, provider.InvalidArgument(fmt.Sprintf("the arguments hold more than %d JSON values", maxArgumentValues),
			"send less at a time")
	}
	members, err := schema.Members(raw)
	if err != nil {
		return nil, nil, provider.InvalidArgument("the arguments are not a JSON object", "valid names are "+strings.Join(a.names(), ", "))
	}
	var (
		r                reading
		changed          bool
		accepted         []schema.Member
		unknown, ignored []string
	)
	for _, m := range members {
		i := slices.IndexFunc(a.parameters, func(p parameter) bool { return p.name == m.Name })
		switch {
		case i >= 0:
			value := r.value(a.parameters[i], m.Value)
			changed = changed || !bytes.Equal(value, m.Value)
			if value != nil {
				accepted = append(accepted, schema.Member{Name: m.Name, Value: value})
			}
		case slices.Contains(clientFields(), m.Name):
			ignored = append(ignored, m.Name)
		case schema.IsEmpty(m.Value):
			changed = true // says nothing
		default:
			unknown = append(unknown, m.Name)
		}
	}
	for _, p := range a.parameters {
		if p.required && !slices.ContainsFunc(accepted, func(m schema.Member) bool { return m.Name == p.name }) && !r.isWrong(p.name) {
			r.refuse(p.name, " is missing", "it is required")
		}
	}
	if len(unknown) > 0 {
		r.refuse("", unknownNames(unknown), a.hint(unknown[0]))
	}
	if err := r.err(); err != nil {
		return nil, nil, err
	}
	if len(ignored) > 0 {
		r.note(provider.WarnArgumentIgnored, "%s had no effect: %s has no such parameter", strings.Join(ignored, ", "), a.tool)
		changed = true
	}
	if !changed {
		return raw, r.notes, nil
	}
	return schema.Object(accepted), r.notes, nil
}

// rawArguments returns {} for arguments that are absent, and what JSON text holds.
func rawArguments(given json.RawMessage) json.RawMessage {
	raw := bytes.TrimSpace(given)
	if len(raw) > 0 && raw[0] == '"' {
		raw = bytes.TrimSpace([]byte(decodeText(raw)))
	}
	if len(raw) == 0 || string(raw) == "null" || raw[0] == '[' && schema.IsEmpty(raw) {
		return json.RawMessage("{}")
	}
	return raw
}

// listed returns the input schema as clients see it. A parameter that takes several
// types is listed with the first: forms and converters of clients know no choice.
func listed(inputSchema json.RawMessage) json.RawMessage {
	return editMember(inputSchema, "properties", func(properties json.RawMessage) json.RawMessage {
		all, _ := schema.Members(properties)
		for i := range all {
			all[i].Value = firstType(all[i].Value)
		}
		return schema.Object(all)
	})
}

func firstType(property json.RawMessage) json.RawMessage {
	members, _ := schema.Members(property)
	for i, m := range members {
		if choices, err := schema.Items(m.Value); err == nil && m.Name == "anyOf" {
			first, _ := schema.Members(choices[0])
			return schema.Object(slices.Replace(members, i, i+1, first...))
		}
	}
	return property
}

func editMember(object json.RawMessage, name string, edit func(json.RawMessage) json.RawMessage) json.RawMessage {
	members, _ := schema.Members(object)
	for i := range members {
		if members[i].Name == name {
			members[i].Value = edit(members[i].Value)
		}
	}
	return schema.Object(members)
}
