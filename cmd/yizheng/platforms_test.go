package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"yizheng/exchange/exchangetest"
	"yizheng/register/postgrestest"
)

// TestUnit has systemd read the unit, and say how much a process that was taken
// over could still do: at most 2 of 10.
func TestUnit(t *testing.T) {
	t.Parallel()
	unit := string(mustRead(t, deployed("systemd/yizheng.service")))
	understood(t, strings.Fields(unit[strings.Index(unit, "ExecStart=/usr/local/bin/yizheng ")+len("ExecStart=/usr/local/bin/yizheng "):strings.Index(unit, "\nRestart=")]))
	here := filepath.Join(t.TempDir(), "yizheng.service")
	if err := os.WriteFile(here, []byte(strings.ReplaceAll(unit, "/usr/local/bin/yizheng", ourselves(t))), 0o644); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("systemd-analyze", "verify", here).CombinedOutput(); err != nil || len(out) > 0 {
		t.Errorf("systemd-analyze verify: %v\n%s", err, out)
	}
	if out, err := exec.Command("systemd-analyze", "security", "--offline=yes", "--threshold=20", here).CombinedOutput(); err != nil {
		t.Errorf("systemd-analyze security: %v\n%s", err, out)
	}
}

// understood holds a command line of ours to the program: it may fail, since
// nothing of what it names is here, but not since it is not a command.
func understood(t *testing.T, args []string) {
	t.Helper()
	for _, a := range args {
		if strings.Contains(a, "/") && !strings.Contains(a, "://") && !strings.Contains(a, "=/") && !strings.HasPrefix(a, "/") {
			t.Errorf("%v names a file by where it starts", args)
		}
	}
	exit, out, problems := runMain("", append(args, "--json-of-nothing")...)
	if exit != exitUsage || !strings.Contains(problems, "unknown flag: --json-of-nothing") {
		t.Errorf("%v: exit %d, %s%s", args, exit, out, problems)
	}
}

// documents reads the documents of a YAML file.
func documents(t *testing.T, path string) (all []map[string]any) {
	t.Helper()
	d := yaml.NewDecoder(bytes.NewReader(mustRead(t, path)))
	for {
		var one map[string]any
		err := d.Decode(&one)
		if err == io.EOF {
			return all
		}
		if err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		all = append(all, one)
	}
}

// at walks down a document.
func at(t *testing.T, v any, path ...any) any {
	t.Helper()
	for _, step := range path {
		switch s := step.(type) {
		case string:
			m, ok := v.(map[string]any)
			if !ok || m[s] == nil {
				t.Fatalf("there is no %v", path)
			}
			v = m[s]
		case int:
			v = v.([]any)[s]
		}
	}
	return v
}

func argsOf(t *testing.T, v any) (args []string) {
	t.Helper()
	for _, a := range v.([]any) {
		args = append(args, fmt.Sprint(a))
	}
	return args
}

// TestCommandLinesOfPlatforms holds what the manifests and the compose file call
// to the program that they call.
func TestCommandLinesOfPlatforms(t *testing.T) {
	lines := 0
	files, err := filepath.Glob(deployed("kubernetes/*.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		for _, d := range documents(t, file) {
			if d["kind"] != "Deployment" && d["kind"] != "Job" {
				continue
			}
			spec := at(t, d, "spec", "template", "spec").(map[string]any)
			for _, kind := range []string{"initContainers", "containers"} {
				containers, _ := spec[kind].([]any)
				for _, c := range containers {
					understood(t, argsOf(t, at(t, c, "args")))
					lines++
				}
			}
		}
	}
	services := at(t, documents(t, deployed("compose.yaml"))[0], "services").(map[string]any)
	for _, name := range []string{"init", "migrate", "issuer-a", "issuer-b", "verifier"} {
		understood(t, argsOf(t, at(t, services[name], "command")))
		lines++
	}
	if lines < 10 {
		t.Errorf("only %d command lines", lines)
	}
}

// TestComposeWaitsForTheDatabase: while the image makes its files it answers on
// its socket, and on no port yet; whoever starts then is refused.
func TestComposeWaitsForTheDatabase(t *testing.T) {
	t.Parallel()
	check := argsOf(t, at(t, documents(t, deployed("compose.yaml"))[0], "services", "postgres", "healthcheck", "test"))
	if ask := check[len(check)-1]; !strings.HasPrefix(ask, "pg_isready -h 127.0.0.1 ") {
		t.Errorf("it is healthy by %q", ask)
	}
}

// mounted lays files out as Kubernetes mounts a projected volume: readable by a
// group, and behind links to a version.
func mounted(t *testing.T, volume any, from map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for _, source := range at(t, volume, "projected", "sources").([]any) {
		for kind, of := range source.(map[string]any) {
			for _, item := range at(t, of, "items").([]any) {
				key, path := at(t, item, "key").(string), at(t, item, "path").(string)
				content := mustRead(t, from[key])
				place := filepath.Join(dir, "..2026", path)
				if err := os.MkdirAll(filepath.Dir(place), 0o750); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(place, content, 0o440); err != nil {
					t.Fatalf("%s %s: %v", kind, key, err)
				}
				top, _, _ := strings.Cut(path, "/")
				if err := os.Symlink(filepath.Join("..data", top), filepath.Join(dir, top)); err != nil && !os.IsExist(err) {
					t.Fatal(err)
				}
			}
		}
	}
	if err := os.Symlink("..2026", filepath.Join(dir, "..data")); err != nil {
		t.Fatal(err)
	}
	return dir
}

