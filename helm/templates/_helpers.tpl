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
{{ include "mcce.marker" . }}
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

{{- /* By this label mcce finds settings and pods of the exporter, whatever they are called. */ -}}
{{- define "mcce.marker" -}}
multi-cluster-config-exporter/component: exporter
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
{{- if or .Values.extensions .Values.views }}
MCCE_EXTENSIONS: {{ include "mcce.extensionPaths" . | quote }}
{{- if .Values.views }}
MCCE_X_VIEWS_FILE: /etc/mcce/views/views.yaml
{{- end }}
{{- range $extension := .Values.extensions }}
# NAMESPACES of argocd-clusters becomes MCCE_X_ARGOCD_CLUSTERS_NAMESPACES, and so on.
{{- range $key, $value := $extension.settings }}
MCCE_X_{{ $extension.name | replace "-" "_" | upper }}_{{ $key }}: {{ toString $value | quote }}
{{- end }}
{{- end }}
{{- end }}
{{- end -}}

{{- /* What MCCE_EXTENSIONS lists: names of built-in extensions, and paths of those that are mounted. */ -}}
{{- define "mcce.extensionPaths" -}}
{{- $paths := list -}}
{{- if .Values.views -}}
{{- $paths = append $paths "views" -}}
{{- end -}}
{{- range .Values.extensions -}}
{{- if and $.Values.views (eq .name "views") -}}
{{- fail "extensions and views both turn on the extension views; keep one." -}}
{{- end -}}
{{- if and .configMap .image -}}
{{- fail (printf "extensions: %s has a configMap and an image; keep one." .name) -}}
{{- else if .configMap -}}
{{- $paths = append $paths (printf "/extensions/%s/%s" .name .configMap.key) -}}
{{- else if .image -}}
{{- $paths = append $paths (printf "/extensions/%s/%s" .name .image.path) -}}
{{- else -}}
{{- $paths = append $paths .name -}}
{{- end -}}
{{- end -}}
{{- join "," $paths -}}
{{- end -}}

{{- /* Where the files of extensions are mounted. */ -}}
{{- define "mcce.extensionMounts" -}}
{{- if .Values.views }}
- name: views
  mountPath: /etc/mcce/views
  readOnly: true
{{- end }}
{{- range .Values.extensions }}
{{- if or .configMap .image }}
- name: extension-{{ .name }}
  mountPath: /extensions/{{ .name }}
  readOnly: true
{{- end }}
{{- end }}
{{- end -}}

{{- /* The volumes that have them. An image volume needs Kubernetes 1.35, or the feature gate ImageVolume. */ -}}
{{- define "mcce.extensionVolumes" -}}
{{- if .Values.views }}
- name: views
  configMap:
    name: {{ include "mcce.fullname" . }}-views
{{- end }}
{{- range .Values.extensions }}
{{- if .configMap }}
- name: extension-{{ .name }}
  configMap:
    name: {{ .configMap.name }}
{{- else if .image }}
- name: extension-{{ .name }}
  image:
    reference: {{ .image.reference }}
    pullPolicy: {{ default "IfNotPresent" .image.pullPolicy }}
{{- end }}
{{- end }}
{{- end -}}

{{- /*
What an extension may do, and where: what the values say, else what extensions/<name>.yaml says of a built-in one.
Its namespaces are those of its setting NAMESPACES, where it has that.
*/ -}}
{{- define "mcce.extensionGrants" -}}
{{- $root := index . 0 -}}
{{- $extension := index . 1 -}}
{{- $builtIn := dict -}}
{{- if not (or $extension.configMap $extension.image) -}}
{{- $builtIn = tpl ($root.Files.Get (printf "extensions/%s.yaml" $extension.name)) $root | fromYaml -}}
{{- end -}}
{{- $rules := $builtIn.rules -}}
{{- if hasKey $extension "rules" -}}
{{- $rules = $extension.rules -}}
{{- end -}}
{{- $namespaces := default (list (include "mcce.namespace" $root)) $builtIn.namespaces -}}
{{- with $extension.settings -}}
{{- with .NAMESPACES -}}
{{- $namespaces = list -}}
{{- range splitList "," (toString .) -}}
{{- $namespaces = append $namespaces (trim .) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- dict "rules" $rules "namespaces" (default $namespaces $extension.namespaces) | toYaml -}}
{{- end -}}
