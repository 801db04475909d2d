import { createSocket } from 'node:dgram';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decode, encode } from 'dns-packet';

/** The C library asks port 53 and no other, so it is an address of its own. */
const ADDRESS = '127.53.53.53';

/** A resolver that knows some names, all as 127.0.0.1, and is silent when it is asked for others. */
export interface NameServer {
  /** What a `resolv.conf` has to say to use it. */
  readonly resolvConf: string;
  readonly close: () => Promise<void>;
}

/** Starts it; needs root. @param isKnown which names it answers */
export async function startNameServer(isKnown: (name: string) => boolean): Promise<NameServer> {
  const socket = createSocket('udp4', (message, { port, address }) => {
    const { id, questions = [] } = decode(message);
    const [question] = questions;
    if (!question || !isKnown(question.name)) return;
    const answers =
      question.type === 'A' ? [{ type: 'A' as const, name: question.name, ttl: 0, data: '127.0.0.1' }] : [];
    socket.send(encode({ id, type: 'response', questions, answers }), port, address);
  });
  await new Promise<void>((resolve, reject) => {
    socket.once('error', reject).bind(53, ADDRESS, resolve);
  });
  const directory = await mkdtemp(join(tmpdir(), 'mcce-resolver-'));
  const resolvConf = join(directory, 'resolv.conf');
  await writeFile(resolvConf, `nameserver ${ADDRESS}\n`);
  return {
    resolvConf,
    close: async () => {
      socket.close();
      await rm(directory, { recursive: true });
    },
  };
}
