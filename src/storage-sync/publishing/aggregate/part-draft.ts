import { createHash } from 'node:crypto';
import type { SourceContent } from '../../keeping/source-content.ts';
import { NEARLY_FULL, SECRET_LIMIT_BYTES } from '../../../kube/objects/secret-limit.ts';
import {
  type ForeignSize,
  listLimit,
  NO_FOREIGN_SIZE,
  STORED_LIMIT_BYTES,
  storedBytes,
} from './secret-size.ts';

/** What one part of the aggregate should hold, and how much room it has. Does no I/O. */
export class PartDraft {
  private readonly byName = new Map<string, SourceContent>();
  private valueBytes = 0;
  private storedDataBytes = 0;
  /** Of its names, as long as none comes or goes: sorting is most of what a hash costs. */
  private sortedNames: readonly string[] | undefined;
  private hashText: string | undefined;
  private changeCount = 0;

  /** What others have put on the Secret. */
  foreign: ForeignSize = NO_FOREIGN_SIZE;

  get contents(): ReadonlyMap<string, SourceContent> {
    return this.byName;
  }

  /** Grows whenever the contents change. */
  get revision(): number {
    return this.changeCount;
  }

  /** Sum over the contents. These count against the limit of a Secret. */
  get bytes(): number {
    return this.valueBytes;
  }

  /** What etcd has to hold, annotations of ours not included: they take what is left. Bytes. */
  get stored(): number {
    return this.storedDataBytes + this.foreign.annotations + this.foreign.labels;
  }

  /** The longest that each list in its annotations may be. Bytes. */
  get listLimit(): number {
    return listLimit(this.storedDataBytes, this.foreign);
  }

  /** SHA-256 over names and contents. */
  get hash(): string {
    this.hashText ??= this.computeHash();
    return this.hashText;
  }

  /**
   * Whether a content can replace what it holds of this cluster, if anything.
   *
   * @param share of the limits that may be used
   */
  fits(name: string, content: SourceContent, share = 1): boolean {
    const old = this.byName.get(name);
    const growth = content.bytes - (old?.bytes ?? 0);
    const storedGrowth = growth + (old ? 0 : storedBytes(name, 0));
    return (
      (growth <= 0 || this.valueBytes + growth <= share * SECRET_LIMIT_BYTES) &&
      (storedGrowth <= 0 || this.stored + storedGrowth <= share * STORED_LIMIT_BYTES)
    );
  }

  put(name: string, content: SourceContent): void {
    const old = this.byName.get(name);
    if (old) this.subtract(name, old);
    else this.sortedNames = undefined;
    this.byName.set(name, content);
    this.hashText = undefined;
    this.changeCount++;
    this.valueBytes += content.bytes;
    this.storedDataBytes += storedBytes(name, content.bytes);
  }

  drop(name: string): void {
    const content = this.byName.get(name);
    if (!content) return;
    this.byName.delete(name);
    this.sortedNames = undefined;
    this.hashText = undefined;
    this.changeCount++;
    this.subtract(name, content);
  }

  private subtract(name: string, { bytes }: SourceContent): void {
    this.valueBytes -= bytes;
    this.storedDataBytes -= storedBytes(name, bytes);
  }

  private computeHash(): string {
    this.sortedNames ??= [...this.byName.keys()].toSorted(byteOrder);
    let lines = '';
    for (const name of this.sortedNames) lines += `${name} ${this.byName.get(name)?.digest}\n`;
    return createHash('sha256').update(lines).digest('hex');
  }
}

/** Names are ASCII, so this is the order of their bytes. */
export function byteOrder(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

/** Whether parts could take all of another one and still not be nearly full. */
export function haveRoomFor({ bytes, stored }: PartDraft, others: readonly PartDraft[]): boolean {
  const sum = (room: (part: PartDraft) => number) =>
    others.reduce((total, part) => total + Math.max(0, room(part)), 0);
  return (
    bytes <= sum((part) => NEARLY_FULL * SECRET_LIMIT_BYTES - part.bytes) &&
    stored <= sum((part) => NEARLY_FULL * STORED_LIMIT_BYTES - part.stored)
  );
}
