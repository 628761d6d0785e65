#!/bin/sh
# What a processor's container runs: it lays out the workspace as EAS does, then becomes the host of the processor's language.
set -eu

language=$1
host=$(dirname "$0")
package=${EAS_HOST_PACKAGE:-/eas/processor/package}
settings=${EAS_HOST_SETTINGS:-/eas/processor/settings}
workspace=${EAS_HOST_WORKSPACE:-/home/admin/docker_ml/workspace}
predictor=$workspace/predictor

fail() {
    printf '%s\n' "$1"
    exit 1
}

# A copy, so that code may write beside itself and finds it fresh after a restart; an ENV folder is large and only read.
lay_out() {
    mkdir -p "$predictor" "$workspace/config" ||
        fail "$workspace cannot be made by this image's user; name an image in data_image that runs as root"
    for entry in "$package"/* "$package"/.[!.]* "$package"/..?*; do
        case $entry in
        "$package/ENV") ln -s "$entry" "$predictor/" ;;
        *) [ ! -e "$entry" ] && [ ! -L "$entry" ] || cp -a "$entry" "$predictor/" ;;
        esac
    done
    [ ! -f "$settings/config.json" ] || cp "$settings/config.json" "$workspace/config/config.json"
    cd "$predictor"
}

has() {
    found=
    for entry in *; do
        [ ! -e "$entry" ] || found="$found, $entry"
    done
    printf '%s' "${found:+which has ${found#, }}"
    [ -n "$found" ] || printf 'which is empty'
}

find_python() {
    for program in ${EAS_HOST_PYTHON:+"$EAS_HOST_PYTHON"} python python3; do
        case $("$program" -V 2>/dev/null) in
        "Python 3"*) return ;;
        esac
    done
    fail "the image has no Python 3; name one in data_image that has it"
}

need_entry() {
    [ -f "$EAS_HOST_ENTRY" ] || fail "no file $EAS_HOST_ENTRY in the package, $(has); correct processor_entry"
}

run_python() {
    need_entry
    find_python
    export PYTHONPATH="$host/python${PYTHONPATH:+:$PYTHONPATH}"
    exec "$program" -u "$EAS_HOST_ENTRY"
}

# Libraries that lie beside the user's; not for Python, whose own may be other ones than the package brings.
find_libraries() {
    export LD_LIBRARY_PATH="$predictor:$predictor/lib${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
}

run_cpp() {
    need_entry
    find_libraries
    exec "$host/eas-host"
}

run_java() {
    command -v java >/dev/null || fail "the image has no Java; name one in data_image that has it"
    find_libraries
    eval "set -- ${EAS_HOST_JVM_OPTIONS:-}"
    # The JVM itself takes /* for all jars of a folder.
    exec java "$@" -cp "$host/eas-host.jar:$predictor:$predictor/*:$predictor/lib/*" easlocal.host.Main
}

export LANG="${LANG:-C.UTF-8}"
lay_out
"run_$language"
