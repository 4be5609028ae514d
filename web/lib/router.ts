/** What the address asks for: `#/` all wearers, `#/wearer/ID` one in depth. */
export type Route = { readonly view: "overview" } | { readonly view: "wearer"; readonly id: string };

export function route(hash: string): Route {
  const id = /^#\/wearer\/([A-Za-z0-9_-]{1,40})$/.exec(hash)?.[1];
  return id === undefined ? { view: "overview" } : { view: "wearer", id };
}

export function addressOf(id: string): string {
  return `#/wearer/${id}`;
}
