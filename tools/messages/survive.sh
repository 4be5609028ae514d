#!/bin/sh
# Kills a process with an MQTT sink 30 times (or as often as told) with SIGKILL, each second time while the broker is away, and prints
# what a subscriber got of the messages that the sink had taken.
cd "$(dirname "$0")/../.." || exit 1
BIOX_TEST_KILLS="${1:-30}" npx vitest run test/mqtt.test.ts -t "kill -9"
