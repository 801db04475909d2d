import type { Terminal } from '../terminal.ts';

/** Tells on a terminal what is being tried. */
export class CheckProgress {
  private total = 0;
  private done = 0;

  constructor(private readonly terminal: Pick<Terminal, 'progress'>) {}

  /** Before a step of the hub. */
  readonly ofHub = (step: string): void => {
    this.terminal.progress(`checking the hub: ${step}`);
  };

  /** How many clusters there are to check. */
  expect(clusters: number): void {
    this.total = clusters;
  }

  /** Before a step of a cluster. */
  ofCluster(name: string, step: string): void {
    this.terminal.progress(`checking ${this.done + 1} of ${this.total}: ${name}: ${step}`);
  }

  /** One cluster is through. */
  ended(): void {
    this.done++;
  }
}
