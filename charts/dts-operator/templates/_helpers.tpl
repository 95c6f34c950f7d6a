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
{{ include "dts-operator.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version | replace "+" "_" }}
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
{{- if and .Values.metrics.serviceMonitor.enabled (not .Values.metrics.enabled) }}
{{- fail "metrics.serviceMonitor.enabled needs metrics.enabled" }}
{{- end }}
{{- end }}
