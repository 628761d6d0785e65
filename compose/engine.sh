#!/bin/sh
# An engine for the emulator. Used by the Makefile; does nothing where everything is there already.
#
#   engine.sh         use the engine that answers, else start one, else install one and start it (root on Debian or Ubuntu)
#   engine.sh stop    stop the engine, if it was started here
#
# What it did is in $log; the engine it started is remembered in $mine.
set -eu

log=/var/log/eas-local-engine.log
mine=/var/run/eas-local-engine.pid
pid_file=/var/run/docker.pid # the engine's own
containerd_pid_file=/var/run/docker/containerd/containerd.pid
packages="docker.io debootstrap iptables ca-certificates debian-archive-keyring"

say() { echo "engine: $*" >&2; }

fail() {
  say "$*"
  exit 1
}

answers() {
  if command -v docker >/dev/null; then
    docker version --format '{{.Server.Version}}' >/dev/null 2>&1
  else
    ping_socket 2>/dev/null
  fi
}

# Where the engine came without its command line.
ping_socket() {
  python3 -c 'import socket
s = socket.socket(socket.AF_UNIX)
s.settimeout(5)
s.connect("/var/run/docker.sock")
s.sendall(b"GET /_ping HTTP/1.0\r\n\r\n")
assert b" 200 " in s.recv(64)'
}

root() { [ "$(id -u)" = 0 ]; }

debian() { root && command -v apt-get >/dev/null; }

install_packages() {
  command -v apt-cache >/dev/null && apt-cache show docker-cli >/dev/null 2>&1 && packages="$packages docker-cli"
  # shellcheck disable=SC2086 # a list of words
  DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends \
    -o DPkg::Lock::Timeout=120 ${1:-$packages} >>"$log" 2>&1 ||
    fail "installing ${1:-$packages} failed: $(tail -n 1 "$log"); see $log"
}

refresh_packages() {
  apt-get -o DPkg::Lock::Timeout=120 update >>"$log" 2>&1 || say "apt-get update failed, going on without; see $log"
}

# Whether a process lives. One that is dead but that nobody has waited for keeps its number, and the engine takes it for alive.
alive() { [ -r "/proc/$1/stat" ] && ! grep -q ') [ZX] ' "/proc/$1/stat"; }

runs() { [ -s "$1" ] && alive "$(cat "$1")"; }

start() {
  runs "$pid_file" && return # the package started it
  for left in "$pid_file" "$containerd_pid_file"; do
    runs "$left" || rm -f "$left" # of an engine that was killed; the next one would refuse to start
  done
  say "starting the Docker engine"
  if [ -d /run/systemd/system ]; then
    systemctl start docker >>"$log" 2>&1 || fail "systemctl start docker failed; see journalctl -u docker"
  else
    setsid nohup dockerd </dev/null >>"$log" 2>&1 &
    started=$!
  fi
}

await() {
  for _ in $(seq 120); do
    answers && return
    [ -z "${started:-}" ] || alive "$started" || break
    sleep 0.5
  done
  fail "the Docker engine does not start: $(grep -i -E 'level=(error|fatal)|failed' "$log" | tail -n 1); see $log"
}

provide() {
  if answers; then return; fi
  [ -z "${DOCKER_HOST:-}" ] || fail "no engine answers at DOCKER_HOST=$DOCKER_HOST; start it, or unset DOCKER_HOST"
  command -v docker >/dev/null && ! root &&
    fail "the Docker engine is not running, or you may not use it; start it, or add yourself to the group docker"
  command -v dockerd >/dev/null || debian ||
    fail "no Docker engine; install one (https://docs.docker.com/engine/install), or run this as root on Debian or Ubuntu"
  : >"$log"
  command -v dockerd >/dev/null || {
    say "installing $packages"
    refresh_packages
    install_packages
  }
  start
  await
  cp "$pid_file" "$mine"
}

# Images come from a registry; where none can be reached, debootstrap makes the first one.
provide_base() {
  command -v debootstrap >/dev/null && return
  debian && command -v docker >/dev/null || return 0
  [ -z "$(docker images --quiet eas-local/base)$(docker images --quiet python)" ] || return 0
  timeout 120 docker pull --quiet python:3.11-slim >/dev/null 2>&1 && return
  say "installing debootstrap, for no image can be pulled"
  refresh_packages
  install_packages "debootstrap debian-archive-keyring"
}

stop() {
  [ -s "$mine" ] || return 0
  say "stopping the Docker engine that was started here"
  pid=$(cat "$mine")
  if [ -d /run/systemd/system ]; then
    systemctl stop docker docker.socket >>"$log" 2>&1 || true
  elif [ "$(cat "$pid_file" 2>/dev/null)" = "$pid" ]; then
    kill "$pid" 2>/dev/null || true
  fi
  for _ in $(seq 60); do
    alive "$pid" || break
    sleep 0.5
  done
  rm -f "$mine"
}

case "${1:-up}" in
  up)
    provide
    provide_base
    ;;
  stop) stop ;;
  *) fail "usage: engine.sh [up|stop]" ;;
esac
