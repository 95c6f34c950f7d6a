# The images of dts-operator and dts-simulator: one program each, what it is linked with, the public
# CA certificates, and nothing else.
#
#   docker build --target dts-operator -t dts-operator:0.1.0 .     builds from source
#   make image                                                     takes the programs of `make build`
#
# The buildah of Debian 12 needs --build-arg PROGRAMS=compiled for the first.
ARG PROGRAMS=compiled

FROM docker.io/library/debian:bookworm-slim AS compiled
RUN apt-get update && apt-get install -y --no-install-recommends ca-certificates cmake g++ \
    libboost-dev libboost-system-dev libcli11-dev libcpprest-dev libexpected-dev libfmt-dev \
    libpugixml-dev libssl-dev libyaml-cpp-dev ninja-build nlohmann-json3-dev prometheus-cpp-dev \
    zlib1g-dev
WORKDIR /src
COPY . .
RUN cmake --preset release && cmake --build build/release --target dts-operator dts-simulator
RUN scripts/image-root build/release/bin/dts-operator build/image/dts-operator && \
    scripts/image-root build/release/bin/dts-simulator build/image/dts-simulator

FROM scratch AS prebuilt
COPY build/image /src/build/image

# hadolint ignore=DL3006
FROM ${PROGRAMS} AS programs

FROM scratch AS dts-simulator
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title=dts-simulator \
      org.opencontainers.image.description="A simulated Alibaba Cloud DTS endpoint" \
      org.opencontainers.image.licenses=Apache-2.0 \
      org.opencontainers.image.version=${VERSION} \
      org.opencontainers.image.revision=${REVISION}
COPY --from=programs /src/build/image/dts-simulator /
USER 65532:65532
EXPOSE 18080 18081
ENTRYPOINT ["/usr/bin/dts-simulator"]

FROM scratch AS dts-operator
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title=dts-operator \
      org.opencontainers.image.description="Runs Alibaba Cloud DTS jobs as DtsJobs ask for" \
      org.opencontainers.image.licenses=Apache-2.0 \
      org.opencontainers.image.version=${VERSION} \
      org.opencontainers.image.revision=${REVISION}
COPY --from=programs /src/build/image/dts-operator /
USER 65532:65532
EXPOSE 8080 8081
ENTRYPOINT ["/usr/bin/dts-operator"]
