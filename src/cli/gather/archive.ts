import { strToU8, zipSync } from 'fflate';
import { KubeRequestError } from '../../kube/failures/kube-request.error.ts';
import { explanationOf } from '../../base/errors/exporter.error.ts';
import { mask } from './mask.ts';

/** A file that is missing, and why. */
export interface Gap {
  readonly name: string;
  readonly why: string;
}

/** The files of the archive. Everything that is added is masked. */
export class Archive {
  readonly gaps: Gap[] = [];
  private readonly files = new Map<string, Uint8Array>();

  /** Names and sizes in bytes. */
  get contents(): { name: string; bytes: number }[] {
    return [...this.files].map(([name, { byteLength: bytes }]) => ({ name, bytes }));
  }

  /**
   * Adds the result of a task; if it throws, that is a gap.
   *
   * @param task text, or a value to be written as JSON; undefined adds nothing
   * @param permission that it needs; completes "You need …"
   */
  async add(name: string, task: Promise<unknown>, permission?: string): Promise<void> {
    try {
      const given = await task;
      if (given === undefined) return;
      const text = typeof given === 'string' ? given : `${JSON.stringify(given, null, 2)}\n`;
      this.files.set(name, strToU8(mask(text)));
    } catch (error) {
      this.gaps.push({ name, why: whyNot(error, permission) });
    }
  }

  /** As a zip archive. */
  zipped(): Uint8Array {
    return zipSync(Object.fromEntries(this.files), { level: 6 });
  }
}

function whyNot(error: unknown, permission: string | undefined): string {
  const forbidden = error instanceof KubeRequestError && error.reason === 'forbidden';
  if (forbidden && permission !== undefined) return `It is forbidden. You need ${permission}.`;
  return explanationOf(error, 'It failed in a way that was not foreseen.').message;
}
