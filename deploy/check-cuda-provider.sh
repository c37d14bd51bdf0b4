#!/bin/sh
# Whether a folder holds ONNX Runtime's provider for CUDA 13, of the version that onnxruntime-node has,
# and whether this system has all that it is linked to; the driver's library comes with the container.
#
#   check-cuda-provider.sh FOLDER [FOLDER_OF_LIBRARIES ...]
#
# The folder has onnxruntime-node's package.json beside the provider's two files.
set -eu
LC_ALL=C
export LC_ALL

folder=$1
shift
provider=$folder/libonnxruntime_providers_cuda.so

fail() {
  echo "check-cuda-provider: $*" >&2
  exit 1
}

needed() {
  readelf --dynamic --wide "$1" | sed -n 's/.*(NEEDED).*\[\(.*\)\]$/\1/p'
}

# Whether the loader knows the library, or it lies in one of the folders after the name.
found() {
  name=$1
  shift
  for place in "$@" /usr/local/cuda/lib64; do
    if test -e "$place/$name"; then return; fi
  done
  ldconfig -p | grep -qF "	$name ("
}

for file in "$provider" "$folder/libonnxruntime_providers_shared.so" "$folder/package.json"; do
  test -f "$file" || fail "$file is missing"
done

linked=$(needed "$provider")
for library in libcudart.so.13 libcublas.so.13 libcublasLt.so.13; do
  echo "$linked" | grep -qxF "$library" ||
    fail "$provider is not for CUDA 13: it is not linked to $library, but to" $linked
done

version=$(sed -n 's/^ *"version": "\(.*\)",*$/\1/p' "$folder/package.json")
test -n "$version" || fail "$folder/package.json has no version"
strings "$provider" | grep -qxF "$version" ||
  fail "$provider is not of version $version, which onnxruntime-node has"

for file in "$provider" "$folder/libonnxruntime_providers_shared.so"; do
  for library in $(needed "$file"); do
    case $library in libcuda.so.1) continue ;; esac
    found "$library" "$@" || fail "$file is linked to $library, which is not here"
  done
done
echo "the provider is ONNX Runtime $version's for CUDA 13, and linked to" $linked
