import { EXIT_CODE_CONFIGURATION, ExporterError } from '../../base/errors/exporter.error.ts';

/** Two registries have the same name. */
export class RegistryNameTakenError extends ExporterError {
  readonly code = 'MCCE_REGISTRY_NAME_TAKEN';
  override readonly exitCode = EXIT_CODE_CONFIGURATION;

  constructor(name: string) {
    super(`Two registries have the name ${name}.`, {
      remedy: 'Take one of their extensions out of MCCE_EXTENSIONS.',
      lasting: true,
    });
  }
}
