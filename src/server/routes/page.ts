import type { FastifyInstance } from "fastify";
import { chooseEncoding, type PageFile } from "../page-files.js";

/** Serves the page's files, each at its own path: anybody may read them, since they hold no data. */
export function pageRoutes(app: FastifyInstance, files: ReadonlyMap<string, PageFile>): void {
  for (const [path, file] of files)
    app.get(path, {
      schema: { hide: true },
      handler: async (request, reply) => {
        const encoding = chooseEncoding(file, request.headers["accept-encoding"]);
        // An ETag is of the very bytes that are sent.
        const etag = encoding === "identity" ? file.etag : file.etag.replace(/"$/, `-${encoding}"`);
        reply.headers({ etag, "cache-control": "no-cache", vary: "accept-encoding" });
        const known = request.headers["if-none-match"]?.split(",").map((tag) => tag.trim().replace(/^W\//, ""));
        if (known?.includes(etag) || known?.includes("*")) return reply.code(304).send();
        if (encoding !== "identity") reply.header("content-encoding", encoding);
        return reply.type(file.type).send(file.bodies.get(encoding));
      },
    });
}
