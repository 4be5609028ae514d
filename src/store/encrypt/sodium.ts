import type sodium from "libsodium-wrappers";

export type Sodium = typeof sodium;

/** libsodium, which is WebAssembly of half a megabyte: loaded when something is encrypted or decrypted, and not before. */
export async function loadSodium(): Promise<Sodium> {
  const { default: library } = await import("libsodium-wrappers");
  await library.ready;
  return library;
}
