export interface PeekedText {
  /** The first bytes, fewer than asked for only when the text is shorter. */
  readonly front: Buffer;
  /** The text from an offset within `front` on. */
  from(offset: number): AsyncGenerator<Uint8Array>;
}

/** Looks at the first bytes of a text before it is read. */
export async function peek(chunks: AsyncIterable<Uint8Array>, bytes: number): Promise<PeekedText> {
  const iterator = chunks[Symbol.asyncIterator]();
  const taken: Uint8Array[] = [];
  for (let length = 0; length < bytes;) {
    const next = await iterator.next();
    if (next.done === true) break;
    taken.push(next.value);
    length += next.value.length;
  }
  const whole = Buffer.concat(taken);
  return { front: whole.subarray(0, bytes), from: (offset) => again(whole.subarray(offset), iterator) };
}

async function* again(first: Buffer, rest: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield first;
    for (;;) {
      const next = await rest.next();
      if (next.done === true) return;
      yield next.value;
    }
  } finally {
    await rest.return?.();
  }
}
