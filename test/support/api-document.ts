import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import { expect } from "vitest";

interface Operation {
  operationId: string;
  security?: Record<string, string[]>[];
  responses: Record<string, { description: string; content?: Record<string, { schema: object }> }>;
}

export interface Answer {
  status: number;
  headers: Headers;
  text: string;
  // biome-ignore lint/suspicious/noExplicitAny: each test knows what it asked for.
  json: any;
}

/** A server's OpenAPI document, and whether its answers are what the document says. */
export class ApiDocument {
  /** Operations that were answered, and with what. */
  readonly seen = new Set<string>();
  readonly #ajv = new Ajv2020({ strict: false, validateFormats: false, allErrors: true });
  readonly #schemas = new Map<string, ValidateFunction>();

  private constructor(
    private readonly url: string,
    // biome-ignore lint/suspicious/noExplicitAny: a document of an open format.
    readonly document: any,
  ) {
    this.#ajv.addSchema({ $id: "document", ...document });
  }

  static async of(url: string): Promise<ApiDocument> {
    return new ApiDocument(url, await (await fetch(`${url}/openapi.json`)).json());
  }

  /** "get /api/v1/wearers/{id}" and what is said of it, of all. */
  get operations(): [name: string, operation: Operation][] {
    return Object.entries(this.document.paths as Record<string, Record<string, Operation>>).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]): [string, Operation] => [`${method} ${path}`, operation]),
    );
  }

  /** Asks, and checks status, type and body against the document. */
  async ask(method: string, path: string, init: RequestInit = {}): Promise<Answer> {
    const response = await fetch(this.url + path, { ...init, method });
    const text = await response.text();
    const type = response.headers.get("content-type")?.split(";")[0];
    const json = type === "application/json" ? JSON.parse(text) : undefined;
    this.#check(method.toLowerCase(), path.split("?")[0]!, response.status, type, json);
    return { status: response.status, headers: response.headers, text, json };
  }

  #check(method: string, path: string, status: number, type: string | undefined, body: unknown): void {
    const found = this.operations.find(([name]) =>
      new RegExp(`^${name.replace(/\{\w+\}/g, "[^/]+").replaceAll(".", "\\.")}$`).test(`${method} ${path}`),
    );
    expect(found, `${method} ${path} is documented`).toBeDefined();
    const [name, { responses }] = found!;
    const response = responses[status];
    expect(response, `${name} documents ${status}`).toBeDefined();
    this.seen.add(`${name} ${status}`);
    const content = Object.keys(response!.content ?? {});
    expect(type === undefined ? [] : [type], `type of ${name} ${status}`).toEqual(content);
    if (type !== "application/json") return;
    const place = ["paths", name.split(" ")[1]!, method, "responses", String(status), "content", type, "schema"];
    const pointer = place.map((key) => encodeURIComponent(key.replaceAll("~", "~0").replaceAll("/", "~1"))).join("/");
    const validate = this.#validatorOf(`document#/${pointer}`);
    expect(validate(body) || validate.errors, `${name} ${status}: ${JSON.stringify(body).slice(0, 500)}`).toBe(true);
  }

  #validatorOf(place: string): ValidateFunction {
    const validate = this.#schemas.get(place) ?? this.#ajv.compile({ $ref: place });
    this.#schemas.set(place, validate);
    return validate;
  }
}
