# What the steps share: each check is one line, and what failed shows what it printed.
page=/usr/lib/node_modules/biox-edge/docs/gateway.md
passed=0
failed=0

# check NAME COMMAND: the command ends well.
check() {
  local output
  if output=$(bash -c "$2" 2>&1); then
    passed=$((passed + 1))
    echo "ok    $1"
  else
    failed=$((failed + 1))
    echo "FAIL  $1"
    sed 's/^/      /' <<<"$output"
  fi
}

# eventually NAME COMMAND: it ends well within two minutes.
eventually() { check "$1" "for _ in \$(seq 600); do { $2; } >/dev/null 2>&1 && exit; sleep 0.2; done; $2"; }

# doc COMMAND: it stands in the guide, word for word, and ends well.
doc() {
  grep -qF -- "$1" "$page" || { failed=$((failed + 1)) && echo "FAIL  not in docs/gateway.md: $1"; }
  check "$1" "$1"
}

# Words of the newest messages of the service.
journal() { echo "sudo journalctl -u biox -o cat --since -5min --no-pager | grep -F '$1'"; }
# A field of a wearer.
wearer() { echo "curl -sS http://127.0.0.1:8321/api/v1/wearers/$1 | grep -F '$2'"; }
pid() { systemctl show --property MainPID --value biox; }
finish() { echo "$passed passed, $failed failed"; }
