{{- define "aem.env" -}}
- {name: AI_ENDPOINTS_LOG_FORMAT, value: json}
- {name: AI_ENDPOINTS_LOG_LEVEL, value: {{ .Values.logLevel | quote }}}
- {name: AI_ENDPOINTS_CACHE_DIR, value: /cache}
- {name: AI_ENDPOINTS_DRAIN_TIMEOUT, value: {{ printf "%ds" (int .Values.drainTimeoutSeconds) }}}
- {name: AI_ENDPOINTS_ALLOW_HOSTS, value: {{ include "aem.hosts" . | quote }}}
{{- with .Values.allowOrigins }}
- {name: AI_ENDPOINTS_ALLOW_ORIGINS, value: {{ join "," . | quote }}}
{{- end }}
{{- with .Values.maxCost }}
- {name: AI_ENDPOINTS_MAX_COST, value: {{ . | quote }}}
{{- end }}
{{- if .Values.config }}
- {name: AI_ENDPOINTS_CONFIG, value: /etc/ai-endpoints-mcp/config/config.yaml}
{{- end }}
{{- if .Values.callers.existingSecret }}
- {name: AI_ENDPOINTS_CALLERS, value: {{ printf "/etc/ai-endpoints-mcp/callers/%s" .Values.callers.key | quote }}}
{{- end }}
{{- if .Values.insecureNoAuth }}
- {name: AI_ENDPOINTS_INSECURE_NO_AUTH, value: "true"}
{{- end }}
{{- with .Values.oauth.issuer }}
- {name: AI_ENDPOINTS_OAUTH_ISSUER, value: {{ . | quote }}}
- {name: AI_ENDPOINTS_OAUTH_AUDIENCES, value: {{ join "," $.Values.oauth.audiences | quote }}}
{{- with $.Values.oauth.callerClaim }}
- {name: AI_ENDPOINTS_OAUTH_CALLER_CLAIM, value: {{ . | quote }}}
{{- end }}
{{- end }}
{{- if .Values.tls.existingSecret }}
- {name: AI_ENDPOINTS_TLS_CERT, value: /etc/ai-endpoints-mcp/tls/tls.crt}
- {name: AI_ENDPOINTS_TLS_KEY, value: /etc/ai-endpoints-mcp/tls/tls.key}
{{- end }}
{{- with .Values.redis.existingSecret }}
- name: AI_ENDPOINTS_REDIS_URL
  valueFrom: {secretKeyRef: {name: {{ . }}, key: {{ $.Values.redis.key }}}}
{{- end }}
{{- with .Values.extraEnv }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- /* Secrets are mounted as folders: a single file of a Secret would not change with it. */ -}}
{{- define "aem.mounts" -}}
- {name: cache, mountPath: /cache}
{{- if .Values.config }}
- {name: config, mountPath: /etc/ai-endpoints-mcp/config, readOnly: true}
{{- end }}
{{- range $name, $secret := dict "api-key" .Values.apiKey "callers" .Values.callers "tls" .Values.tls }}
{{- if $secret.existingSecret }}
- {name: {{ $name }}, mountPath: /etc/ai-endpoints-mcp/{{ $name }}, readOnly: true}
{{- end }}
{{- end }}
{{- with .Values.extraVolumeMounts }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- define "aem.volumes" -}}
- name: cache
  {{- if .Values.cache.persistence.enabled }}
  persistentVolumeClaim: {claimName: {{ .Values.cache.persistence.existingClaim | default (include "aem.fullname" .) }}}
  {{- else }}
  emptyDir: {sizeLimit: {{ .Values.cache.sizeLimit }}}
  {{- end }}
{{- if .Values.config }}
- {name: config, configMap: {name: {{ include "aem.fullname" . }}}}
{{- end }}
{{- range $name, $secret := dict "api-key" .Values.apiKey "callers" .Values.callers "tls" .Values.tls }}
{{- if $secret.existingSecret }}
- {name: {{ $name }}, secret: {secretName: {{ $secret.existingSecret }}, defaultMode: 0440}}
{{- end }}
{{- end }}
{{- with .Values.extraVolumes }}
{{ toYaml . }}
{{- end }}
{{- end -}}
