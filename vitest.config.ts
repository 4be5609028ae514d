import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";

const report = process.env.BIOX_TEST_REPORT;

export default defineConfig({
  test: {
    include: ["src/**/*.test.ts", "web/**/*.test.ts", "test/**/*.test.ts"],
    // serialport's poller aborts the process when it is opened in a worker thread, so test files run in forks.
    pool: "forks",
    // Most of the long ones wait for a wearable that plays in real time.
    maxWorkers: Math.max(3, availableParallelism()),
    testTimeout: 180_000,
    hookTimeout: 120_000,
    reporters: report ? ["default", ["json", { outputFile: report }]] : ["default"],
  },
});
