import { crc32 } from "node:zlib";

interface StoredEntry {
  readonly name: string;
  readonly data: Uint8Array;
  /** What the archive claims, where it is not the truth. */
  readonly claims?: { readonly size?: number; readonly crc?: number };
}

/** A zip archive without compression (APPNOTE 4.3), as torch.save makes them; its directory says what the entries claim. */
export function storedZip(entries: readonly StoredEntry[]): Buffer {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const { name, data, claims = {} } of entries) {
    const fields = Buffer.alloc(26);
    fields.writeUInt16LE(20, 0);
    fields.writeUInt32LE(claims.crc ?? crc32(data), 10);
    fields.writeUInt32LE(claims.size ?? data.length, 14);
    fields.writeUInt32LE(claims.size ?? data.length, 18);
    fields.writeUInt16LE(Buffer.byteLength(name), 22);
    const tail = Buffer.alloc(14);
    tail.writeUInt32LE(offset, 10);
    const local = Buffer.concat([Buffer.from("PK\x03\x04"), fields, Buffer.from(name)]);
    directory.push(Buffer.concat([Buffer.from("PK\x01\x02\x14\x00"), fields, tail, Buffer.from(name)]));
    parts.push(local, Buffer.from(data));
    offset += local.length + data.length;
  }
  const listing = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.write("PK\x05\x06", "latin1");
  end.writeUInt16LE(entries.length, 8);
  end.writeUInt16LE(entries.length, 10);
  end.writeUInt32LE(listing.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...parts, listing, end]);
}
