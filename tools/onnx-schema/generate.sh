#!/bin/sh
# Generates src/onnx/onnx-ml_pb.ts from the schema that the Python package onnx carries (Apache-2.0), and
# src/onnx/opset-changes.ts from its operator definitions. Needs Python 3 and npm; works in a temporary folder.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
out=$(cd "$here/../../src/onnx" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/python"
"$work/python/bin/pip" install --quiet --requirement "$here/requirements.txt"
npm install --silent --no-audit --no-fund --prefix "$work" @bufbuild/protoc-gen-es@2.17.0
schema=$("$work/python/bin/python" -c 'import os, onnx; print(os.path.dirname(onnx.__file__))')
"$work/python/bin/python" -m grpc_tools.protoc --proto_path="$schema" \
  --plugin=protoc-gen-es="$work/node_modules/.bin/protoc-gen-es" \
  --es_out="$out" --es_opt=target=ts,import_extension=js onnx-ml.proto
"$work/python/bin/python" "$here/opset_changes.py" >"$out/opset-changes.ts"
