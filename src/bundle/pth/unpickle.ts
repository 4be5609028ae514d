import { show } from "../../errors.js";
import { callGlobal, isKnownGlobal, storageReference } from "./known-globals.js";
import { PickleBytes } from "./pickle-bytes.js";
import { opcodeName } from "./pickle-opcodes.js";
import { PickleDict, PickleGlobal, PickleSequence, type PickleValue } from "./pickle-values.js";
import { damaged, refused } from "./refuse.js";

/** Enough for a hundred thousand tensors; a few megabytes of pickle could otherwise ask for gigabytes of empty dicts. */
const MOST_CONTAINERS = 500_000;
const MOST_ON_STACK = 1_000_000;

/**
 * Reads the pickle of a PyTorch checkpoint: tensors, numbers, texts, lists and dicts. Opcodes and names of classes that are not needed
 * for these are refused by name; nothing is executed.
 *
 * @param file what to call it in errors
 * @throws BioxError FILE_INVALID
 */
export function unpickle(bytes: Uint8Array, file: string): PickleValue {
  return new Machine(bytes, file).run();
}

/** The stack machine of pickle: values wait on a stack, opcodes combine them, a memo holds what is used again. */
class Machine {
  readonly #in: PickleBytes;
  readonly #stack: PickleValue[] = [];
  /** Where on the stack each open MARK stands. */
  readonly #marks: number[] = [];
  readonly #memo = new Map<number, PickleValue>();
  #containers = 0;

  constructor(
    bytes: Uint8Array,
    private readonly file: string,
  ) {
    this.#in = new PickleBytes(bytes, file);
  }

