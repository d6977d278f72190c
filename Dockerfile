# The image holds the binary, CA certificates and a user without rights: no shell, no package manager.
#
#   docker build --build-arg VERSION="$(git describe --tags --always)" -t ai-endpoints-mcp .
#   docker run -i --rm ai-endpoints-mcp
#
# It has no HEALTHCHECK, since nothing in it could make the request: probe /healthz and /readyz from outside.

# An exact version here and in compose.yaml; .ci/pin-images adds the digest, from the workflow "supply chain".
FROM --platform=$BUILDPLATFORM golang:1.26.8 AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
ARG VERSION=dev
ARG TARGETOS
ARG TARGETARCH
RUN CGO_ENABLED=0 GOOS=$TARGETOS GOARCH=$TARGETARCH \
    go build -trimpath -tags grpcnotrace -ldflags "-s -w -X main.version=$VERSION" -o /out/ai-endpoints-mcp .
RUN go run ./testdata/licenses > /out/THIRD_PARTY_LICENSES.txt
RUN mkdir /out/cache && echo 'nonroot:x:65532:65532::/:/sbin/nologin' > /out/passwd

FROM scratch
ARG VERSION=dev
LABEL org.opencontainers.image.title="ai-endpoints-mcp" \
      org.opencontainers.image.description="MCP server for OVHcloud AI Endpoints: open-weight models hosted in the EU, as tools for agents" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.source="https://github.com/ai-endpoints-mcp/ai-endpoints-mcp" \
      org.opencontainers.image.version="$VERSION" \
      io.modelcontextprotocol.server.name="io.github.ai-endpoints-mcp/ai-endpoints-mcp"
COPY LICENSE NOTICE /licenses/
COPY --from=build /out/THIRD_PARTY_LICENSES.txt /licenses/
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
COPY --from=build /out/passwd /etc/passwd
COPY --from=build --chown=65532:65532 /out/cache /cache
COPY --from=build /out/ai-endpoints-mcp /ai-endpoints-mcp

# The one folder that is written to: the catalogue, and what was spent today. With a read-only root it needs a volume.
ENV AI_ENDPOINTS_CACHE_DIR=/cache
USER 65532:65532
EXPOSE 8080 9464
ENTRYPOINT ["/ai-endpoints-mcp"]
CMD ["stdio"]
