{{- define "jixiao-service.deployment" -}}
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ .name }}
  labels: {{- include "jixiao-service.labels" . | nindent 4 }}
spec:
  replicas: {{ .service.replicas }}
  revisionHistoryLimit: 3
  strategy:
    type: RollingUpdate
    rollingUpdate: { maxSurge: 1, maxUnavailable: 0 }
  selector:
    matchLabels: {{- include "jixiao-service.selector" . | nindent 6 }}
  template:
    metadata:
      labels: {{- include "jixiao-service.labels" . | nindent 8 }}
    spec:
      {{- include "jixiao-service.pod" . | nindent 6 }}
      terminationGracePeriodSeconds: {{ .service.terminationGracePeriodSeconds }}
      topologySpreadConstraints:
        - maxSkew: 1
          topologyKey: kubernetes.io/hostname
          whenUnsatisfiable: ScheduleAnyway
          labelSelector:
            matchLabels: {{- include "jixiao-service.selector" . | nindent 14 }}
      containers:
        - name: service
          {{- include "jixiao-service.container" . | nindent 10 }}
          {{- with .workload.arguments }}
          args: {{ toJson . }}
          {{- end }}
          ports:
            - name: {{ .workload.protocol }}
              containerPort: {{ .workload.port }}
            {{- with .workload.inner }}
            - name: inner
              containerPort: {{ . }}
            {{- end }}
          # P8.5: nobody is sent here any more before it stops; sleep is coreutils of the image.
          lifecycle: { preStop: { exec: { command: [sleep, "5"] } } }
          env: {{- include "jixiao-service.environment" . | nindent 12 }}
          envFrom:
            - secretRef: { name: {{ .service.objects.secret }} }
          {{- include "jixiao-service.probes" . | nindent 10 }}
          volumeMounts:
            - { name: scratch, mountPath: /tmp }
            - { name: keys, mountPath: /run/jixiao, readOnly: true }
      volumes:
        - name: scratch
          emptyDir: { sizeLimit: 1Gi }
        - name: keys
          projected:
            defaultMode: 0440
            sources:
              - secret: { name: {{ .workload.keys }} }
              - secret: { name: {{ .workload.identity }} }
{{- end }}

{{- define "jixiao-service.pod" -}}
automountServiceAccountToken: false
enableServiceLinks: false
{{- with .service.image.pullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . }}
  {{- end }}
{{- end }}
securityContext:
  runAsNonRoot: true
  runAsUser: 10001
  runAsGroup: 10001
  fsGroup: 10001
  seccompProfile: { type: RuntimeDefault }
{{- end }}

{{- define "jixiao-service.container" -}}
image: {{ printf "%s/%s:%s" .root.Values.global.image.repository .root.Chart.Name .root.Values.global.image.tag }}
imagePullPolicy: {{ .service.image.pullPolicy }}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities: { drop: [ALL] }
resources: {{- toYaml .service.resources | nindent 2 }}
{{- end }}

{{- define "jixiao-service.environment" -}}
- name: JIXIAO_DATABASE_URL
  valueFrom:
    secretKeyRef: { name: {{ .workload.database }}, key: api-url }
- name: JIXIAO_JOBS_DATABASE_URL
  valueFrom:
    secretKeyRef: { name: {{ .workload.database }}, key: jobs-url }
- name: JIXIAO_NATS_URL
  valueFrom:
    secretKeyRef: { name: {{ .service.broker.secret }}, key: url }
{{- if .workload.door }}
- name: JIXIAO_HTTP
  value: {{ printf "0.0.0.0:%v" .workload.port | quote }}
- name: JIXIAO_FACTOR_KEYS
  value: /run/jixiao/factor-keys
{{- with .workload.proxies }}
- name: JIXIAO_PROXIES
  value: {{ . | quote }}
{{- end }}
{{- end }}
- name: JIXIAO_LISTEN
  value: {{ printf "0.0.0.0:%v" (default .workload.port .workload.door) | quote }}
{{- with .workload.inner }}
- name: JIXIAO_INNER
  value: {{ printf "0.0.0.0:%v" . | quote }}
{{- end }}
{{- with .workload.calls }}
- name: JIXIAO_PEERS
  value: {{ include "jixiao-service.peers" . | quote }}
{{- end }}
- name: JIXIAO_PRINCIPAL_KEYS
  value: /run/jixiao/principal-keys.json
- name: JIXIAO_SERVICE_KEY
  value: /run/jixiao/service-key.pem
- name: JIXIAO_SEAL_KEY
  value: /run/jixiao/seal.json
- name: JIXIAO_ANCHORS
  value: {{ .service.anchors.url }}
- name: JIXIAO_FILES
  value: {{ .service.objects.url }}
- name: OTEL_EXPORTER_OTLP_ENDPOINT
  value: {{ .service.collector.endpoint }}
{{- end }}

{{- define "jixiao-service.peers" -}}
{{- $peers := list }}
{{- range . }}{{ $peers = append $peers (printf "%s=%s:%s" (trimSuffix "-application" .) . (include "jixiao-service.reached" .)) }}{{ end }}
{{- join "," $peers }}
{{- end }}

{{/* Where a workload is reached by the others: the gateway at its inner port. */}}
{{- define "jixiao-service.reached" -}}
{{ eq . "gateway" | ternary 50052 50051 }}
{{- end }}

{{/* P8.5: readiness asks the database, liveness nobody. */}}
{{- define "jixiao-service.probes" -}}
{{- if eq .workload.protocol "grpc" -}}
startupProbe:
  grpc: { port: {{ .workload.port }}, service: liveness }
  periodSeconds: 2
  failureThreshold: 30
livenessProbe:
  grpc: { port: {{ .workload.port }}, service: liveness }
  periodSeconds: 10
  timeoutSeconds: 3
  failureThreshold: 3
readinessProbe:
  grpc: { port: {{ .workload.port }} }
  periodSeconds: 2
  timeoutSeconds: 2
  failureThreshold: 2
{{- else -}}
startupProbe:
  httpGet: { path: /healthz, port: {{ .workload.protocol }} }
  periodSeconds: 2
  failureThreshold: 30
livenessProbe:
  httpGet: { path: /healthz, port: {{ .workload.protocol }} }
  periodSeconds: 10
  timeoutSeconds: 3
  failureThreshold: 3
readinessProbe:
  httpGet: { path: /readyz, port: {{ .workload.protocol }} }
  periodSeconds: 2
  timeoutSeconds: 2
  failureThreshold: 2
{{- end }}
{{- end }}
