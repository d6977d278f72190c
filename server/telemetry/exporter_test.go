package telemetry_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/server/telemetry"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/tools"
)

func TestTheEnvironmentTurnsTracesOn(t *testing.T) {
	const somewhere = "http://127.0.0.1:4318"
	for _, test := range []struct {
		name        string
		environment map[string]string
		on          bool
		err         []string // words of the error; nil wants no error
	}{
		{name: "nothing"},
		{name: "other variables",
			environment: map[string]string{"OTEL_SERVICE_NAME": "x", "OTEL_TRACES_EXPORTER": "otlp", "OTEL_EXPORTER_OTLP_PROTOCOL": "nonsense"}},
		{name: "the metrics' endpoint", environment: map[string]string{"OTEL_EXPORTER_OTLP_METRICS_ENDPOINT": somewhere}},
		{name: "an endpoint", environment: map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": somewhere}, on: true},
		{name: "the traces' endpoint", environment: map[string]string{"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": somewhere}, on: true},
		{name: "disabled", environment: map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": somewhere, "OTEL_SDK_DISABLED": "True"}},
		{name: "not disabled", environment: map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": somewhere, "OTEL_SDK_DISABLED": "no"}, on: true},
		{name: "no exporter", environment: map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": somewhere, "OTEL_TRACES_EXPORTER": "none"}},
		{name: "another exporter", environment: map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": somewhere, "OTEL_TRACES_EXPORTER": "zipkin"},
			err: []string{"OTEL_TRACES_EXPORTER", "zipkin", "otlp", "none"}},
		{name: "JSON", environment: map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": somewhere, "OTEL_EXPORTER_OTLP_PROTOCOL": "http/json"},
			on: true},
		{name: "gRPC", environment: map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": somewhere, "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"}, on: true},
		{name: "another protocol",
			environment: map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": somewhere, "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc",
				"OTEL_EXPORTER_OTLP_TRACES_PROTOCOL": "http"}, err: []string{"OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", `"http"`, "http/protobuf", "grpc"}},
		{name: "not a URL", environment: map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": "localhost:4318"},
			err: []string{"OTEL_EXPORTER_OTLP_ENDPOINT", "http://localhost:4318"}},
		{name: "not a URL of the traces",
			environment: map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": somewhere, "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "ftp://" + secretKey},
			err:         []string{"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			for name, value := range test.environment {
				t.Setenv(name, value)
			}
			traces, err := telemetry.TracesFromEnvironment(telemetry.TracesOptions{})
			traces.Close()
			if (traces != nil) != test.on || (err != nil) != (test.err != nil) {
				t.Fatalf("traces %v, %v", traces != nil, err)
			}
			for _, word := range test.err {
				if !strings.Contains(err.Error(), word) {
					t.Errorf("the error %q does not say %q", err, word)
				}
			}
			if err != nil && strings.Contains(err.Error(), secretKey) {
				t.Errorf("the error is %v", err)
			}
		})
	}
}

func TestCollectorsGetSpans(t *testing.T) {
	for protocol, path := range map[string]string{
		"http/protobuf": "/v1/traces",
		"http/json":     "/v1/traces",
		"grpc":          "/opentelemetry.proto.collector.trace.v1.TraceService/Export",
	} {
		t.Run(protocol, func(t *testing.T) {
			received := make(chan string, 10)
			collector := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				body, _ := io.ReadAll(r.Body)
				received <- r.URL.Path + " " + r.Header.Get("X-Tenant") + " " + string(body)
				if protocol == "grpc" {
					w.Header().Set("Content-Type", "application/grpc")
					w.Header().Set("Trailer", "Grpc-Status")
					_, _ = w.Write(make([]byte, 5)) // an empty message
					w.Header().Set("Grpc-Status", "0")
				}
			}))
			collector.Config.Protocols = new(http.Protocols)
			collector.Config.Protocols.SetHTTP1(true)
			collector.Config.Protocols.SetUnencryptedHTTP2(true)
			collector.Start()
			defer collector.Close()
			t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collector.URL)
			t.Setenv("OTEL_EXPORTER_OTLP_PROTOCOL", protocol)
			t.Setenv("OTEL_EXPORTER_OTLP_HEADERS", "X-Tenant=team")
			var log lockedBuffer
			traces, err := telemetry.TracesFromEnvironment(telemetry.TracesOptions{Logger: slog.New(slog.NewTextHandler(&log, nil))})
			if err != nil {
				t.Fatal(err)
			}
			span(traces)
			traces.Close()
			select {
			case got := <-received:
				if !strings.HasPrefix(got, path+" team ") || !strings.Contains(got, "tools/call chat") {
					t.Errorf("the collector got %q", got)
				}
			default:
				t.Errorf("the collector got nothing; the log is %s", &log)
			}
			if log.String() != "" {
				t.Errorf("the log is %s", &log)
			}
		})
	}
}

