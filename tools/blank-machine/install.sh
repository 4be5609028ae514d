#!/usr/bin/env bash
# Step 2 of docs/gateway.md, and the README's "Install it elsewhere", with no compiler there.
. ./checks.sh

check "there is no compiler" "! command -v cc && ! command -v g++ && ! command -v make && ! command -v python3"
command="sudo ONNXRUNTIME_NODE_INSTALL=skip npm install --global ./biox-edge-0.1.0.tgz"
check "$command" "$command"
check "which stands in docs/gateway.md" "grep -qF -- '$command' $page"
doc "biox --version"

mkdir -p app && cp biox-edge-0.1.0.tgz app
check "README: install in a folder" "cd app && ONNXRUNTIME_NODE_INSTALL=skip npm install ./biox-edge-0.1.0.tgz"
check "README: quickstart" \
  "cd app && npx biox run node_modules/biox-edge/bundles/demo --from 'sim:?hr=72' --duration 15 --json | grep -F '\"type\":\"prediction\"'"
finish
