{{/* Labels of the suite's objects, and of their pods. */}}
{{- define "assay.labels" -}}
app.kubernetes.io/part-of: assay
{{- end }}

{{/* Image of the suite: context, and the name of a target of docker/Dockerfile. */}}
{{- define "assay.image" -}}
{{- $root := index . 0 -}}
{{- $tag := $root.Values.image.tag | default $root.Chart.AppVersion -}}
{{- printf "%s/%s:%s" $root.Values.image.repository (index . 1) $tag -}}
{{- end }}

{{/* Namespace of a service: context, and its entry in files/services.yaml. */}}
{{- define "assay.namespace" -}}
{{- $namespaces := (index . 0).Values.namespaces -}}
{{- if (index . 1).sandbox }}{{ $namespaces.runner }}{{ else }}{{ $namespaces.suite }}{{ end -}}
{{- end }}

{{/* Settings that all services share. */}}
{{- define "assay.settings" -}}
{{- $values := .Values -}}
{{- $settings := dict
  "ASSAY_HOST" "0.0.0.0"
  "ASSAY_PORT" "8080"
  "ASSAY_HOME" "/var/lib/assay"
  "ASSAY_PARTITIONS" $values.kafka.partitions
  "ASSAY_KAFKA_BROKERS" $values.kafka.brokers
  "ASSAY_KAFKA_REPLICATION" $values.kafka.replication
  "ASSAY_KAFKA_MIN_INSYNC" $values.kafka.minInsync
  "ASSAY_REDIS_URL" $values.redis.url
-}}
{{- with $values.telemetry.endpoint }}{{ $_ := set $settings "OTEL_EXPORTER_OTLP_ENDPOINT" . }}{{ end -}}
{{- if $values.kafka.tls }}{{ $_ := set $settings "ASSAY_KAFKA_TLS" "true" }}{{ end -}}
{{- with $values.kafka.sasl }}{{ $_ := set $settings "ASSAY_KAFKA_SASL" . }}{{ end -}}
{{- if $values.scrape.enabled }}{{ $_ := set $settings "ASSAY_METRICS_PORT" "9464" }}{{ end -}}
{{- range $name, $value := $values.settings }}{{ $_ := set $settings $name $value }}{{ end -}}
{{- range $name, $value := $settings }}
{{ $name }}: {{ $value | toString | quote }}
{{- end }}
{{- end }}

{{/* Variables of a container: a dictionary of texts, or of keys of secrets. */}}
{{- define "assay.env" -}}
{{- range $name, $value := . }}
- name: {{ $name }}
{{- if kindIs "map" $value }}
  valueFrom:
    secretKeyRef:
      name: {{ $value.secret }}
      key: {{ $value.key }}
      {{- if $value.optional }}
      optional: true
      {{- end }}
{{- else }}
  value: {{ $value | quote }}
{{- end }}
{{- end }}
{{- end }}

{{/* Of a pod: the secrets for the registry of its images, and its nodes by a service's values. Context, values. */}}
{{- define "assay.pod" -}}
{{- with (index . 0).Values.image.pullSecrets }}
imagePullSecrets:
{{- range . }}
  - name: {{ . }}
{{- end }}
{{- end }}
{{- with (index . 1).nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with (index . 1).tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{/* A container without rights. */}}
{{- define "assay.confined" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: { drop: [ALL] }
{{- end }}

{{/* All public addresses, on port 443. */}}
{{- define "assay.public" -}}
- to:
    - ipBlock:
        cidr: 0.0.0.0/0
        except: [10.0.0.0/8, 100.64.0.0/10, 127.0.0.0/8, 169.254.0.0/16, 172.16.0.0/12, 192.168.0.0/16]
  ports:
    - { protocol: TCP, port: 443 }
{{- end }}
