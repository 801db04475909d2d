import { ExporterError } from '../../base/errors/exporter.error.ts';

/** A write of the registry had no answer, and what it holds now cannot be seen. */
export class RegistryUncertainError extends ExporterError {
  readonly code = 'MCCE_REGISTRY_UNCERTAIN';

  /** @param where namespace and name */
  constructor(where: string, options: { cause?: unknown } = {}) {
    super(
      `It is not known whether the registry ${where} was written: the hub did not answer, and does not answer now.`,
      { remedy: 'Run `mcce cluster list` once it does.', ...options },
    );
  }
}
