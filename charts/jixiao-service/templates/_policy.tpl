{{/* A pod is called by those it admits and calls what it names; everything else is closed. */}}
{{- define "jixiao-service.policy" -}}
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: {{ .name }}
  labels: {{- include "jixiao-service.labels" . | nindent 4 }}
spec:
  podSelector:
    matchLabels: {{- include "jixiao-service.selector" . | nindent 6 }}
  policyTypes: [Ingress, Egress]
  ingress:
    {{- range .workload.admits }}
    - from:
        - podSelector:
            matchLabels: { app.kubernetes.io/name: {{ . }} }
      ports: [{ protocol: TCP, port: {{ $.workload.inner | default $.workload.port }} }]
    {{- end }}
    {{- if .workload.outside }}
    - from:
        - namespaceSelector:
            matchLabels: { kubernetes.io/metadata.name: {{ .service.ingressNamespace }} }
      ports: [{ protocol: TCP, port: {{ .workload.port }} }]
    {{- end }}
  egress:
    {{- include "jixiao-service.names" . | nindent 4 }}
    {{- include "jixiao-service.towards" .service.database | nindent 4 }}
    {{- include "jixiao-service.towards" .service.broker | nindent 4 }}
    {{- include "jixiao-service.towards" .service.collector | nindent 4 }}
    {{- range .workload.calls }}
    {{- include "jixiao-service.towards" (dict "labels" (dict "app.kubernetes.io/name" .) "port" (include "jixiao-service.reached" . | int)) | nindent 4 }}
    {{- end }}
    - ports: [{ protocol: TCP, port: {{ .service.objects.port }} }]  # objects lie outside the cluster
{{- end }}

{{- define "jixiao-service.names" -}}
- to:
    - namespaceSelector: {}
      podSelector:
        matchLabels: { k8s-app: kube-dns }
  ports:
    - { protocol: UDP, port: 53 }
    - { protocol: TCP, port: 53 }
{{- end }}

{{- define "jixiao-service.towards" -}}
- to:
    - podSelector:
        matchLabels: {{- toYaml .labels | nindent 10 }}
  ports: [{ protocol: TCP, port: {{ .port }} }]
{{- end }}
