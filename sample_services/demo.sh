#!/bin/sh
# Deploys a sample service, calls it, and tells how to go on. With `clean`: removes all of it again.
set -eu
cd "$(dirname "$0")/.."
service=flask_health
body='[1, 2, 6]'

eas_local() { .venv/bin/eas-local "$@"; }

# A value of the service, by the API's name for it.
value() { eas_local desc "$service" --output json | .venv/bin/python -c 'import json, sys; print(json.load(sys.stdin)[sys.argv[1]])' "$1"; }

deploy() {
  if ! eas_local ls --output json | grep -q "\"$service\""; then
    echo "Deploying sample_services/$service/service.json (the first time, images are made: one or two minutes)"
    eas_local create "sample_services/$service/service.json" --timeout 900
  elif [ "$(value Status)" != Running ]; then
    eas_local start "$service"
  fi
}

# curl need not be there.
call() {
  .venv/bin/python - "$1" "$2" "$body" <<'PYTHON'
import sys, urllib.request

address, token, body = sys.argv[1:]
headers = {"Authorization": token, "Content-Type": "application/json"}
opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
print(opener.open(urllib.request.Request(address, body.encode(), headers), timeout=30).read().decode().strip())
PYTHON
}

demo() {
  deploy
  address=$(value InternetEndpoint)
  token=$(value AccessToken)
  echo
  echo "The service $service runs, and a call of it with the features $body was answered:"
  echo "    $(call "$address" "$token")"
  echo
  echo "    Address  $address"
  echo "    Token    $token"
  echo
  echo "Call it yourself:"
  echo "    curl $address -H 'Authorization: $token' -H 'Content-Type: application/json' -d '$body'"
  echo "Look around:"
  for command in ls "desc $service" "logs $service"; do echo "    .venv/bin/eas-local $command"; done
  echo "Remove it, with all images that were made:"
  echo "    make clean-demo"
}

# The emulator and its images go only where no other service is left.
clean() {
  [ -x .venv/bin/eas-local ] || { echo "There is nothing to remove: .venv is not there."; return; }
  if eas_local ls --output json | grep -q "\"$service\""; then
    eas_local delete "$service" --yes
  fi
  if eas_local ls --output json | grep -q '"ServiceName"'; then
    echo "Other services are there: the emulator and its images stay."
    return
  fi
  eas_local down --purge
  # The bases last, for the others are built upon them; one that somebody else built upon stays.
  images=$(docker image ls --filter 'reference=eas-local/*' --format '{{.Repository}}:{{.Tag}}' | sort -r)
  for image in $(echo "$images" | grep -v /base:) $(echo "$images" | grep /base:); do
    docker image rm "$image" >/dev/null 2>&1 || echo "Image $image is used elsewhere and stays."
  done
  echo "All that the demo made is gone. The Docker engine and .venv stay: sh compose/engine.sh stop ends an engine started by make."
}

case "${1:-demo}" in
  demo) demo ;;
  clean) clean ;;
esac
