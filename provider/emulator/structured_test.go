package emulator_test

import (
	"encoding/json"
	"net/http"
	"reflect"
	"strings"
	"testing"
)

// structured asks for an instance of a schema.
func structured(schema, text string) object {
	return request("gpt-oss-120b", text, object{"response_format": object{
		"type": "json_schema", "json_schema": object{"name": "answer", "schema": json.RawMessage(schema)},
	}})
}

func TestJSONSchema(t *testing.T) {
	schema := `{"properties":{"name":{"type":"string"},"note":{"const":"a<b"}},"required":["name"],"type":"object"}`
	got := complete(t, sandbox(), structured(schema, "Name: Ada Lovelace, age is 36")).text()
	if want := `{"name":"Ada Lovelace","note":"a<b"}`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestASchemaWithoutInstances(t *testing.T) {
	w := post(t, sandbox(), chatPath, structured("false", "hi"))
	if w.Code != http.StatusBadRequest || !strings.HasPrefix(refusal(t, w), "response_format.json_schema.schema: ") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

func TestJSONObject(t *testing.T) {
	got := complete(t, sandbox(), request("gpt-oss-120b", "List <3> things", object{"response_format": object{"type": "json_object"}}))
	var value map[string]any
	if err := json.Unmarshal([]byte(got.text()), &value); err != nil {
		t.Fatal(err)
	}
	if want := (map[string]any{"emulator": true, "model": "gpt-oss-120b", "request": "List <3> things"}); !reflect.DeepEqual(value, want) {
		t.Errorf("got %v, want %v", value, want)
	}
}
