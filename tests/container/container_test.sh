#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# container_test.sh SOURCE PROGRAM STORE
# Builds containers/Dockerfile from the tracked files and holds the image to what it promises: the demo in a mounted
# folder, as a user other than root, with a read-only root and no network, gives the bytes that PROGRAM gives here;
# `overflight info` answers as its health; a stop is obeyed; nothing of the build is left in it. Prints its size and how
# long it takes to start. Images are kept in STORE, so that a second run builds what has changed; nothing is put among
# the user's own. CONTAINER_BUILD_OPTIONS: more options for buildah, as for a mounted compiler cache. Exit code 77 (skipped) where no image can be built.
set -eu
source=$(realpath "$1") program=$(realpath "$2")
mkdir -p "$3"
store=$(realpath "$3")

skip() {
    echo "SKIPPED: $1"
    exit 77
}
fail() {
    echo "FAILED: $1" >&2
    exit 1
}
for tool in buildah podman runc mmdebstrap git; do
    command -v $tool >/dev/null || skip "no $tool (./dev install container test)"
done
[ "$(id -u)" -eq 0 ] || skip "needs root"

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
image=overflight-test
tool() {
    name=$1
    shift
    "$name" --root "$store/storage" --runroot "$store/run" "$@"
}
# As a batch system runs it. Bounds on processes and files, as some hosts allow no more.
run() {
    tool podman --runtime=runc run --rm --network none --read-only --tmpfs /tmp --cap-drop all \
        --security-opt no-new-privileges --no-healthcheck --ulimit nofile=1024:1024 --ulimit nproc=1024:1024 "$@"
}

# 1. A base image: the registry's, or one of the same packages made here. Never to be published: it has this
# machine's package sources in it.
if ! tool podman image exists debian:bookworm-slim; then
    debian=/etc/apt/sources.list.d/debian.sources
    [ -f "$debian" ] || debian=/etc/apt/sources.list
    mmdebstrap --quiet --variant=minbase --dpkgopt='path-exclude=/usr/share/man/*' \
        --dpkgopt='path-exclude=/usr/share/doc/*' bookworm "$scratch/base.tar" "$debian" ||
        skip "no base image could be made (no package mirror?)"
    tool podman import "$scratch/base.tar" debian:bookworm-slim
    rm "$scratch/base.tar"
fi

# 2. The image, from what git knows.
mkdir "$scratch/context"
git -C "$source" -c safe.directory='*' ls-files -z | tar -C "$source" --null -T - -cf - | tar -C "$scratch/context" -xf -
# shellcheck disable=SC2086 # a list
tool buildah bud ${CONTAINER_BUILD_OPTIONS:-} --layers --format docker --isolation chroot --network host --pull-never \
    -f "$scratch/context/containers/Dockerfile" -t $image "$scratch/context"

# 3. What it is.
inspect() {
    tool podman image inspect --format "$1" $image
}
[ "$(inspect '{{.Config.User}}')" = 1000:1000 ] || fail "the image runs as $(inspect '{{.Config.User}}')"
[ "$(run $image info | head -1)" = "$("$program" info | head -1)" ] || fail "its overflight is not this one"
[ "$(run --entrypoint id $image -u)" = 1000 ] || fail "it runs as root"
run --entrypoint sh $image -c '! touch /usr/written 2>/dev/null' || fail "its root can be written to"
for absent in g++ cmake /source; do
    run --entrypoint sh $image -c "! command -v $absent >/dev/null && ! test -e $absent" || fail "$absent is in it"
done
container=$(tool podman --runtime=runc run --rm --detach --network none --health-interval disable \
    --ulimit nofile=1024:1024 --ulimit nproc=1024:1024 --entrypoint sleep $image 600)
health=0
tool podman --runtime=runc healthcheck run "$container" || health=$?
tool podman --runtime=runc stop --time 0 "$container" >/dev/null
[ $health -eq 0 ] || fail "its health check says no"

# 4. The demo, in a mounted folder, against the same done here.
for place in inside outside; do
    mkdir -p "$scratch/$place/configs"
    cp -R "$source/configs/demo" "$scratch/$place/configs/demo"
done
chown -R 1000:1000 "$scratch/inside"
chmod 755 "$scratch"
demo() {
    "$@" simulate configs/demo/scene.toml --progress off
    "$@" run configs/demo/demo.toml --progress off --set run.threads=2
}
demo run --volume "$scratch/inside:/work" $image
(cd "$scratch/outside" && demo "$program")
products=0
for product in "$scratch"/outside/out/demo/products/*.nc; do
    cmp "$product" "$scratch/inside/out/demo/products/$(basename "$product")" || fail "$(basename "$product") differs"
    products=$((products + 1))
done
[ $products -eq 3 ] || fail "the demo gave $products products"
[ "$(stat -c %u "$scratch/inside/out/demo/products/before.nc")" = 1000 ] || fail "the products are not the user's"
echo "the demo's $products products are those of the program outside, byte for byte"

# 5. An error reaches the caller, with its exit code.
code=0
run --volume "$scratch/inside:/work" $image validate missing.toml 2>/dev/null || code=$?
[ $code -eq 2 ] || fail "a missing config ends with $code"

# 6. The root as a cluster without a container engine runs it: a folder, by a user, through user namespaces.
if command -v ch-run >/dev/null; then
    export USER="${USER:-root}" # it wants one
    mkdir "$scratch/root"
    container=$(tool podman create --no-healthcheck $image)
    tool podman export "$container" | tar -C "$scratch/root" -xf -
    tool podman rm "$container" >/dev/null
    mkdir -p "$scratch/root/mnt/0"
    if ch-run "$scratch/root" -- true 2>/dev/null; then
        ch-run --bind="$scratch/outside:/mnt/0" --cd=/mnt/0 "$scratch/root" -- \
            overflight run configs/demo/demo.toml --progress off --set output.folder=again >/dev/null
        for product in "$scratch"/outside/out/demo/products/*.nc; do
            cmp "$product" "$scratch/outside/configs/demo/again/$(basename "$product")" || fail "by ch-run it differs"
        done
        echo "by ch-run too"
    else
        echo "ch-run does not work here (user namespaces?): not tried"
    fi
fi

# 7. Size and start.
awk -v bytes="$(inspect '{{.Size}}')" 'BEGIN { printf "image: %.0f MB\n", bytes / 1e6 }'
seconds() {
    for _ in 1 2 3 4 5; do
        start=$(date +%s%N)
        "$@" >/dev/null
        echo $((($(date +%s%N) - start) / 1000000))
    done | sort -n | sed -n 3p
}
echo "start: $(seconds run $image info) ms for \`overflight info\` in the container, $(seconds "$program" info) ms outside (median of 5)"
