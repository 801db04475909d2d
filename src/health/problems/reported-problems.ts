import { Injectable } from '@nestjs/common';
import { atOnce } from '../../base/extending/at-once.ts';
import { ExtensionFaults } from '../../base/extending/extension-faults.ts';
import { Ports } from '../../base/extending/ports.ts';
import type { Problem } from './problem.ts';
import { ProblemSource } from './problem-source.ts';

/** What extensions tell that is wrong. */
@Injectable()
export class ReportedProblems {
  constructor(
    private readonly ports: Ports,
    private readonly faults: ExtensionFaults,
  ) {}

  /** In the order of configuration. */
  all(): Problem[] {
    return this.ports.all(ProblemSource).flatMap(({ extension, instance }) => {
      const answer = this.faults.call(extension, 'ProblemSource.problems', () =>
        [...atOnce(instance.problems())].map(
          ({ code, subject, severity = 'error', message, remedy, since }): Problem => ({
            code,
            severity,
            subject: `extensions/${extension}/${subject}`,
            message,
            ...(remedy !== undefined && { remedy }),
            since: new Date(since),
          }),
        ),
      );
      return answer?.result ?? [];
    });
  }
}
