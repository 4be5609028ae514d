/** Metrics tell of every loss, and count on when a source is opened again. */

import { afterAll, expect, it } from "vitest";
import type { WearerStatus } from "../src/gateway/types.js";
import { answer, HandMadeGateway } from "./support/hand-made-gateway.js";
import { Serving } from "./support/serving.js";

const serving = new Serving();
afterAll(() => serving.end());

async function start(): Promise<{
  gateway: HandMadeGateway;
  read: () => Promise<(name: string) => number | undefined>;
}> {
  const gateway = new HandMadeGateway();
  const { url } = await serving.start({}, {}, gateway);
  const read = async () => {
    const text = await (await fetch(`${url}/metrics`)).text();
    return (name: string) => {
      const line = text.split("\n").find((each) => each.startsWith(`${name} `));
      return line === undefined ? undefined : Number(line.split(" ").at(-1));
    };
  };
  return { gateway, read };
}

const W = 'wearer="w01"';
const WB = `${W},bundle="stress"`;

it("tell every number of a wearer's account", async () => {
  const { read } = await start();
  const value = await read();
  for (const [name, expected] of [
    [`biox_samples_total{${W}}`, 10_900],
    [`biox_samples_lost_total{${W}}`, 59],
    [`biox_run_samples_total{${WB}}`, 10_000],
    [`biox_run_samples_lost_total{${WB}}`, 50],
    [`biox_other_samples_lost_total{${WB}}`, 9],
    [`biox_skipped_hops_total{${WB}}`, 3],
    [`biox_dropped_predictions_total{${WB}}`, 4],
    [`biox_duplicate_samples_total{${WB}}`, 6],
    [`biox_device_restarts_total{${WB}}`, 7],
    [`biox_device_clock_jumps_total{${WB}}`, 8],
    [`biox_link_bytes_total{${W}}`, 5000],
    [`biox_link_crc_errors_total{${W}}`, 11],
    [`biox_link_framing_errors_total{${W}}`, 12],
    [`biox_link_oversize_frames_total{${W}}`, 13],
    [`biox_link_resyncs_total{${W}}`, 14],
    [`biox_link_undescribed_frames_total{${W}}`, 15],
    [`biox_link_reconnects_total{${W}}`, 16],
    [`biox_link_starts_repeated_total{${W}}`, 17],
    [`biox_ring_overwritten_samples_total{${W},stream="ppg"}`, 18],
    [`biox_sink_messages_lost_total{sink="mqtt"}`, 1],
    [`biox_sink_waiting_messages{sink="mqtt"}`, 19],
    [`biox_sample_age_seconds{${W}}`, 0.008],
    [`biox_wearer_state{wearer="w02",state="waiting"}`, 1],
    [`biox_wearer_state{wearer="w02",state="open"}`, 0],
    [`biox_wearer_state_since_seconds{${W}}`, 1_759_999_001],
    [`biox_battery_ratio{${W}}`, 0.7],
    [`biox_recording{${W}}`, 1],
    [`biox_recording{wearer="w02"}`, 0],
    [`biox_source_reopened_total{${W}}`, 16],
    [`biox_ring_held_samples{${W},stream="ppg"}`, 1800],
    [`biox_start_time_seconds{gateway="ward-3"}`, 1_759_999_000],
    [`biox_sink_open{sink="mqtt"}`, 0],
    [`biox_sink_messages_total{sink="mqtt"}`, 50],
    [`biox_sink_messages_delivered_total{sink="mqtt"}`, 30],
    [`biox_bundle_usable{bundle="stress"}`, 1],
    [`biox_bundle_usable{bundle="sleep"}`, 0],
    [`biox_bundle_failures_total{bundle="sleep"}`, 3],
    [`biox_sink_interruptions_total{sink="mqtt"}`, 2],
  ] as const)
    expect([name, value(name)]).toEqual([name, expected]);
  // What is not known has no value, rather than a wrong one.
  expect(value('biox_sample_age_seconds{wearer="w02"}')).toBeUndefined();
  expect(value('biox_battery_ratio{wearer="w02"}')).toBeUndefined();
});

it("do not go back when a source is opened again, even to the very same numbers", async () => {
  const { gateway, read } = await start();
  const lost = `biox_run_samples_lost_total{${WB}}`;
  const skipped = `biox_skipped_hops_total{${WB}}`;
  const set = (opened: number, run: number, lost: number, skippedHops: number): void => {
    const [first, second] = gateway.status as [WearerStatus, WearerStatus];
    const [bundle] = first.bundles;
    const summary = { ...bundle!.summary!, skippedHops, lost };
    gateway.status = [{ ...first, opened, reopened: 16 + opened, bundles: [{ ...bundle!, run, summary }] }, second];
  };
  const told = async () => {
    const value = await read();
    return [value(lost), value(skipped)];
  };
  set(1, 1, 11, 3);
  expect(await told()).toEqual([11, 3]);
  set(1, 1, 20, 5);
  expect(await told()).toEqual([20, 5]);
  set(2, 2, 0, 0);
  expect(await told()).toEqual([20, 5]);
  set(2, 2, 2, 5);
  expect(await told()).toEqual([22, 10]);
  set(3, 3, 2, 5);
  expect(await told()).toEqual([24, 15]);
  // An engine that was restarted counts anew, though its source stayed open and goes on counting.
  set(3, 4, 3, 5);
  expect(await told()).toEqual([25, 20]);
  // A port that was found again is the same source.
  const [first] = gateway.status as [WearerStatus];
  gateway.status = [{ ...first, reopened: first.reopened + 1 }];
  expect(await told()).toEqual([25, 20]);
});

