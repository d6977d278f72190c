package schema_test

import (
	"context"
	"fmt"
	"strings"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/schema"
)

func Example() {
	person, err := schema.Compile(context.Background(), []byte(`{"type":"object","properties":{"name":{"type":"string"}},"required":["name"]}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	data, _ := person.Read(context.Background(), "Here you are:\n```json\n{\"name\":\"Ada\"}\n```")
	fmt.Printf("%s\n", data)
	_, wrong := person.Read(context.Background(), `{"name":36}`)
	fmt.Println(strings.Join(wrong, "\n"))
	// Output:
	// {"name":"Ada"}
	// $.name: got number, want string
}

func ExampleCompile_unusable() {
	_, err := schema.Compile(context.Background(), []byte(`{"name":{"type":"string"}}`))
	fmt.Println(err)
	// Output: it is a map of properties, not a schema: put it under properties, as {"type":"object","properties":{…}}
}
