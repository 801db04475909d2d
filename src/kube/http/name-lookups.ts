import { lookup as resolveName, type LookupAddress, promises as dns } from 'node:dns';
import { readFile } from 'node:fs/promises';
import type { LookupFunction } from 'node:net';
import { callbackify, promisify } from 'node:util';
import PQueue from 'p-queue';

/** A name whose server does not answer within this time is set apart. Milliseconds. */
const PATIENCE_MS = 1_000;
const HOSTS_FILE = '/etc/hosts';
/** Libuv's own default. */
const USUAL_THREADS = 4;
/** Of the threads that may resolve names: for those of DNS; the rest is for names that this machine knows itself. */
const DNS_SHARE = 0.75;
/** For names whose server does not answer. */
const SUSPECT_SHARE = 0.25;

const resolveAll = promisify(resolveName);

/**
 * Resolves names as the system does (`getaddrinfo`: hosts file, search domains, and so on), except that a name whose server does not
 * answer delays no other name. Node resolves names in a few threads, each of which is blocked until the resolver gives up. So every name
 * is first asked for without a thread, by c-ares, only to see whether any server answers; where none does, it
 * shares a few threads with others of its kind. Connections are kept, so this costs one more question per connection.
 */
export class NameLookups {
  private readonly underWay = new Map<string, Promise<LookupAddress[]>>();
  private readonly probe = new dns.Resolver({ timeout: PATIENCE_MS, tries: 1 });
  private readonly all: PQueue;
  private readonly suspects: PQueue;

  /** @param threads of libuv's pool; half of them may resolve names */
  constructor(threads = Number(process.env.UV_THREADPOOL_SIZE) || USUAL_THREADS) {
    const resolving = Math.max(1, Math.floor((threads + 1) / 2));
    const share = (of: number) => new PQueue({ concurrency: Math.max(1, Math.floor(resolving * of)) });
    this.all = share(DNS_SHARE);
    this.suspects = share(SUSPECT_SHARE);
  }

  /** For `net.connect`. */
  readonly lookup: LookupFunction = (hostname, { all, family = 0 }, callback) => {
    const wanted = family === 'IPv4' ? 4 : family === 'IPv6' ? 6 : family;
    this.resolve(hostname, (error, addresses) => {
      if (error) return callback(error, '');
      const fitting = addresses.filter((address) => wanted === 0 || address.family === wanted);
      const [first] = fitting;
      if (!first) return callback(notFound(hostname), '');
      return all ? callback(null, fitting) : callback(null, first.address, first.family);
    });
  };

  private readonly resolve = callbackify((name: string) => this.addressesOf(name));

  /** One lookup of a name at a time: callers that ask meanwhile share it. */
  private async addressesOf(name: string): Promise<LookupAddress[]> {
    const underWay = this.underWay.get(name);
    if (underWay) return await underWay;
    const looking = this.lookUp(name).finally(() => this.underWay.delete(name));
    this.underWay.set(name, looking);
    return await looking;
  }

  private async lookUp(name: string): Promise<LookupAddress[]> {
    const resolve = async () => await resolveAll(name, { all: true });
    if (await isKnownHere(name)) return await resolve();
    const inSlot = async () => await this.all.add(resolve);
    return (await this.isAnswered(name)) ? await inSlot() : await this.suspects.add(inSlot);
  }

  /** Whether anybody says anything about it, be it that there is no such name. */
  private async isAnswered(name: string): Promise<boolean> {
    try {
      await this.probe.resolve4(name);
      return true;
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      return code !== 'ETIMEOUT' && code !== 'ECONNREFUSED' && code !== 'ECANCELLED';
    }
  }
}

/** Whether a name can be resolved without asking anybody. */
async function isKnownHere(name: string): Promise<boolean> {
  if (name === 'localhost' || name.endsWith('.localhost')) return true;
  const hosts = await readFile(HOSTS_FILE, 'utf8').catch(() => '');
  return hosts.split('\n').some((line) => {
    const [, ...names] = line.replace(/#.*/, '').trim().split(/\s+/);
    return names.some((known) => known.toLowerCase() === name.toLowerCase());
  });
}

/** As `getaddrinfo` says it. */
function notFound(hostname: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`no address of the wanted family: ${hostname}`), {
    code: 'ENOTFOUND',
    syscall: 'getaddrinfo',
    hostname,
  });
}
