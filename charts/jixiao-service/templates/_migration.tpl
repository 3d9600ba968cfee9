{{/*
Runs before the new pods start, so old and new pods live together on the new schema (P7.4). The
job alone knows the migrations login; its policy is a hook as well, since hooks precede the rest.
*/}}
{{- define "jixiao-service.migration" -}}
{{- $migration := mergeOverwrite (deepCopy .) (dict "name" (printf "%s-migrate" .name)) -}}
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: {{ $migration.name }}
  labels: {{- include "jixiao-service.labels" $migration | nindent 4 }}
  annotations: {{- include "jixiao-service.hook" "-10" | nindent 4 }}
spec:
  podSelector:
    matchLabels: {{- include "jixiao-service.selector" $migration | nindent 6 }}
  policyTypes: [Ingress, Egress]
  egress:
    {{- include "jixiao-service.names" . | nindent 4 }}
    {{- include "jixiao-service.towards" .service.database | nindent 4 }}
---
apiVersion: batch/v1
kind: Job
metadata:
  name: {{ $migration.name }}
  labels: {{- include "jixiao-service.labels" $migration | nindent 4 }}
  annotations: {{- include "jixiao-service.hook" "-5" | nindent 4 }}
spec:
  backoffLimit: {{ .service.migration.backoffLimit }}
  activeDeadlineSeconds: {{ .service.migration.activeDeadlineSeconds }}
  template:
    metadata:
      labels: {{- include "jixiao-service.labels" $migration | nindent 8 }}
    spec:
      {{- include "jixiao-service.pod" . | nindent 6 }}
      restartPolicy: Never
      containers:
        - name: migrate
          {{- include "jixiao-service.container" . | nindent 10 }}
          args: {{ append (.workload.arguments | default list) "migrate" | toJson }}
          env:
            - name: JIXIAO_DATABASE_URL
              valueFrom:
                secretKeyRef: { name: {{ .workload.database }}, key: migrations-url }
          volumeMounts:
            - { name: scratch, mountPath: /tmp }
      volumes:
        - name: scratch
          emptyDir: { sizeLimit: 64Mi }
{{- end }}

{{- define "jixiao-service.hook" -}}
helm.sh/hook: pre-install,pre-upgrade
helm.sh/hook-weight: {{ . | quote }}
helm.sh/hook-delete-policy: before-hook-creation
{{- end }}
