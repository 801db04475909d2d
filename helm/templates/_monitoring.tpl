{{- /* "true" if a kind of monitoring.coreos.com/v1 is to be rendered. Dict: root, kind, enabled. A CronJob serves no metrics. */ -}}
{{- define "mcce.rendersMonitoring" -}}
{{- if and .enabled (not .root.Values.cronJob.enabled) -}}
{{- $served := .root.Capabilities.APIVersions.Has (printf "monitoring.coreos.com/v1/%s" .kind) -}}
{{- $mode := .root.Values.prometheusOperator.renderMode -}}
{{- if and (eq $mode "failIfMissing") (not $served) -}}
{{- fail (printf "The API server does not serve %s of monitoring.coreos.com/v1: install the Prometheus Operator, or set prometheusOperator.renderMode to skipIfMissing." .kind) -}}
{{- end -}}
{{- if or $served (eq $mode "alwaysRender") -}}true{{- end -}}
{{- end -}}
{{- end -}}

{{- /* One endpoint of a ServiceMonitor or PodMonitor, from its values. */ -}}
{{- define "mcce.scrapeEndpoint" -}}
port: {{ .port }}
path: /metrics
interval: {{ .interval }}
{{- with .scrapeTimeout }}
scrapeTimeout: {{ . }}
{{- end }}
scheme: {{ .scheme }}
{{- with .tlsConfig }}
tlsConfig:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .authorization }}
authorization:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .relabelings }}
relabelings:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .metricRelabelings }}
metricRelabelings:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{- /* Label matchers for the metrics of this release and no other, as the monitors label them. */ -}}
{{- define "mcce.metricSelector" -}}
{{- $namespace := include "mcce.releaseNamespace" . -}}
{{- $name := include "mcce.fullname" . -}}
{{- if .Values.prometheusRule.selector -}}
{{- .Values.prometheusRule.selector -}}
{{- else if .Values.podMonitor.enabled -}}
{{- printf "job=\"%s/%s\"" $namespace $name -}}
{{- else -}}
{{- printf "namespace=%q, service=%q" $namespace $name -}}
{{- end -}}
{{- end -}}

{{- /* One alert. Dict: root, name, alert (its values), expr, summary, description; the last two are templates of Prometheus. */ -}}
{{- define "mcce.alert" -}}
{{- if .alert.enabled }}
        - alert: MultiClusterConfigExporter{{ .name }}
          expr: {{ .expr | quote }}
          for: {{ .alert.for }}
          labels:
            severity: {{ .alert.severity }}
          annotations:
            summary: {{ .summary | quote }}
            description: {{ .description | quote }}
            runbook_url: {{ printf "%s#multiclusterconfigexporter%s" (include "mcce.runbookUrl" .root) (lower .name) | quote }}
{{- end }}
{{- end -}}