  run(): PickleValue {
    for (;;) {
      const at = this.#in.position;
      const opcode = this.#in.u8();
      const name = opcodeName(opcode);
      if (name === "STOP") break;
      const step = name === undefined ? undefined : STEPS[name];
      if (step === undefined)
        throw refused(
          this.file,
          `has the pickle opcode ${name ?? `0x${opcode.toString(16)}`} at byte ${at} of data.pkl`,
        );
      step(this, this.#in);
      if (this.#stack.length > MOST_ON_STACK) throw this.damaged(`piles up more than ${MOST_ON_STACK} values`);
    }
    if (this.#stack.length !== 1 || this.#marks.length > 0) throw this.damaged("does not end in one value");
    return this.#stack[0]!;
  }

  push(value: PickleValue): void {
    if (value instanceof PickleDict || value instanceof PickleSequence) {
      this.#containers++;
      if (this.#containers > MOST_CONTAINERS) throw this.damaged(`holds more than ${MOST_CONTAINERS} lists and dicts`);
    }
    this.#stack.push(value);
  }

  pop(): PickleValue {
    // What lies below a mark belongs to whoever set the mark.
    if (this.#stack.length <= (this.#marks.at(-1) ?? 0)) throw this.damaged("takes a value where there is none");
    return this.#stack.pop()!;
  }

  top(): PickleValue {
    const value = this.pop();
    this.#stack.push(value);
    return value;
  }

  mark(): void {
    this.#marks.push(this.#stack.length);
    if (this.#marks.length > MOST_ON_STACK) throw this.damaged(`piles up more than ${MOST_ON_STACK} marks`);
  }

  /** Everything since the last mark, which is taken away. */
  popToMark(): PickleValue[] {
    const mark = this.#marks.pop();
    if (mark === undefined) throw this.damaged("closes a list that was never opened");
    return this.#stack.splice(mark);
  }

  put(index: number): void {
    this.#memo.set(index, this.top());
  }

  memoize(): void {
    this.put(this.#memo.size);
  }

  get(index: number): void {
    const value = this.#memo.get(index);
    if (value === undefined) throw this.damaged(`uses value ${index}, which it has not stored`);
    this.#stack.push(value);
  }

  global(module: string, name: string): void {
    const full = `${module}.${name}`;
    if (!isKnownGlobal(full)) throw refused(this.file, `holds ${show(full)}, a class or function of Python`);
    this.push(new PickleGlobal(full));
  }

  reduce(): void {
    const args = this.pop();
    const callee = this.pop();
    if (!(callee instanceof PickleGlobal) || !(args instanceof PickleSequence))
      throw refused(this.file, "calls something that is not a function");
    const result = callGlobal(callee.name, args.items);
    if (result === undefined) throw refused(this.file, `calls ${show(callee.name)} in a way that PyTorch does not`);
    this.push(result);
  }

  /** Of all objects only an OrderedDict has attributes here: the versions of modules, which nothing needs. */
  build(): void {
    const state = this.pop();
    const target = this.top();
    if (!(target instanceof PickleDict && target.ordered && state instanceof PickleDict))
      throw refused(this.file, "sets attributes of something other than a dict (opcode BUILD)");
  }

  storage(): void {
    const reference = storageReference(this.pop());
    if (reference === undefined) throw refused(this.file, "refers to something other than a tensor's storage");
    this.push(reference);
  }

  append(items: readonly PickleValue[]): void {
    const target = this.top();
    if (!(target instanceof PickleSequence) || target.kind !== "list")
      throw this.damaged("appends to something other than a list");
    for (const item of items) target.items.push(item);
  }

  set(items: readonly PickleValue[]): void {
    const target = this.top();
    if (!(target instanceof PickleDict)) throw this.damaged("sets items of something other than a dict");
    if (items.length % 2 !== 0) throw this.damaged("has a dict with a key but no value");
    for (let i = 0; i < items.length; i += 2) {
      const key = items[i];
      if (typeof key !== "string" && typeof key !== "number")
        throw this.damaged("has a dict with a key that is neither a text nor a number");
      target.entries.set(key, items[i + 1]!);
    }
  }

  damaged(what: string) {
    return damaged(this.file, `is damaged: its data.pkl ${what}`);
  }
}

const tuple = (items: PickleValue[]): PickleSequence => new PickleSequence("tuple", items);

/** Items in the order in which they were pushed. */
function lastOf(machine: Machine, count: number): PickleValue[] {
  return Array.from({ length: count }, () => machine.pop()).reverse();
}

const STEPS: Readonly<Record<string, (machine: Machine, bytes: PickleBytes) => void>> = {
  PROTO: (machine, bytes) => {
    const protocol = bytes.u8();
    if (protocol < 2 || protocol > 5) throw machine.damaged(`has protocol ${protocol}, which is none of 2 to 5`);
  },
  FRAME: (_machine, bytes) => {
    bytes.u64();
  },
  NONE: (machine) => machine.push(null),
  NEWTRUE: (machine) => machine.push(true),
  NEWFALSE: (machine) => machine.push(false),
  BININT: (machine, bytes) => machine.push(bytes.i32()),
  BININT1: (machine, bytes) => machine.push(bytes.u8()),
  BININT2: (machine, bytes) => machine.push(bytes.u16()),
  LONG1: (machine, bytes) => machine.push(bytes.long(bytes.u8())),
  BINFLOAT: (machine, bytes) => machine.push(bytes.f64()),
  SHORT_BINUNICODE: (machine, bytes) => machine.push(bytes.text(bytes.u8())),
  BINUNICODE: (machine, bytes) => machine.push(bytes.text(bytes.u32())),
  BINUNICODE8: (machine, bytes) => machine.push(bytes.text(bytes.u64())),
  EMPTY_DICT: (machine) => machine.push(new PickleDict(false)),
  EMPTY_LIST: (machine) => machine.push(new PickleSequence("list", [])),
  EMPTY_TUPLE: (machine) => machine.push(tuple([])),
  MARK: (machine) => machine.mark(),
  TUPLE: (machine) => machine.push(tuple(machine.popToMark())),
  TUPLE1: (machine) => machine.push(tuple(lastOf(machine, 1))),
  TUPLE2: (machine) => machine.push(tuple(lastOf(machine, 2))),
  TUPLE3: (machine) => machine.push(tuple(lastOf(machine, 3))),
  APPEND: (machine) => machine.append([machine.pop()]),
  APPENDS: (machine) => machine.append(machine.popToMark()),
  SETITEM: (machine) => machine.set(lastOf(machine, 2)),
  SETITEMS: (machine) => machine.set(machine.popToMark()),
  BINPUT: (machine, bytes) => machine.put(bytes.u8()),
  LONG_BINPUT: (machine, bytes) => machine.put(bytes.u32()),
  MEMOIZE: (machine) => machine.memoize(),
  BINGET: (machine, bytes) => machine.get(bytes.u8()),
  LONG_BINGET: (machine, bytes) => machine.get(bytes.u32()),
  GLOBAL: (machine, bytes) => machine.global(bytes.line(), bytes.line()),
  STACK_GLOBAL: (machine) => {
    const [module, name] = lastOf(machine, 2);
    if (typeof module !== "string" || typeof name !== "string") throw machine.damaged("has a class without a name");
    machine.global(module, name);
  },
  BINPERSID: (machine) => machine.storage(),
  REDUCE: (machine) => machine.reduce(),
  BUILD: (machine) => machine.build(),
};
