{{/* Names. */}}
{{- define "earshot.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 50 | trimSuffix "-" -}}
{{- end -}}

{{- define "earshot.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 50 | trimSuffix "-" -}}
{{- else if contains (include "earshot.name" .) .Release.Name -}}
{{- .Release.Name | trunc 50 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name (include "earshot.name" .) | trunc 50 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- define "earshot.sniffer" -}}
{{- printf "%s-sniffer" (include "earshot.fullname" .) -}}
{{- end -}}

{{- define "earshot.selector" -}}
app.kubernetes.io/name: {{ include "earshot.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/component: sniffer
{{- end -}}

{{- define "earshot.labels" -}}
{{ include "earshot.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end -}}

{{- define "earshot.image" -}}
{{- if .Values.image.digest -}}
{{- printf "%s@%s" .Values.image.repository .Values.image.digest -}}
{{- else -}}
{{- printf "%s:%s" .Values.image.repository (default .Chart.AppVersion .Values.image.tag) -}}
{{- end -}}
{{- end -}}

{{/* One item of a list of numbers. YAML numbers reach a template as floats: 8864121 must not become
8.864121e+06. */}}
{{- define "earshot.number" -}}
{{- if kindIs "string" . -}}{{ . | trim }}
{{- else -}}{{ . | int64 }}
{{- end -}}
{{- end -}}

{{/* A number, a text or a list of them as `861,862`. */}}
{{- define "earshot.numbers" -}}
{{- $items := list -}}
{{- if kindIs "slice" . -}}
{{- range . -}}{{- $items = append $items (include "earshot.number" .) -}}{{- end -}}
{{- else if not (kindIs "invalid" .) -}}
{{- $items = append $items (include "earshot.number" .) -}}
{{- end -}}
{{- regexReplaceAll "[, ]+" (without $items "" | join ",") "," | trimAll "," -}}
{{- end -}}

{{/* Refuses what is no TCP or UDP port, no range of them. */}}
{{- define "earshot.checkPorts" -}}
{{- $key := .key -}}
{{- range $item := include "earshot.numbers" .value | splitList "," -}}
{{- if $item -}}
{{- $isGood := regexMatch "^[0-9]{1,5}(-[0-9]{1,5})?$" $item -}}
{{- if $isGood -}}
{{- range splitList "-" $item -}}
{{- if or (lt (int64 .) 1) (gt (int64 .) 65535) -}}{{- $isGood = false -}}{{- end -}}
{{- end -}}
{{- end -}}
{{- if not $isGood -}}
{{- fail (printf "%s: '%s' is not a port from 1 to 65535, or a range such as \"8000-8010\"" $key $item) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{/* Refuses what is no VXLAN network id. */}}
{{- define "earshot.checkVNIs" -}}
{{- range $item := include "earshot.numbers" . | splitList "," -}}
{{- if $item -}}
{{- if or (not (regexMatch "^-?[0-9]{1,8}$" $item)) (gt (trimPrefix "-" $item | int64) 16777215) -}}
{{- fail (printf "sniffer.vpcmirror.vnis: '%s' is not a VXLAN network id: a number from 0 to 16777215, with - in front to exclude it" $item) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{/* The ports named outside the mirror. */}}
{{- define "earshot.plainPorts" -}}
{{- $s := .Values.sniffer -}}
{{- $items := list (include "earshot.numbers" $s.port) -}}
{{- range concat (default list $s.services) (default list $s.pods) (default list $s.labels) -}}
{{- $items = append $items (include "earshot.numbers" .ports) -}}
{{- end -}}
{{- without $items "" | join "," -}}
{{- end -}}

{{/* All ports; empty is all there are. */}}
{{- define "earshot.ports" -}}
{{- $items := list (include "earshot.plainPorts" .) -}}
{{- if .Values.sniffer.vpcmirror.enabled -}}
{{- $items = prepend $items (include "earshot.numbers" .Values.sniffer.vpcmirror.ports) -}}
{{- end -}}
{{- without $items "" | join "," -}}
{{- end -}}

{{/* Logging rules: a text, or a list of lines. */}}
{{- define "earshot.rules" -}}
{{- $rules := .Values.sniffer.logger.rules -}}
{{- if kindIs "slice" $rules -}}{{ join "\n" $rules }}{{- else -}}{{ $rules }}{{- end -}}
{{- end -}}

{{- define "earshot.url" -}}
{{- default (printf "http://worker.%s:7701/message" .Release.Namespace) .Values.ship.url -}}
{{- end -}}

{{/* A size in MiB: 16Gi, 8GiB, 512MiB. */}}
{{- define "earshot.mebibytes" -}}
{{- $number := regexFind "^[0-9]+" . | int64 -}}
{{- if regexMatch "Ti" . -}}{{ mul $number 1048576 }}
{{- else if regexMatch "Gi" . -}}{{ mul $number 1024 }}
{{- else -}}{{ $number }}
{{- end -}}
{{- end -}}

{{/* What the schema cannot see. */}}
{{- define "earshot.check" -}}
{{- $s := .Values.sniffer -}}
{{- include "earshot.checkVNIs" $s.vpcmirror.vnis -}}
{{- include "earshot.checkPorts" (dict "key" "sniffer.vpcmirror.ports" "value" $s.vpcmirror.ports) -}}
{{- include "earshot.checkPorts" (dict "key" "sniffer.vpcmirror.vxlanport" "value" $s.vpcmirror.vxlanport) -}}
{{- include "earshot.checkPorts" (dict "key" "sniffer.port" "value" $s.port) -}}
{{- range $key := list "services" "pods" "labels" -}}
{{- range index $s $key -}}
{{- include "earshot.checkPorts" (dict "key" (printf "sniffer.%s[].ports" $key) "value" .ports) -}}
{{- end -}}
{{- end -}}
{{- if ($s.discovery).enabled -}}
{{- fail "sniffer.discovery.enabled: Earshot does not ask the Kubernetes API, and needs no rights there. Name the ports your applications are served on instead: sniffer.services[].ports or sniffer.port" -}}
{{- end -}}
{{- if ($s.vpcmirror.autosetup).enabled -}}
{{- fail "sniffer.vpcmirror.autosetup.enabled: the chart makes no mirror sessions. Use deploy/aws/mirror.py, which also writes the VNIs, or the CloudFormation templates beside it" -}}
{{- end -}}
{{- if and (not $s.vpcmirror.enabled) (not (include "earshot.plainPorts" .)) -}}
{{- fail "sniffer: nothing to capture. Set sniffer.vpcmirror.enabled to true for mirrored traffic, or name ports of the nodes' own traffic: sniffer.port or sniffer.services[].ports" -}}
{{- end -}}
{{- if and $s.vpcmirror.enabled (include "earshot.plainPorts" .) (not (include "earshot.numbers" $s.vpcmirror.ports)) -}}
{{- fail "sniffer.vpcmirror.ports: name the ports of mirrored traffic, too, since sniffer.port or sniffer.services limit the ports of everything" -}}
{{- end -}}
{{- $rules := include "earshot.rules" . -}}
{{- $isPlain := and (not .Values.ship.existingSecret.urlKey) (hasPrefix "http:" (include "earshot.url" .)) -}}
{{- if and $s.logger.enabled $isPlain (not (regexMatch "allow_http_url|include\\s+debug|file://" $rules)) -}}
{{- fail (printf "sniffer.logger.rules: records would go to %s, which is plain http, and the rules do not allow it. Add the line allow_http_url, or give an https URL as ship.url" (include "earshot.url" .)) -}}
{{- end -}}
{{- if eq .Values.spool.type "emptyDir" -}}
{{- $limit := include "earshot.mebibytes" .Values.spool.sizeLimit | int64 -}}
{{- $budgets := add (include "earshot.mebibytes" .Values.spool.packetsBudget | int64) (include "earshot.mebibytes" .Values.spool.callsBudget | int64) -}}
{{- if lt $limit (div (mul $budgets 5) 4) -}}
{{- fail (printf "spool.sizeLimit: %s is too small for packetsBudget %s and callsBudget %s and a quarter of them: Kubernetes would evict the pod, and the spool with it" .Values.spool.sizeLimit .Values.spool.packetsBudget .Values.spool.callsBudget) -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{/* A process's arguments that all have. */}}
{{- define "earshot.commonArgs" -}}
- --config=/etc/earshot/earshot.yaml
- --spool=/spool
- --listen={{ if not .root.Values.metrics.enabled }}127.0.0.1{{ end }}:{{ index .root.Values.metrics.ports .name | int64 }}
- --log-level={{ .root.Values.log.level }}
- --log-format={{ .root.Values.log.format }}
{{- end -}}

{{/* Probes of a process: alive is /healthz; /readyz tells Prometheus and people, a DaemonSet has no
traffic to be kept from. */}}
{{- define "earshot.probes" -}}
{{- $port := index .root.Values.metrics.ports .name | int64 -}}
startupProbe:
  httpGet: {path: /healthz, port: {{ $port }}, host: 127.0.0.1}
  periodSeconds: 2
  failureThreshold: 60
livenessProbe:
  httpGet: {path: /healthz, port: {{ $port }}, host: 127.0.0.1}
  periodSeconds: {{ .root.Values.probes.periodSeconds | int64 }}
  failureThreshold: {{ .root.Values.probes.failureThreshold | int64 }}
  timeoutSeconds: 3
readinessProbe:
  httpGet: {path: /readyz, port: {{ $port }}, host: 127.0.0.1}
  periodSeconds: {{ .root.Values.probes.periodSeconds | int64 }}
  timeoutSeconds: 3
{{- end -}}
