{{/*
Everything of one service: `{{ include "jixiao-service.all" . }}` is a chart's only template.
Names carry no release prefix: a service has one name as folder, image, chart and host.
*/}}
{{- define "jixiao-service.all" -}}
{{- range $entry, $workload := .Values.service.workloads }}
{{- $name := eq $entry "main" | ternary $.Chart.Name (printf "%s-%s" $.Chart.Name $entry) }}
{{- $context := dict "root" $ "service" $.Values.service "name" $name "workload" $workload }}
---
{{ include "jixiao-service.migration" $context }}
---
{{ include "jixiao-service.deployment" $context }}
---
{{ include "jixiao-service.service" $context }}
---
{{ include "jixiao-service.policy" $context }}
---
{{ include "jixiao-service.disruption" $context }}
{{- end }}
{{- end }}

{{- define "jixiao-service.selector" -}}
app.kubernetes.io/name: {{ .name }}
app.kubernetes.io/part-of: jixiao
{{- end }}

{{- define "jixiao-service.labels" -}}
{{ include "jixiao-service.selector" . }}
app.kubernetes.io/version: {{ .root.Values.global.image.tag | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
{{- end }}

{{- define "jixiao-service.service" -}}
apiVersion: v1
kind: Service
metadata:
  name: {{ .name }}
  labels: {{- include "jixiao-service.labels" . | nindent 4 }}
spec:
  {{- if eq .workload.protocol "grpc" }}
  clusterIP: None  # one HTTP/2 connection sticks to one pod: the client balances over their addresses
  {{- end }}
  selector: {{- include "jixiao-service.selector" . | nindent 4 }}
  ports:
    - name: {{ .workload.protocol }}
      port: {{ .workload.port }}
      targetPort: {{ .workload.protocol }}
      appProtocol: {{ eq .workload.protocol "grpc" | ternary "kubernetes.io/h2c" "http" }}
    {{- with .workload.inner }}
    - { name: inner, port: {{ . }}, targetPort: inner, appProtocol: kubernetes.io/h2c }
    {{- end }}
{{- end }}

{{- define "jixiao-service.disruption" -}}
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  name: {{ .name }}
  labels: {{- include "jixiao-service.labels" . | nindent 4 }}
spec:
  maxUnavailable: 1
  selector:
    matchLabels: {{- include "jixiao-service.selector" . | nindent 6 }}
{{- end }}
