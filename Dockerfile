# syntax=docker/dockerfile:1

# Both bases can be named by digest: --build-arg BUILD_IMAGE=…@sha256:… --build-arg RUNTIME_IMAGE=…@sha256:…
ARG BUILD_IMAGE=node:24-trixie-slim
ARG RUNTIME_IMAGE=gcr.io/distroless/nodejs24-debian13:nonroot

# What it makes is the same on every platform.
FROM --platform=${BUILDPLATFORM} ${BUILD_IMAGE} AS build
WORKDIR /build
COPY package.json package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY nest-cli.json rolldown.config.ts rolldown.licenses.ts tsconfig.json tsconfig.build.json ./
COPY src src
RUN npm run build

FROM ${RUNTIME_IMAGE}
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="multi-cluster-config-exporter" \
      org.opencontainers.image.description="Keeps the storage configurations of many Kubernetes clusters together, current and in one Secret" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
COPY --from=build /build/package.json /app/
# The service; the same with extensions; what exports traces, loaded only where they are asked for; and the command line tool.
COPY --from=build /build/dist/service.* /build/dist/extensible.* /build/dist/tracing.* /build/dist/mcce* /app/dist/
# The built-in extensions, each loaded only where it is asked for.
COPY --from=build /build/dist/extensions /app/dist/extensions
COPY LICENSE /app/
# After the files: a directory that WORKDIR makes belongs to the user of the base.
WORKDIR /app
USER 65532:65532
# As npm start has them; docs/adr/0011-one-file.md says what each is for.
ENV NODE_ENV=production MALLOC_ARENA_MAX=1 MALLOC_MMAP_THRESHOLD_=16384
EXPOSE 8080
ENTRYPOINT ["/nodejs/bin/node", "--max-semi-space-size=4", "--heap-growing-percent=60", "/app/dist/mcce.js"]
CMD ["run"]
