import { ExporterError } from '../../errors/exporter.error.ts';

/** A write of the registry had no answer, and what it holds now cannot be seen. */
export class RegistryUncertainError extends ExporterError {
  readonly code = 'REGISTRY_UNCERTAIN';

  /** @param where namespace and name */
  constructor(where: string, options: { cause?: unknown } = {}) {
    super(
      `Nobody can tell whether the registry ${where} was written: the hub did not answer, and does not now. Look at it by \`mcce cluster list\` once it does.`,
      options,
    );
  }
}