func span(traces *telemetry.Traces) {
	_, ended := traces.StartCall(context.Background(), telemetry.ToolCall{Tool: "chat"})
	ended(tools.Summary{})
}

// A variable's value may be a key.
func TestVariablesThatCannotBeReadAreNamedAndNotShown(t *testing.T) {
	for _, test := range []struct {
		name        string
		environment map[string]string
		words       []string // of the log
	}{
		{"a header without a value", map[string]string{"OTEL_EXPORTER_OTLP_HEADERS": "Authorization " + secretKey},
			[]string{"parse headers", "missing '="}},
		{"a header with a wrong name", map[string]string{"OTEL_EXPORTER_OTLP_HEADERS": secretKey + "@=x"},
			[]string{"parse headers", "invalid header key"}},
		{"a header with a wrong escape", map[string]string{"OTEL_EXPORTER_OTLP_HEADERS": "Authorization=" + secretKey + "%zz"},
			[]string{"escape header value"}},
		{"a sampler", map[string]string{"OTEL_TRACES_SAMPLER": "nonsense"}, []string{"unsupported sampler"}},
		{"attributes", map[string]string{"OTEL_RESOURCE_ATTRIBUTES": secretKey}, []string{"OTEL_RESOURCE_ATTRIBUTES"}},
		{"a certificate", map[string]string{"OTEL_EXPORTER_OTLP_CERTIFICATE": "missing.pem"},
			[]string{"read tls ca cert file", "missing.pem"}},
		{"a password with a slash", map[string]string{"OTEL_EXPORTER_OTLP_PROTOCOL": "grpc",
			"OTEL_EXPORTER_OTLP_ENDPOINT": "http://user:" + secretKey + "/x@127.0.0.1:4318"}, []string{"parse url"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:4318")
			for name, value := range test.environment {
				t.Setenv(name, value)
			}
			var log lockedBuffer
			traces, err := telemetry.TracesFromEnvironment(telemetry.TracesOptions{Logger: slog.New(slog.NewTextHandler(&log, nil))})
			if err != nil {
				t.Fatal(err)
			}
			traces.Close()
			got := log.String()
			for _, word := range test.words {
				if !strings.Contains(got, word) {
					t.Errorf("the log lacks %q: %s", word, got)
				}
			}
			if strings.Contains(got, secretKey) || strings.Contains(got, "%zz") || strings.Contains(got, "level=ERROR") {
				t.Errorf("the log is %s", got)
			}
		})
	}
}

// unreliable is an exporter that fails or hangs until it is shut down.
type unreliable struct {
	mu     sync.Mutex
	err    error
	hangs  bool
	ended  chan struct{}
	closed sync.Once
}

func (u *unreliable) ExportSpans(context.Context, []sdktrace.ReadOnlySpan) error {
	u.mu.Lock()
	err, hangs := u.err, u.hangs
	u.mu.Unlock()
	if hangs {
		<-u.ended
	}
	return err
}

func (u *unreliable) Shutdown(context.Context) error {
	u.closed.Do(func() { close(u.ended) })
	return nil
}

func TestFailuresAreLoggedOnceUntilTheyEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log lockedBuffer
		to := &unreliable{err: errors.New("connection refused"), ended: make(chan struct{})}
		traces := telemetry.NewTraces(to, telemetry.TracesOptions{Logger: slog.New(slog.NewTextHandler(&log, nil))})
		for range 3 {
			span(traces)
			<-time.After(time.Minute) // the SDK sends every few seconds
		}
		if got := log.String(); strings.Count(got, "level=WARN") != 1 || strings.Count(got, "\n") != 1 || !strings.Contains(got,
			"connection refused") {
			t.Errorf("the log is %s", got)
		}
		to.mu.Lock()
		to.err = nil
		to.mu.Unlock()
		span(traces)
		traces.Close()
		if got := log.String(); strings.Count(got, "\n") != 2 || !strings.Contains(got, "again") {
			t.Errorf("the log is %s", got)
		}
	})
}

func TestACollectorThatHangsHoldsNothingUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log lockedBuffer
		to := &unreliable{hangs: true, ended: make(chan struct{})}
		traces := telemetry.NewTraces(to, telemetry.TracesOptions{Logger: slog.New(slog.NewTextHandler(&log, nil))})
		start := time.Now()
		for range 10_000 { // more than the SDK keeps
			span(traces)
		}
		if took := time.Since(start); took > 0 {
			t.Errorf("calls waited %s", took)
		}
		traces.Close()
		if took := time.Since(start); took != 3*time.Second {
			t.Errorf("the end took %s", took)
		}
		if !strings.Contains(log.String(), "do not reach the collector") {
			t.Errorf("the log is %s", &log)
		}
	})
}
