#!/usr/bin/env bash
# Builds llama.cpp's programs outside the repository, for comparisons: bench/build-llama.sh FOLDER
# Needs git, cmake, ninja or make, and a C++ compiler. The sources come with an npm package, pinned to
# one version; afterwards `npm run bench -- closed-loop --llama FOLDER` finds them.
set -euo pipefail

version=3.22.1

[[ $# -eq 1 ]] || { echo "usage: $0 FOLDER" >&2; exit 2; }
mkdir -p "$1"
cd "$1"

[[ -f package.json ]] || npm init --yes >/dev/null
npm install --ignore-scripts --no-audit --no-fund "node-llama-cpp@$version"
[[ -d src ]] || git clone node_modules/node-llama-cpp/llama/gitRelease.bundle src

# Built for this machine's own instructions, and without what a comparison does not need.
cmake -S src -B build \
  -DCMAKE_BUILD_TYPE=Release -DGGML_NATIVE=ON -DBUILD_SHARED_LIBS=OFF \
  -DLLAMA_CURL=OFF -DLLAMA_OPENSSL=OFF -DLLAMA_BUILD_TESTS=OFF -DLLAMA_BUILD_EXAMPLES=OFF \
  -DLLAMA_BUILD_UI=OFF
cmake --build build --parallel "$(nproc)" \
  --target llama-server llama-batched-bench llama-perplexity llama-bench
