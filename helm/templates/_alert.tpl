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
            runbook_url: {{ printf "%s#multiclusterconfigexporter%s" .root.Values.prometheusRule.runbookUrl (lower .name) | quote }}
{{- end }}
{{- end -}}
