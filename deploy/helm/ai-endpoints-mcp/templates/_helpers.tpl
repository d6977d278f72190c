{{- define "aem.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{- define "aem.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 63 | trimSuffix "-" -}}
{{- else if contains (include "aem.name" .) .Release.Name -}}
{{- .Release.Name | trunc 63 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name (include "aem.name" .) | trunc 63 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- define "aem.selector" -}}
app.kubernetes.io/name: {{ include "aem.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "aem.metadata" -}}
name: {{ include "aem.fullname" . }}
namespace: {{ .Release.Namespace }}
labels:
  {{- include "aem.selector" . | nindent 2 }}
  app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
  app.kubernetes.io/managed-by: {{ .Release.Service }}
  helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end -}}

{{- define "aem.serviceAccount" -}}
{{- .Values.serviceAccount.name | default (ternary (include "aem.fullname" .) "default" .Values.serviceAccount.create) -}}
{{- end -}}

{{- define "aem.image" -}}
{{- if .Values.image.digest -}}
{{ .Values.image.repository }}@{{ .Values.image.digest }}
{{- else -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end -}}
{{- end -}}

{{- /* "true" where there may be more than one pod. */ -}}
{{- define "aem.replicated" -}}
{{- if or .Values.autoscaling.enabled (gt (int .Values.replicas) 1) -}}true{{- end -}}
{{- end -}}

{{- /* All names by which clients may address the server. */ -}}
{{- define "aem.hosts" -}}
{{- $name := include "aem.fullname" . -}}
{{- $service := printf "%s.%s.svc" $name .Release.Namespace -}}
{{- $hosts := list $name (printf "%s.%s" $name .Release.Namespace) $service (printf "%s.cluster.local" $service) -}}
{{- if .Values.ingress.enabled }}{{ $hosts = concat $hosts .Values.ingress.hosts }}{{ end -}}
{{- if .Values.httpRoute.enabled }}{{ $hosts = concat $hosts .Values.httpRoute.hostnames }}{{ end -}}
{{- concat $hosts .Values.allowHosts | uniq | join "," -}}
{{- end -}}

{{- /* Refuses values that contradict each other, before a pod does. */ -}}
{{- define "aem.check" -}}
{{- if not (or .Values.callers.existingSecret .Values.oauth.issuer .Values.insecureNoAuth) -}}
{{- fail "nobody could call: set callers.existingSecret or oauth.issuer, or let everyone in with insecureNoAuth" -}}
{{- end -}}
{{- if and .Values.insecureNoAuth (or .Values.callers.existingSecret .Values.oauth.issuer) -}}
{{- fail "insecureNoAuth contradicts callers and oauth: leave it out" -}}
{{- end -}}
{{- if and .Values.oauth.issuer (not .Values.oauth.audiences) -}}
{{- fail "oauth.issuer needs oauth.audiences: without them tokens for other services would be valid here" -}}
{{- end -}}
{{- if and (include "aem.replicated" .) .Values.cache.persistence.enabled (ne .Values.cache.persistence.accessMode "ReadWriteMany") -}}
{{- fail "several replicas cannot share a volume that is ReadWriteOnce: set cache.persistence.accessMode to ReadWriteMany, or replicas to 1" -}}
{{- end -}}
{{- if and .Values.ingress.enabled (not .Values.ingress.hosts) -}}
{{- fail "ingress needs ingress.hosts" -}}
{{- end -}}
{{- if and .Values.httpRoute.enabled (not .Values.httpRoute.parentRefs) -}}
{{- fail "httpRoute needs httpRoute.parentRefs" -}}
{{- end -}}
{{- if and .Values.autoscaling.enabled (not .Values.autoscaling.cpuUtilization) (not .Values.autoscaling.requestsInFlight) -}}
{{- fail "autoscaling needs cpuUtilization or requestsInFlight" -}}
{{- end -}}
{{- end -}}
