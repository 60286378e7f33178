{{- define "backhaul.name" -}}
{{- if contains "backhaul" .Release.Name }}{{ .Release.Name | trunc 40 | trimSuffix "-" }}{{ else }}{{ printf "%s-backhaul" .Release.Name | trunc 40 | trimSuffix "-" }}{{ end -}}
{{- end }}

{{- define "backhaul.image" -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end }}

{{/* What selects the pods of this release. */}}
{{- define "backhaul.selector" -}}
app.kubernetes.io/name: backhaul
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "backhaul.labels" -}}
{{ include "backhaul.selector" . }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{- end }}

{{- define "backhaul.podSecurity" -}}
runAsNonRoot: true
runAsUser: 1000
runAsGroup: 1000
seccompProfile:
  type: RuntimeDefault
{{- end }}

{{- define "backhaul.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
{{- end }}

{{/* Variables of the Secret. Call with a dict: secret (its name), required and optional (names). */}}
{{- define "backhaul.secrets" -}}
{{- range $name := .required }}
- name: {{ $name }}
  valueFrom:
    secretKeyRef:
      name: {{ $.secret }}
      key: {{ $name }}
{{- end }}
{{- range $name := .optional }}
- name: {{ $name }}
  valueFrom:
    secretKeyRef:
      name: {{ $.secret }}
      key: {{ $name }}
      optional: true
{{- end }}
{{- end }}

{{- define "backhaul.probe" -}}
httpGet:
  path: {{ .path }}
  port: operations
periodSeconds: {{ .periodSeconds }}
timeoutSeconds: {{ .timeoutSeconds }}
failureThreshold: {{ .failureThreshold }}
{{- end }}

{{- define "backhaul.caEnv" -}}
- name: NODE_EXTRA_CA_CERTS
  value: /etc/backhaul/ca.crt
{{- end }}

{{- define "backhaul.caMount" -}}
- name: ca
  mountPath: /etc/backhaul
  readOnly: true
{{- end }}

{{- define "backhaul.caVolume" -}}
- name: ca
  configMap:
    name: {{ .Values.caConfigMap }}
{{- end }}
