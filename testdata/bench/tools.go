package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"strings"
	"time"
)

// measureTools compares calls of other kinds over stdio with the direct call.
func (r *run) measureTools(ctx context.Context) error {
	server, err := r.programs[oursColumn].startStdio(ctx)
	if err != nil {
		return err
	}
	defer server.stop()
	for _, step := range []func(context.Context, *process) error{r.measureToolCall, r.measureExtract, r.measureResolve} {
		if err := step(ctx, server); err != nil {
			return err
		}
	}
	return r.measureImage(ctx)
}

// measureToolCall compares a chat whose answer is the call of one of its tools.
func (r *run) measureToolCall(ctx context.Context, server *process) error {
	const function = `{"type":"function","function":{"name":"get_weather","description":"The weather of a city","parameters":` +
		`{"type":"object","properties":{"city":{"type":"string"},"days":{"type":"integer"}},"required":["city"]}}}`
	s := callStream("get_weather", cut(`{"city":"Roubaix","days":3}`, 4))
	defer r.upstream.answerBy(s.answer)()
	arguments := `{"prompt":` + prompt + `,"model":"` + model + `","tools":[` + function + `]}`
	return r.compare(ctx, "a tool call of the model", 20, [columns]candidate{
		oursColumn: {call: func(ctx context.Context) error {
			text, err := callTool(ctx, server, "chat", arguments, nil)
			if err == nil && !strings.Contains(text, "Roubaix") {
				err = fmt.Errorf("not the tool call: %.300q", text)
			}
			return err
		}},
		directColumn: {call: func(ctx context.Context) error {
			return r.upstream.direct(ctx, prompt, `,"tools":[`+function+`]`, nil)
		}},
	})
}

// measureExtract compares an answer of 100 kB that is checked against a schema.
func (r *run) measureExtract(ctx context.Context, server *process) error {
	answer := invoice(100_000)
	s := textStream(cut(answer, 100))
	defer r.upstream.answerBy(s.answer)()
	arguments := `{"text":` + prompt + `,"model":"` + model + `","schema":` + invoiceSchema + `}`
	return r.compare(ctx, "`structured-extract` of 100 kB", 1, [columns]candidate{
		oursColumn: {call: func(ctx context.Context) error {
			text, err := callTool(ctx, server, "structured-extract", arguments, nil)
			if err == nil && len(text) < len(answer)/2 {
				err = fmt.Errorf("not the data: %.300q", text)
			}
			return err
		}},
		directColumn: {call: r.upstream.directChat},
	})
}

func (r *run) measureResolve(ctx context.Context, server *process) error {
	return r.compare(ctx, "`resolve-virtual-model`", 20, [columns]candidate{
		oursColumn: {call: func(ctx context.Context) error {
			_, err := callTool(ctx, server, "resolve-virtual-model", `{"query":"text_generation@biggest?input_cost<0.2"}`, nil)
			return err
		}},
	})
}

const invoiceSchema = `{"type":"object","properties":{"items":{"type":"array","items":{"type":"object","properties":{` +
	`"sku":{"type":"string","pattern":"^[A-Z]{2}-[0-9]+$"},"name":{"type":"string","minLength":1},"price":{"type":"number","minimum":0},` +
	`"tags":{"type":"array","items":{"enum":["new","sale"]}}},"required":["sku","name","price"],` +
	`"additionalProperties":false}}},"required":["items"]}`

// invoice returns data that is valid by invoiceSchema, of about so many bytes.
func invoice(size int) string {
	var items []string
	for length := 0; length < size; length += len(items[len(items)-1]) {
		const item = `{"sku":"AB-%d","name":"an item of the list","price":%d.5,"tags":["new","sale"]}`
		items = append(items, fmt.Sprintf(item, len(items), len(items)%90))
	}
	return `{"items":[` + strings.Join(items, ",") + `]}`
}

// measureImage compares an image of 12 megapixels, which the server scales down and the
// direct call sends as it is, each time with a server that has seen none before.
func (r *run) measureImage(ctx context.Context) error {
	const measure = "`describe-image` of a JPEG of 12 megapixels"
	source, err := jpegURL(4000, 3000)
	if err != nil {
		return err
	}
	arguments, _ := json.Marshal(map[string]string{"image": source})
	content, _ := json.Marshal([]any{map[string]any{"type": "image_url", "image_url": map[string]string{"url": source}}})
	for range r.fewRounds() {
		server, err := r.programs[oursColumn].startStdio(ctx)
		if err != nil {
			return err
		}
		time.Sleep(settle)
		idle := residentMegabytes(server.pid)
		resetPeak(server.pid)
		begun := time.Now()
		_, err = callTool(ctx, server, "describe-image", string(arguments), nil)
		r.add(measure, "ms", oursColumn, milliseconds(time.Since(begun)))
		r.add(measure+", peak memory above idle", "MB", oursColumn, peakMegabytes(server.pid)-idle)
		server.stop()
		if err != nil {
			return err
		}
		begun = time.Now()
		if err := r.upstream.direct(ctx, string(content), "", nil); err != nil {
			return err
		}
		r.add(measure, "ms", directColumn, milliseconds(time.Since(begun)))
	}
	return nil
}

// jpegURL returns an image with some texture as a data: URL.
func jpegURL(width, height int) (string, error) {
	img := image.NewYCbCr(image.Rect(0, 0, width, height), image.YCbCrSubsampleRatio420)
	for i := range img.Y {
		x, y := i%img.YStride, i/img.YStride
		img.Y[i] = uint8((x*x/977 + y*y/1013) ^ (x & y & 31))
	}
	for i := range img.Cb {
		c := color.YCbCr{Cb: uint8(i / 4000), Cr: uint8(i % img.CStride / 8)}
		img.Cb[i], img.Cr[i] = c.Cb, c.Cr
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, &jpeg.Options{Quality: 85}); err != nil {
		return "", err
	}
	return "data:image/jpeg;base64," + base64.StdEncoding.EncodeToString(b.Bytes()), nil
}
