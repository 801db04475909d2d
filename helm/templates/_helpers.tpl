{{- /* Names of Services and containers are DNS labels, so a dot in the name of the release becomes a dash. */ -}}
{{- define "mcce.fullname" -}}
{{- $name := default .Chart.Name .Values.nameOverride -}}
{{- $full := printf "%s-%s" .Release.Name $name -}}
{{- if .Values.fullnameOverride -}}
{{- $full = .Values.fullnameOverride -}}
{{- else if contains $name .Release.Name -}}
{{- $full = .Release.Name -}}
{{- end -}}
{{- $full | replace "." "-" | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{- /* Where the objects of the chart are. */ -}}
{{- define "mcce.releaseNamespace" -}}
{{- default .Release.Namespace .Values.namespaceOverride -}}
{{- end -}}

{{- /* Where registry, aggregate and Lease are. */ -}}
{{- define "mcce.namespace" -}}
{{- default (include "mcce.releaseNamespace" .) .Values.config.namespace -}}
{{- end -}}

{{- define "mcce.selectorLabels" -}}
app.kubernetes.io/name: {{ default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "mcce.labels" -}}
{{ include "mcce.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
{{- with .Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- /* Labels of a pod. Without versions: a new version of the chart alone must not restart the pods. */ -}}
{{- define "mcce.podLabels" -}}
{{ include "mcce.selectorLabels" . }}
{{- with .Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- with .Values.podLabels }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- /* Labels by which the NetworkPolicy lets the pod of `helm test` in. Not those of the replicas: it is not behind the Service. */ -}}
{{- define "mcce.testSelectorLabels" -}}
app.kubernetes.io/name: {{ .Chart.Name }}-test
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "mcce.serviceAccountName" -}}
{{- if .Values.serviceAccount.create -}}
{{- default (include "mcce.fullname" .) .Values.serviceAccount.name -}}
{{- else -}}
{{- required "serviceAccount.create is false: set serviceAccount.name to the name of an existing ServiceAccount." .Values.serviceAccount.name -}}
{{- end -}}
{{- end -}}

{{- define "mcce.image" -}}
{{- with .Values.image -}}
{{- $name := .repository -}}
{{- if .registry -}}
{{- $name = printf "%s/%s" .registry .repository -}}
{{- end -}}
{{- if .digest -}}
{{- printf "%s@%s" $name .digest -}}
{{- else -}}
{{- printf "%s:%s" $name (default $.Chart.AppVersion .tag) -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- /* The page that alerts link to. */ -}}
{{- define "mcce.runbookUrl" -}}
{{- if .Values.prometheusRule.runbookUrl -}}
{{- .Values.prometheusRule.runbookUrl -}}
{{- else if .Chart.Home -}}
{{- printf "%s/blob/v%s/docs/operations.md" .Chart.Home .Chart.AppVersion -}}
{{- else -}}
docs/operations.md
{{- end -}}
{{- end -}}

{{- /* The settings of the service as environment variables: readTimeout becomes MCCE_READ_TIMEOUT, and so on. */ -}}
{{- define "mcce.settings" -}}
{{- range $name, $value := .Values.config }}
{{- $text := toString $value }}
{{- if ne $text "" }}
MCCE_{{ $name | snakecase | upper }}: {{ $text | quote }}
{{- end }}
{{- end }}
{{- end -}}