it("have what was counted in the last moment before a run began anew", async () => {
  const { gateway, read } = await start();
  const set = (run: number, skippedHops: number): void => {
    const [first] = gateway.status as [WearerStatus];
    const [bundle] = first.bundles;
    gateway.status = [{ ...first, bundles: [{ ...bundle!, run, summary: { ...bundle!.summary!, skippedHops } }] }];
  };
  set(1, 3);
  await read();
  // Faster than anybody looks by the clock.
  set(1, 8);
  gateway.emit("account", "w01");
  set(2, 0);
  expect((await read())(`biox_skipped_hops_total{${WB}}`)).toBe(8);
});

it("count answers as they come, with their times, and forget wearers who have left", async () => {
  const { gateway, read } = await start();
  gateway.emit("message", answer());
  gateway.emit(
    "message",
    answer({ reliable: false, quality: 0.2, ms: { prepare: 1, lower: 2, bridge: 3, upper: 4, total: 60 } } as object),
  );
  for (const message of gateway.messages.slice(1)) gateway.emit("message", message);
  const value = await read();
  for (const [name, expected] of [
    [`biox_predictions_total{${WB}}`, 2],
    [`biox_unreliable_predictions_total{${WB}}`, 1],
    [`biox_unpredicted_windows_total{${WB}}`, 1],
    [`biox_signal_quality_ratio{${WB}}`, 0.2],
    [`biox_markers_total{${W}}`, 1],
    [`biox_prediction_age_seconds_count{bundle="stress"}`, 2],
    ['biox_stage_seconds_bucket{le="0.05",bundle="stress",stage="total"}', 1],
    ['biox_stage_seconds_bucket{le="0.1",bundle="stress",stage="total"}', 2],
  ] as const)
    expect([name, value(name)]).toEqual([name, expected]);
  expect(value('biox_stage_seconds_sum{bundle="stress",stage="total"}')).toBeCloseTo(0.065, 9);
  gateway.status = gateway.status.slice(1);
  await read();
  const after = await read();
  for (const name of [
    `biox_predictions_total{${WB}}`,
    `biox_samples_total{${W}}`,
    `biox_wearer_state{${W},state="open"}`,
  ])
    expect([name, after(name)]).toEqual([name, undefined]);
});

it("count requests, how long they took, and who was turned away why", async () => {
  const { url } = await serving.start();
  for (const path of ["/health/live", "/health/live", "/nothing"]) await (await fetch(url + path)).text();
  await (await fetch(`${url}/api/v1/wearers`, { headers: { origin: "http://evil.example" } })).text();
  const text = await (await fetch(`${url}/metrics`)).text();
  for (const line of [
    'biox_http_requests_total{method="GET",route="/health/live",status="200"} 2',
    'biox_http_requests_total{method="GET",route="none",status="404"} 1',
    'biox_http_requests_total{method="GET",route="/api/v1/wearers",status="403"} 1',
    'biox_http_request_seconds_count{route="/health/live"} 2',
    'biox_http_refused_total{reason="origin"} 1',
  ])
    expect(text).toContain(`${line}\n`);
  const [, seconds] = /^biox_http_request_seconds_sum\{route="\/health\/live"\} (.+)$/m.exec(text)!;
  // Two answers out of memory: no machine takes a minute for them, and in ms they would be above 0.05.
  expect(Number(seconds)).toBeGreaterThan(0);
  expect(Number(seconds)).toBeLessThan(60);
});

it("tell how windows that workers run are doing, where there are workers", async () => {
  const { gateway, read } = await start();
  expect((await read())("biox_scale_broker_connected")).toBeUndefined();
  gateway.workers = {
    state: "away",
    reason: "The broker cannot be reached.",
    published: 20,
    answered: 11,
    failed: 2,
    expired: 3,
    skipped: { away: 4, behind: 5, full: 6, large: 7, closed: 8 },
    waiting: 9,
    doubles: 1,
    unreadable: 10,
    queueMs: { p50: 12, p95: 13, p99: Number.NaN },
  };
  // A second look must not add to the first.
  await read();
  const value = await read();
  for (const [name, expected] of [
    ["biox_scale_broker_connected", 0],
    ["biox_scale_windows_published_total", 20],
    ["biox_scale_windows_answered_total", 11],
    ["biox_scale_windows_failed_total", 2],
    ["biox_scale_windows_expired_total", 3],
    ["biox_scale_windows_doubles_total", 1],
    ["biox_scale_windows_unreadable_total", 10],
    ["biox_scale_windows_waiting", 9],
    ['biox_scale_hops_skipped_total{reason="behind"}', 5],
    ['biox_scale_queue_seconds{quantile="0.5"}', 0.012],
    ['biox_scale_queue_seconds{quantile="0.99"}', undefined],
  ] as const)
    expect([name, value(name)]).toEqual([name, expected]);
});
