{{- define "dts-operator.fullname" -}}
{{- $name := default .Chart.Name .Values.nameOverride -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 63 | trimSuffix "-" -}}
{{- else if contains $name .Release.Name -}}
{{- .Release.Name | trunc 63 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name $name | trunc 63 | trimSuffix "-" -}}
{{- end -}}
{{- end }}

{{- define "dts-operator.selectorLabels" -}}
app.kubernetes.io/name: {{ default .Chart.Name .Values.nameOverride }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "dts-operator.labels" -}}
{{- $own := include "dts-operator.selectorLabels" . | fromYaml }}
{{- $_ := set $own "app.kubernetes.io/version" .Chart.AppVersion }}
{{- $_ := set $own "app.kubernetes.io/managed-by" .Release.Service }}
{{- $_ := set $own "helm.sh/chart" (printf "%s-%s" .Chart.Name (.Chart.Version | replace "+" "_")) }}
{{- merge $own .Values.commonLabels | toYaml }}
{{- end }}

{{- /* Of the pods. The selector's labels come first: what collides with them is passed over. */}}
{{- define "dts-operator.podLabels" -}}
{{- $own := include "dts-operator.selectorLabels" . | fromYaml }}
{{- if .Values.credentials.oidc.roleName }}
{{- $_ := set $own "pod-identity.alibabacloud.com/injection" "on" }}
{{- end }}
{{- merge $own .Values.podLabels .Values.commonLabels | toYaml }}
{{- end }}

{{- define "dts-operator.serviceAccountName" -}}
{{- if .Values.serviceAccount.create -}}
{{- default (include "dts-operator.fullname" .) .Values.serviceAccount.name -}}
{{- else -}}
{{- default "default" .Values.serviceAccount.name -}}
{{- end -}}
{{- end }}

{{- define "dts-operator.leaseName" -}}
{{- default (include "dts-operator.fullname" .) .Values.leaderElection.leaseName -}}
{{- end }}

{{- define "dts-operator.image" -}}
{{- with .Values.image -}}
{{- with .registry }}{{ . | trimSuffix "/" }}/{{ end -}}
{{- .repository -}}
{{- if .digest }}@{{ .digest }}{{ else }}:{{ default $.Chart.AppVersion .tag }}{{ end -}}
{{- end -}}
{{- end }}

{{- /* What belongs to roleRef and subjects of every binding. */}}
{{- define "dts-operator.subjects" -}}
subjects:
  - kind: ServiceAccount
    name: {{ include "dts-operator.serviceAccountName" . }}
    namespace: {{ .Release.Namespace }}
{{- end }}

{{- /* What the operator does with the DtsJobs that it watches. */}}
{{- define "dts-operator.jobRules" -}}
rules:
  - apiGroups: [dts.aliyun.com]
    resources: [dtsjobs]
    verbs: [get, list, watch]
  - apiGroups: [dts.aliyun.com]
    resources: [dtsjobs/status]
    verbs: [update]
  - apiGroups: [events.k8s.io]
    resources: [events]
    verbs: [create, patch]
  # Which installation manages the namespace. A create cannot be limited to a name.
  - apiGroups: [coordination.k8s.io]
    resources: [leases]
    verbs: [create]
  - apiGroups: [coordination.k8s.io]
    resources: [leases]
    resourceNames: [dtsjobs.dts.aliyun.com]
    verbs: [get, update]
{{- end }}

{{- /* The flags of the operator, as far as values of the chart set them. */}}
{{- define "dts-operator.args" -}}
- --leader-election-id={{ include "dts-operator.leaseName" . }}
- --lease-duration={{ .Values.leaderElection.leaseDuration }}
- --renew-deadline={{ .Values.leaderElection.renewDeadline }}
- --retry-period={{ .Values.leaderElection.retryPeriod }}
- --metrics-bind-address={{ .Values.metrics.enabled | ternary (printf ":%v" .Values.metrics.port) "0" }}
{{- if and .Values.metrics.enabled .Values.metrics.tls.existingSecret }}
- --metrics-cert-file=/etc/dts-operator/metrics-tls/tls.crt
- --metrics-key-file=/etc/dts-operator/metrics-tls/tls.key
{{- end }}
{{- if and .Values.metrics.enabled .Values.metrics.auth }}
- --metrics-auth
{{- end }}
- --health-probe-bind-address=:8081
- --log-level={{ .Values.logLevel }}
{{- with .Values.watchNamespaces }}
- --watch-namespace={{ join "," . }}
{{- end }}
{{- with .Values.credentials.namespaces }}
- --own-credentials-namespaces={{ join "," . }}
{{- end }}
{{- with .Values.region }}
- --region={{ . }}
{{- end }}
{{- with .Values.extraRegions }}
- --dts-extra-regions={{ join "," . }}
{{- end }}
{{- with .Values.endpoint }}
- --dts-endpoint={{ . }}
{{- end }}
{{- if ne .Values.network "public" }}
- --dts-network={{ .Values.network }}
{{- end }}
{{- if .Values.caConfigMap }}
- --dts-ca-file=/etc/dts-operator/dts-ca/ca.crt
{{- end }}
{{- if .Values.errorTable }}
- --error-table=/etc/dts-operator/error-table/errors.yaml
{{- end }}
{{- end }}

{{- /* What values.schema.json can't say. */}}
{{- define "dts-operator.check" -}}
{{- with .Values.credentials }}
{{- if ne (empty .oidc.roleArn) (empty .oidc.providerArn) }}
{{- fail "credentials.oidc: roleArn and providerArn belong together; with ack-pod-identity-webhook, set roleName alone" }}
{{- end }}
{{- if and .oidc.roleName .oidc.roleArn }}
{{- fail "credentials.oidc: set roleName (with ack-pod-identity-webhook) or roleArn and providerArn (without), not both" }}
{{- end }}
{{- if and .existingSecret (or .oidc.roleName .oidc.roleArn) }}
{{- fail "credentials: set existingSecret or oidc, not both" }}
{{- end }}
{{- end }}
{{- $repository := .Values.image.repository }}
{{- if not (regexMatch "^([A-Za-z0-9][A-Za-z0-9.-]*(:[0-9]{1,5})?/)?[a-z0-9]+([._/-]+[a-z0-9]+)*$" $repository) }}
{{- fail (printf "image.repository: %q is no name of an image such as dts-operator or registry.example.com:5000/team/dts-operator; a tag belongs to image.tag, a digest to image.digest" $repository) }}
{{- end }}
{{- $own := dict }}
{{- range include "dts-operator.args" . | fromYamlArray }}
{{- $_ := set $own (splitList "=" . | first) true }}
{{- end }}
{{- range .Values.extraArgs }}
{{- $flag := splitList "=" . | first }}
{{- if hasKey $own $flag }}
{{- fail (printf "extraArgs: %s is set already, by the chart or by another of its values" $flag) }}
{{- end }}
{{- end }}
{{- if and .Values.podDisruptionBudget.minAvailable (ne (toString .Values.podDisruptionBudget.maxUnavailable) "1") }}
{{- fail "podDisruptionBudget: set minAvailable or maxUnavailable, not both" }}
{{- end }}
{{- if and .Values.metrics.serviceMonitor.enabled (not .Values.metrics.enabled) }}
{{- fail "metrics.serviceMonitor.enabled needs metrics.enabled" }}
{{- end }}
{{- end }}
