package emulator
import ("testing";"encoding/json";"net/http/httptest";"strings")
func TestTry(t *testing.T){
 e:=New(Options{})
 do:=func(path, body string){ w:=httptest.NewRecorder(); e.ServeHTTP(w, httptest.NewRequest("POST",path,strings.NewReader(body))); t.Log(w.Code, "\n"+w.Body.String())}
 do("/v1/chat/completions",`{"model":"gpt-oss-120b","messages":[{"role":"system","content":"Be brief"},{"role":"user","content":"Hello there, what is up?"}],"stream":true,"stream_options":{"include_usage":true},"temperature":0.2}`)
 do("/v1/chat/completions",`{"model":"llama@latest","messages":[{"role":"user","content":"Weather in Paris and Rome, both please. unit celsius"}],"tool_choice":"required","tools":[{"type":"function","function":{"name":"w","parameters":{"type":"object","properties":{"unit":{"enum":["kelvin","celsius"]},"city":{"type":"string"}}}}}],"stream":true}`)
 do("/v1/chat/completions",`{"model":"Qwen3.5-9B","messages":[{"role":"user","content":"hi"}]}`)
 do("/v1/embeddings",`{"model":"Qwen3-Embedding-8B","input":"hi", "dimensions":32}`)
 for _, s := range []string{
  `{"type":"object","properties":{"name":{"type":"string"},"age":{"type":"integer","minimum":0},"email":{"type":"string","format":"email"},"born":{"type":"string","format":"date"},"mood":{"enum":["sad","happy"]},"tags":{"type":"array","items":{"type":"string"}},"vip":{"type":"boolean"},"balance":{"type":"number"}},"required":["name"]}`,
  `{"$ref":"#/$defs/n","$defs":{"n":{"type":"object","properties":{"v":{"type":"number"},"next":{"anyOf":[{"$ref":"#/$defs/n"},{"type":"null"}]},"kids":{"type":"array","items":{"$ref":"#/$defs/n"}}},"required":["v","next","kids"]}}}`,
  `{"anyOf":[{"$ref":"#"},{"$ref":"#"},{"type":"string"}]}`,
  `{"type":"object","properties":{"a":{},"b":{}},"oneOf":[{"required":["a"]},{"required":["b"]}]}`,
  `{"type":"string","pattern":"^[A-Z]{2}-\\d{3,}$","minLength":9}`,
  `{"$ref":"#/$defs/a","$defs":{"a":{"$ref":"#/$defs/b"},"b":{"$ref":"#/$defs/a"}}}`,
 }{
  v,err:=instance(json.RawMessage(s),"Name: Ada Lovelace, age is 36. Born on 10/12/1815. She is happy; mail ada@example.org. Her balance: EUR 1,200.50 as VIP.")
  t.Log(string(encode(v)),err)
 }
}
