package e2e

import (
	"bytes"
	"errors"
	"io"
	"maps"
	"os/exec"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

const chartFolder = "deploy/helm/ai-endpoints-mcp"

// object is a rendered object of Kubernetes.
type object map[string]any

// at returns what stands at a path of keys, nil if there is nothing.
func (o object) at(path ...string) any {
	var here any = map[string]any(o)
	for _, key := range path {
		inner, ok := here.(map[string]any)
		if !ok {
			return nil
		}
		here = inner[key]
	}
	return here
}

// rendered returns the chart's objects by kind, with the values of a file of testdata.
func rendered(t *testing.T, values string) map[string][]object {
	t.Helper()
	helm, err := exec.LookPath("helm")
	if err != nil {
		t.Skip(err)
	}
	var said bytes.Buffer
	render := exec.CommandContext(testContext(t), helm, "template", "release", chartFolder, "--kube-version", "1.37.0", "--namespace", "team",
		"--values", values)
	render.Dir, render.Stderr = "..", &said
	out, err := render.Output()
	if err != nil {
		t.Fatalf("%v: %s", err, said.String())
	}
	objects := map[string][]object{}
	for decoder := yaml.NewDecoder(bytes.NewReader(out)); ; {
		var o map[string]any
		if err := decoder.Decode(&o); errors.Is(err, io.EOF) {
			return objects
		} else if err != nil {
			t.Fatal(err)
		}
		if o != nil {
			kind, _ := o["kind"].(string)
			objects[kind] = append(objects[kind], o)
		}
	}
}

func TestTheChart(t *testing.T) {
	files, err := filepath.Glob("../testdata/deploy/values/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("values %v, error %v", files, err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			objects := rendered(t, strings.TrimPrefix(file, "../"))
			if len(objects["Secret"]) > 0 {
				t.Errorf("the chart makes the secret %v", objects["Secret"])
			}
			deployment := objects["Deployment"][0]
			checkHardened(t, deployment)
			checkVolumes(t, deployment)
			checkCommand(t, deployment)
			checkReferences(t, objects)
		})
	}
}

func containerOf(deployment object) object {
	return deployment.at("spec", "template", "spec").(map[string]any)["containers"].([]any)[0].(map[string]any)
}

func checkHardened(t *testing.T, deployment object) {
	t.Helper()
	pod := object(deployment.at("spec", "template", "spec").(map[string]any))
	container := containerOf(deployment)
	for _, check := range []struct {
		of   object
		path []string
		want any
	}{
		{pod, []string{"automountServiceAccountToken"}, false},
		{pod, []string{"securityContext", "runAsNonRoot"}, true},
		{pod, []string{"securityContext", "runAsUser"}, 65532}, // of the image
		{pod, []string{"securityContext", "seccompProfile", "type"}, "RuntimeDefault"},
		{container, []string{"securityContext", "allowPrivilegeEscalation"}, false},
		{container, []string{"securityContext", "readOnlyRootFilesystem"}, true},
		{container, []string{"securityContext", "capabilities", "drop"}, []any{"ALL"}},
		{container, []string{"livenessProbe", "httpGet", "path"}, "/healthz"},
		{container, []string{"readinessProbe", "httpGet", "path"}, "/readyz"},
	} {
		if got := check.of.at(check.path...); !reflect.DeepEqual(got, check.want) {
			t.Errorf("%s is %v, want %v", strings.Join(check.path, "."), got, check.want)
		}
	}
	if container.at("resources", "limits", "memory") == nil {
		t.Error("the container may take all memory of its node")
	}
	sleep, _ := container.at("lifecycle", "preStop", "sleep", "seconds").(int)
	drain := regexp.MustCompile(`\d+`).FindString(variables(deployment)["AI_ENDPOINTS_DRAIN_TIMEOUT"])
	grace, _ := pod.at("terminationGracePeriodSeconds").(int)
	seconds, err := strconv.Atoi(drain)
	if left := grace - sleep; err != nil || left <= seconds {
		t.Errorf("the pod is killed %d s after it is told to stop, and drains for %s s", left, drain)
	}
}

// Everything of a Secret is mounted as a folder, which changes with it, and nothing of one is an argument.
func checkVolumes(t *testing.T, deployment object) {
	t.Helper()
	var volumes []any
	for _, volume := range deployment.at("spec", "template", "spec").(map[string]any)["volumes"].([]any) {
		volumes = append(volumes, volume.(map[string]any)["name"])
	}
	container := containerOf(deployment)
	var paths []string
	for _, mount := range container["volumeMounts"].([]any) {
		m := mount.(map[string]any)
		if !slices.Contains(volumes, m["name"]) || m["subPath"] != nil {
			t.Errorf("the mount %v has no volume, or does not change with it", m)
		}
		paths = append(paths, m["mountPath"].(string))
	}
	values := slices.Collect(maps.Values(variables(deployment)))
	for _, argument := range container["args"].([]any) {
		_, value, _ := strings.Cut(argument.(string), "=")
		values = append(values, value)
	}
	for _, value := range values {
		if strings.HasPrefix(value, "/") && !slices.ContainsFunc(paths, func(p string) bool { return value == p || strings.HasPrefix(value, p+"/") }) {
			t.Errorf("%s is not in one of the folders %v", value, paths)
		}
	}
}

