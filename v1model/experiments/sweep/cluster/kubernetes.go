package cluster

import (
	"errors"
	"fmt"
	"regexp"

	"github.com/goccy/go-yaml"
)

// Kubernetes is what an Indexed Job needs beside the worker.
type Kubernetes struct {
	Worker
	Name   string
	Claim  string // PersistentVolumeClaim that has the sweep's folder and the recording
	Mount  string // where it is mounted, so that paths are those of this machine
	Secret string // that has the queue's URL under the key url
}

// what the names of objects look like in Kubernetes.
var dns = regexp.MustCompile(`^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$`)

// Manifest returns the YAML of an Indexed Job. An index that fails is tried anew a few times; evictions and drained nodes do not count.
func (k Kubernetes) Manifest() (string, error) {
	if err := k.check(); err != nil {
		return "", err
	}
	for _, field := range []struct{ name, value string }{{"--name", k.Name}, {"--claim", k.Claim}, {"--queue-secret", k.Secret}} {
		if !dns.MatchString(field.value) {
			return "", fmt.Errorf("%s %q; accepted: small letters, digits and -, at most 63", field.name, field.value)
		}
	}
	switch {
	case k.Queue != "":
		return "", errors.New("--queue: accepted for Kubernetes: --queue-secret NAME, a secret that has the URL under the key url")
	case k.Image == "":
		return "", errors.New("--image: missing; accepted: a container image that has v1lab")
	}
	type m = map[string]any
	requests := m{"cpu": k.CPUs}
	limits := m{}
	if k.Memory != "" {
		requests["memory"], limits["memory"] = k.Memory, k.Memory
	}
	if k.GPUs > 0 {
		limits["nvidia.com/gpu"] = k.GPUs
	}
	resources := yaml.MapSlice{{Key: "requests", Value: requests}}
	if len(limits) > 0 {
		resources = append(resources, yaml.MapItem{Key: "limits", Value: limits})
	}
	plain := k.Worker
	plain.Image = "" // the container is Kubernetes's
	container := yaml.MapSlice{
		{Key: "name", Value: "worker"},
		{Key: "image", Value: k.Image},
		{Key: "command", Value: plain.command()},
		{Key: "env", Value: []any{yaml.MapSlice{
			{Key: "name", Value: "V1LAB_SWEEP_QUEUE"},
			{Key: "valueFrom", Value: m{"secretKeyRef": yaml.MapSlice{{Key: "name", Value: k.Secret}, {Key: "key", Value: "url"}}}},
		}}},
		{Key: "resources", Value: resources},
		{Key: "volumeMounts", Value: []any{yaml.MapSlice{{Key: "name", Value: "sweep"}, {Key: "mountPath", Value: k.Mount}}}},
	}
	job := yaml.MapSlice{
		{Key: "apiVersion", Value: "batch/v1"},
		{Key: "kind", Value: "Job"},
		{Key: "metadata", Value: m{"name": k.Name}},
		{Key: "spec", Value: yaml.MapSlice{
			{Key: "completionMode", Value: "Indexed"},
			{Key: "completions", Value: k.Tasks},
			{Key: "parallelism", Value: k.Tasks},
			{Key: "backoffLimitPerIndex", Value: 6},
			{Key: "maxFailedIndexes", Value: k.Tasks},
			{Key: "podFailurePolicy", Value: m{"rules": []any{
				yaml.MapSlice{{Key: "action", Value: "Ignore"}, {Key: "onPodConditions", Value: []any{yaml.MapSlice{{Key: "type", Value: "DisruptionTarget"}, {Key: "status", Value: "True"}}}}},
				yaml.MapSlice{{Key: "action", Value: "FailIndex"}, {Key: "onExitCodes", Value: yaml.MapSlice{{Key: "containerName", Value: "worker"}, {Key: "operator", Value: "In"}, {Key: "values", Value: []int{2}}}}},
			}}},
			{Key: "template", Value: m{"spec": yaml.MapSlice{
				{Key: "restartPolicy", Value: "Never"},
				{Key: "terminationGracePeriodSeconds", Value: 30},
				{Key: "containers", Value: []any{container}},
				{Key: "volumes", Value: []any{yaml.MapSlice{{Key: "name", Value: "sweep"}, {Key: "persistentVolumeClaim", Value: m{"claimName": k.Claim}}}}},
			}}},
		}},
	}
	text, err := yaml.MarshalWithOptions(job, yaml.IndentSequence(true))
	return string(text), err
}
