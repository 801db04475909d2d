/** One field of a message: its number, and a number or bytes. */
export interface Field {
  number: number;
  value: bigint | Buffer;
}

/** Takes a message apart, as far as the wire format goes (protobuf.dev, "Encoding"). */
export function fields(message: Buffer): Field[] {
  const found: Field[] = [];
  let at = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = message.readUInt8(at++);
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  };
  const take = (length: number): Buffer => {
    if (at + length > message.length) throw new Error('the message ends within a field');
    at += length;
    return message.subarray(at - length, at);
  };
  while (at < message.length) {
    const tag = Number(varint());
    const number = tag >> 3;
    switch (tag & 7) {
      case 0:
        found.push({ number, value: varint() });
        break;
      case 1:
        found.push({ number, value: take(8) });
        break;
      case 2:
        found.push({ number, value: take(Number(varint())) });
        break;
      case 5:
        found.push({ number, value: take(4) });
        break;
      default:
        throw new Error(`there is no wire type ${tag & 7}`);
    }
  }
  return found;
}

/** The values of a field that holds texts, bytes or messages. */
export function bytes(message: readonly Field[], number: number): Buffer[] {
  return message.flatMap((field) =>
    field.number === number && Buffer.isBuffer(field.value) ? [field.value] : [],
  );
}

/** The value of a field that holds a text; empty where it is absent. */
export function text(message: readonly Field[], number: number): string {
  return bytes(message, number)[0]?.toString('utf8') ?? '';
}

/** OpenTelemetry's KeyValues with texts and whole numbers (opentelemetry-proto, `common.proto`). */
export function attributesOf(keyValues: readonly Buffer[]): Record<string, unknown> {
  return Object.fromEntries(
    keyValues.map((keyValue) => {
      const parts = fields(keyValue);
      const [value] = fields(bytes(parts, 2)[0] ?? Buffer.alloc(0));
      return [
        text(parts, 1),
        Buffer.isBuffer(value?.value) ? value.value.toString('utf8') : Number(value?.value),
      ];
    }),
  );
}
