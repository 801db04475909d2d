# syntax=docker/dockerfile:1

# Both bases can be replaced: --build-arg BUILD_IMAGE=… --build-arg RUNTIME_IMAGE=…
ARG BUILD_IMAGE=node:24-trixie-slim
ARG RUNTIME_IMAGE=gcr.io/distroless/nodejs24-debian13:nonroot

# The result is the same on every platform.
FROM --platform=${BUILDPLATFORM} ${BUILD_IMAGE} AS build
WORKDIR /build
COPY package.json package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY nest-cli.json rolldown.config.ts rolldown.licenses.ts vite.page.config.ts tsconfig.json tsconfig.build.json ./
COPY tools/bundle.ts tools/
COPY src src
RUN npm run build && mkdir maps && mv dist/service.js.map dist/extensible.js.map dist/tracing.js.map maps/ \
    && find dist/extensions -name '*.map' -exec mv {} maps/ ';'

# To read a stack trace of the image with: docker build --target source-maps --output maps .
FROM scratch AS source-maps
COPY --from=build /build/maps /

FROM ${RUNTIME_IMAGE}
ARG VERSION=0.1.0
ARG REVISION=unknown
ARG SOURCE=unknown
ARG RUNTIME_IMAGE
LABEL org.opencontainers.image.title="multi-cluster-config-exporter" \
      org.opencontainers.image.description="Keeps the storage configurations of many Kubernetes clusters together, current and in one Secret" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.source="${SOURCE}" \
      org.opencontainers.image.documentation="${SOURCE}/blob/v${VERSION}/README.md" \
      org.opencontainers.image.base.name="${RUNTIME_IMAGE}"
COPY --from=build /build/package.json /app/
# The service; the same with extensions; the export of traces, loaded only if it is switched on; the command line tool; and the status page.
COPY --from=build /build/dist/service.* /build/dist/extensible.* /build/dist/tracing.* /build/dist/mcce* /app/dist/
COPY --from=build /build/dist/page /app/dist/page
# The built-in extensions, each loaded only where it is asked for.
COPY --from=build /build/dist/extensions /app/dist/extensions
COPY LICENSE /app/
# After the files: WORKDIR would create the directory for the user of the base image.
WORKDIR /app
USER 65532:65532
# The same settings as npm start; docs/adr/0011-one-file.md explains them.
ENV NODE_ENV=production MALLOC_ARENA_MAX=1 MALLOC_MMAP_THRESHOLD_=16384
EXPOSE 8080
ENTRYPOINT ["/nodejs/bin/node", "--max-semi-space-size=4", "--heap-growing-percent=60", "/app/dist/mcce.js"]
CMD ["run"]
