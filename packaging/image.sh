#!/bin/sh
# Builds the image of each processor that is named, from the packages in dist, with Docker or
# buildah: packaging/image.sh arm64 amd64. BASE names another Debian 12 to build on.
set -eu
cd "$(dirname "$0")/.."
base=${BASE:-debian:bookworm-slim}

for processor in "$@"; do
    set -- --platform "linux/$processor" --build-arg "BASE=$base" --file Dockerfile.arm64 --tag "classbox:$processor"
    if docker buildx version >/dev/null 2>&1; then
        docker buildx build --load "$@" .
    elif command -v buildah >/dev/null; then
        # The OCI format has no health check. chroot works where user namespaces are not to be had.
        buildah build --format docker --isolation "${BUILDAH_ISOLATION:-chroot}" "$@" .
    else
        echo "an image needs Docker with buildx, or: sudo apt-get install buildah" >&2
        exit 69
    fi
done
