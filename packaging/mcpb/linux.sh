#!/bin/sh
# A manifest tells systems apart, but not their processors.
case $(uname -m) in
aarch64 | arm64) processor=arm64 ;;
*) processor=amd64 ;;
esac
exec "$(dirname "$0")/$processor" "$@"
