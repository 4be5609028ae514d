import { spawnSync } from "node:child_process";

/** Whether there is a broker for the tests that need one. */
export const hasMosquitto = spawnSync("mosquitto", ["-h"]).error === undefined;
if (!hasMosquitto) console.log("skipped: no mosquitto");