// TestKubernetesFiles has both kinds of nodes start from nothing but the files
// that the manifests mount, by the command lines that stand there.
func TestKubernetesFiles(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	data := filepath.Join(dir, "district")
	redis := exchangetest.Start(t, exchangetest.Options{})
	write := func(name, content string) string {
		t.Helper()
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	shared := `"redis": {"addresses": ["` + redis.Address() + `"], "secretFile": "nodes.secret"}`
	more := write("more.json", `{`+shared+`, "library": {"url": "https://127.0.0.1:1", "tokenFile": "library.token"}}`)
	if exit, _, problems := runMain("", "init", "--data", data, "--demonstration", "--url", "https://zheng.example",
		"--postgres", postgrestest.Database(t), "--settings", more); exit != 0 {
		t.Fatal(problems)
	}
	from := map[string]string{
		"db.password": write("db.password", "none"), "nodes.secret": write("nodes.secret", strings.Repeat("n", 40)), "library.token": write("library.token", "t"),
		"verifier.json": write("verifier.json", `{"region": "310105", `+shared+`}`),
	}
	for _, pattern := range []string{"*", "keys/*", "access/*.pub"} {
		found, err := filepath.Glob(filepath.Join(data, pattern))
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range found {
			from[filepath.Base(f)] = f
		}
	}
	for _, file := range []string{"issuer.yaml", "verifier.yaml"} {
		t.Run(file, func(t *testing.T) {
			spec := at(t, documents(t, deployed("kubernetes/"+file))[0], "spec", "template", "spec")
			work := t.TempDir()
			places := strings.NewReplacer("=/given", "="+mounted(t, at(t, spec, "volumes", 0), from), "=/data", "="+filepath.Join(work, "data"),
				"=/own", "="+filepath.Join(work, "own"), "=/work", "="+work)
			arguments := func(v any) (args []string) {
				for _, a := range argsOf(t, at(t, v, "args")) {
					if !strings.HasPrefix(a, "--listen") && !strings.HasPrefix(a, "--drain") {
						args = append(args, places.Replace(a))
					}
				}
				return args
			}
			program := ourselves(t)
			if out, err := exec.Command(program, arguments(at(t, spec, "initContainers", 0))...).CombinedOutput(); err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			listen := fmt.Sprintf("localhost:%d", exchangetest.FreePort(t))
			startNode(t, program, listen, arguments(at(t, spec, "containers", 0))[1:]...)
			if ready := answered(t, "http://"+listen+"/readyz"); !strings.Contains(ready, `"status":"ok"`) {
				t.Error(ready)
			}
		})
	}
}

// TestNetworkPolicies: each pod gets where the files and arguments that it is
// given lead it, and to the register none but those.
func TestNetworkPolicies(t *testing.T) {
	t.Parallel()
	var policies, pods []map[string]any
	files, err := filepath.Glob(deployed("kubernetes/*.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		for _, d := range documents(t, file) {
			switch d["kind"] {
			case "NetworkPolicy":
				policies = append(policies, at(t, d, "spec").(map[string]any))
			case "Deployment", "Job", "CronJob":
				pods = append(pods, at(t, d, "spec", "template").(map[string]any))
			}
		}
	}
	if len(policies) < 3 || len(pods) < 3 {
		t.Fatal(len(policies), len(pods))
	}
	for _, pod := range pods {
		labels := at(t, pod, "metadata", "labels").(map[string]any)
		open := make(map[string]bool)
		for _, p := range policies {
			if !selects(t, at(t, p, "podSelector").(map[string]any), labels) {
				continue
			}
			rules, _ := p["egress"].([]any)
			for _, rule := range rules {
				for _, port := range at(t, rule, "ports").([]any) {
					open[fmt.Sprint(at(t, port, "port"), at(t, port, "protocol"))] = true
				}
			}
		}
		given := fmt.Sprint(pod)
		register := strings.Contains(given, "postgres://") || strings.Contains(given, "db.password")
		wanted := map[string]bool{"53UDP": true, "53TCP": true, "5432TCP": register}
		if strings.Contains(given, "nodes.secret") {
			wanted["6379TCP"] = true
		}
		if strings.Contains(given, "serve") {
			wanted["443TCP"], wanted["4318TCP"] = true, true
		}
		for port, want := range wanted {
			if open[port] != want {
				t.Errorf("%v: %s is open: %t", labels, port, open[port])
			}
		}
	}
}

// selects says whether a selector picks what has these labels.
func selects(t *testing.T, selector, labels map[string]any) bool {
	t.Helper()
	match, _ := selector["matchLabels"].(map[string]any)
	for name, value := range match {
		if labels[name] != value {
			return false
		}
	}
	expressions, _ := selector["matchExpressions"].([]any)
	for _, e := range expressions {
		if operator := at(t, e, "operator"); operator != "In" {
			t.Fatalf("the operator %v is not known here", operator)
		}
		if !slices.Contains(at(t, e, "values").([]any), labels[at(t, e, "key").(string)]) {
			return false
		}
	}
	return true
}
