#!/usr/bin/env bash
# Builds the container images: earshot (all programs) and one for each role, and the demo's.
# Usage: deploy/make-images.sh [docker build options]     TAG=0.1.0 adds a tag beside `latest`
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
tag=${TAG:-latest}

build() { # image, options
    local image=$1
    shift
    echo "image $image"
    # The host's network: the build fetches packages, also where containers have none.
    docker build -q --network=host -t "$image:latest" -t "$image:$tag" "$@" .
}

for role in capture assemble ship; do
    build "earshot-$role" -f deploy/Dockerfile --target "$role" "$@"
done
build earshot -f deploy/Dockerfile "$@"
build earshot-demo -f deploy/demo/Dockerfile
docker image ls | awk 'NR == 1 || /^earshot/'
