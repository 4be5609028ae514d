/** Which methods there are for a path, so that a wrong one is told from a wrong path. */
export class KnownPaths {
  readonly #routes: { pattern: RegExp; methods: readonly string[] }[] = [];

  /** @param url as routes are written: `/wearers/:id` */
  add(url: string, method: string | readonly string[]): void {
    const pattern = url
      .split("/")
      .map((part) => (part.startsWith(":") ? "[^/]+" : part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")))
      .join("/");
    this.#routes.push({ pattern: new RegExp(`^${pattern}$`), methods: [method].flat() });
  }

  /** The methods of a path, without its query; empty where there is no such path. */
  methods(path: string): string[] {
    const methods = this.#routes.flatMap((route) => (route.pattern.test(path) ? route.methods : []));
    return methods.length > 0 ? [...new Set([...methods, "OPTIONS"])].sort() : [];
  }
}