// variables returns the variables of the container, without those of Secrets.
func variables(deployment object) map[string]string {
	all := map[string]string{}
	for _, variable := range containerOf(deployment)["env"].([]any) {
		v := variable.(map[string]any)
		if text, ok := v["value"].(string); ok {
			all[v["name"].(string)] = text
		}
	}
	return all
}

// The program takes the arguments and the variables.
func checkCommand(t *testing.T, deployment object) {
	t.Helper()
	var arguments []string
	for _, argument := range containerOf(deployment)["args"].([]any) {
		arguments = append(arguments, argument.(string))
	}
	// The last flag is refused only after all the others were accepted.
	run := exec.CommandContext(testContext(t), binary, append(arguments, "--max-concurrent=0")...)
	readme := fileText(t, "README.md") // whose tables of variables are generated from the code
	for name, value := range variables(deployment) {
		if strings.HasPrefix(name, "AI_ENDPOINTS_") && !strings.Contains(readme, "`"+name+"`") {
			t.Errorf("the server does not know the variable %s", name)
		}
		if name != "AI_ENDPOINTS_CONFIG" { // a file that is not here
			run.Env = append(run.Env, name+"="+value)
		}
	}
	if out, _ := run.CombinedOutput(); !strings.HasPrefix(string(out), "error: --max-concurrent is \"0\"") {
		t.Errorf("the command %v with %v: %s", arguments, run.Env, out)
	}
}

// What names or selects another object finds it.
func checkReferences(t *testing.T, objects map[string][]object) {
	t.Helper()
	deployment, service := objects["Deployment"][0], objects["Service"][0]
	podLabels, _ := deployment.at("spec", "template", "metadata", "labels").(map[string]any)
	serviceLabels, _ := service.at("metadata", "labels").(map[string]any)
	for kind, selected := range map[string]struct {
		path   []string
		labels map[string]any
	}{
		"Deployment":          {[]string{"spec", "selector", "matchLabels"}, podLabels},
		"Service":             {[]string{"spec", "selector"}, podLabels},
		"NetworkPolicy":       {[]string{"spec", "podSelector", "matchLabels"}, podLabels},
		"PodDisruptionBudget": {[]string{"spec", "selector", "matchLabels"}, podLabels},
		"ServiceMonitor":      {[]string{"spec", "selector", "matchLabels"}, serviceLabels},
	} {
		for _, o := range objects[kind] {
			selector, _ := o.at(selected.path...).(map[string]any)
			if len(selector) == 0 {
				t.Errorf("%s selects nothing", kind)
			}
			for label, value := range selector {
				if selected.labels[label] != value {
					t.Errorf("%s selects %s=%v, which is %v", kind, label, value, selected.labels[label])
				}
			}
		}
	}
	name := deployment.at("metadata", "name")
	for _, o := range objects["HorizontalPodAutoscaler"] {
		if got := o.at("spec", "scaleTargetRef", "name"); got != name || deployment.at("spec", "replicas") != nil {
			t.Errorf("%v is scaled, and the deployment %v sets replicas itself: %v", got, name, deployment.at("spec", "replicas"))
		}
	}
	for _, o := range append(objects["Ingress"], objects["HTTPRoute"]...) {
		text, err := yaml.Marshal(map[string]any(o))
		if err != nil || !strings.Contains(string(text), "name: "+service.at("metadata", "name").(string)) {
			t.Errorf("%v does not lead to the service: %s, %v", o["kind"], text, err)
		}
		hosts := variables(deployment)["AI_ENDPOINTS_ALLOW_HOSTS"]
		if !strings.Contains(hosts, "mcp.example.com") {
			t.Errorf("the server is reached at mcp.example.com, and allows %s", hosts)
		}
	}
}

// Alerts and dashboard of the chart are those of deploy.
func TestTheChartHasTheAlertsAndTheDashboard(t *testing.T) {
	for file, source := range map[string]string{"alerts.yml": "deploy/alerts.yml", "dashboard.json": "deploy/grafana/dashboard.json"} {
		if fileText(t, chartFolder+"/files/"+file) != fileText(t, source) {
			t.Errorf("%s of the chart is not %s", file, source)
		}
	}
	objects := rendered(t, "testdata/deploy/values/team.yaml")
	want := readYAML[map[string]any](t, "deploy/alerts.yml")
	if got := objects["PrometheusRule"][0].at("spec"); !reflect.DeepEqual(got, want) {
		t.Errorf("the rules are %v", got)
	}
	maps := objects["ConfigMap"]
	dashboard := slices.IndexFunc(maps, func(o object) bool { return o.at("data", "ai-endpoints-mcp.json") != nil })
	if dashboard < 0 || maps[dashboard].at("data", "ai-endpoints-mcp.json") != fileText(t, "deploy/grafana/dashboard.json") {
		t.Error("the dashboard is another")
	}
}

// The chart deploys the version of the release.
func TestTheChartsVersion(t *testing.T) {
	chart := readYAML[struct {
		AppVersion string `yaml:"appVersion"`
		Version    string
	}](t, chartFolder+"/Chart.yaml")
	release := readYAML[struct{ Version string }](t, "server.json").Version
	if chart.AppVersion != release || chart.Version != release {
		t.Errorf("the chart has version %s of %s, the release is %s", chart.Version, chart.AppVersion, release)
	}
}
