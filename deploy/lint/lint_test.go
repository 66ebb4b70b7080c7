// Package lint holds what leaves the house for other programs to read to those
// programs' own definitions and habits: the files of deploy to the platforms',
// our spans to the OpenTelemetry collector's receiver. It is a module of its
// own, so that what it needs for that is no business of the program.
package lint

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/compose-spec/compose-go/v2/loader"
	"github.com/compose-spec/compose-go/v2/types"
	appsv1 "k8s.io/api/apps/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	"sigs.k8s.io/yaml"
)

// kinds are the definitions that Kubernetes itself has of what we hand over.
var kinds = map[string]func() any{
	"v1 Namespace":                           func() any { return new(corev1.Namespace) },
	"v1 ServiceAccount":                      func() any { return new(corev1.ServiceAccount) },
	"v1 Service":                             func() any { return new(corev1.Service) },
	"apps/v1 Deployment":                     func() any { return new(appsv1.Deployment) },
	"batch/v1 Job":                           func() any { return new(batchv1.Job) },
	"policy/v1 PodDisruptionBudget":          func() any { return new(policyv1.PodDisruptionBudget) },
	"networking.k8s.io/v1 NetworkPolicy":     func() any { return new(networkingv1.NetworkPolicy) },
	"autoscaling/v2 HorizontalPodAutoscaler": func() any { return new(autoscalingv2.HorizontalPodAutoscaler) },
}

func manifests(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob("../kubernetes/*.yaml")
	if err != nil || len(files) < 4 {
		t.Fatal(files, err)
	}
	return files
}

// TestManifestsAreKubernetes reads every manifest by Kubernetes' own
// definitions, in which a member that is unknown or stands twice is an error.
func TestManifestsAreKubernetes(t *testing.T) {
	seen := make(map[string]int)
	for _, file := range manifests(t) {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for document := range bytes.SplitSeq(raw, []byte("\n---\n")) {
			var of struct{ APIVersion, Kind string }
			if err := yaml.Unmarshal(document, &of); err != nil {
				t.Fatalf("%s: %v", file, err)
			}
			name := of.APIVersion + " " + of.Kind
			into, known := kinds[name]
			if !known {
				t.Errorf("%s: %q is not known here", file, name)
				continue
			}
			if err := yaml.UnmarshalStrict(document, into()); err != nil {
				t.Errorf("%s: %s: %v", file, name, err)
			}
			seen[name]++
		}
	}
	for name := range kinds {
		if seen[name] == 0 {
			t.Errorf("there is no %s", name)
		}
	}
	if err := yaml.UnmarshalStrict([]byte("kind: Service\nspec: {prots: []}"), new(corev1.Service)); err == nil {
		t.Error("a slip of the pen is not seen")
	}
}

// TestManifestsScore has kube-score look at the manifests: probes, limits,
// users, capabilities, read-only roots, policies, budgets.
func TestManifestsScore(t *testing.T) {
	score := exec.Command("go", append([]string{"tool", "kube-score", "score", "--output-format", "ci", "--output-version", "v1"}, manifests(t)...)...)
	var said bytes.Buffer // also by go, of what it fetches the first time
	score.Stderr = &said
	out, err := score.Output()
	if err != nil {
		t.Errorf("kube-score: %v\n%s", err, said.String())
	}
	for line := range strings.Lines(string(out)) {
		if !strings.HasPrefix(line, "[OK]") && !strings.HasPrefix(line, "[SKIPPED]") {
			t.Error(strings.TrimSpace(line))
		}
	}
	if n := strings.Count(string(out), "[OK]"); n < 50 {
		t.Errorf("only %d checks\n%s", n, out)
	}
}

// TestCompose loads the compose file as docker compose does, and looks that our
// containers have no more rights than they need and start in order.
func TestCompose(t *testing.T) {
	project, err := loader.LoadWithContext(context.Background(), types.ConfigDetails{
		WorkingDir: "..", ConfigFiles: []types.ConfigFile{{Filename: "../compose.yaml"}}, Environment: types.Mapping{},
	})
	if err != nil {
		t.Fatal(err)
	}
	ours := 0
	for name, s := range project.Services {
		if s.Image != "yizheng:latest" {
			continue
		}
		ours++
		if !s.ReadOnly || fmt.Sprint(s.CapDrop) != "[ALL]" || fmt.Sprint(s.SecurityOpt) != "[no-new-privileges:true]" || s.User != "" || s.Privileged {
			t.Errorf("%s: read only %t, capabilities dropped %v, %v, user %q, privileged %t", name, s.ReadOnly, s.CapDrop, s.SecurityOpt, s.User, s.Privileged)
		}
		for _, p := range s.Ports {
			if p.HostIP != "127.0.0.1" || p.Target != 8080 {
				t.Errorf("%s: port %+v", name, p)
			}
		}
		if s.Build == nil || filepath.Base(s.Build.Dockerfile) != "Dockerfile" {
			t.Errorf("%s is not built from here", name)
		}
	}
	if ours != 5 {
		t.Errorf("%d services of ours", ours)
	}
	for _, v := range project.Services["verifier"].Volumes {
		if v.Source == "district" || v.Source == "db-secret" || !v.ReadOnly {
			t.Errorf("the verifying node reaches %s", v.Source)
		}
	}
	for name, after := range map[string]string{"postgres": "secrets", "init": "postgres", "migrate": "init", "hand-over": "init", "issuer-a": "migrate", "issuer-b": "migrate", "verifier": "hand-over"} {
		if _, ok := project.Services[name].DependsOn[after]; !ok {
			t.Errorf("%s does not wait for %s", name, after)
		}
	}
	for _, name := range []string{"secrets", "hand-over"} {
		s := project.Services[name]
		script := append(append([]string{}, s.Entrypoint...), s.Command...)
		if out, err := exec.Command("/bin/sh", "-n", "-c", script[len(script)-1]).CombinedOutput(); err != nil {
			t.Errorf("%s: %v %s", name, err, out)
		}
	}
}
