import { Inject, Injectable, type Type } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import type { ActiveExtension } from './extension.ts';
import { PortTakenError } from './port-taken.error.ts';

/** DI token of the extensions that take part, in the order of configuration, with the classes of their modules. */
export const PARTICIPANTS = Symbol('PARTICIPANTS');

/** An extension with the classes of all modules that it brings along. */
export interface Participant extends ActiveExtension {
  readonly classes: ReadonlySet<Type>;
}

/** A port is an abstract class; an extension provides it by a provider of its module that extends it. */
export type Port<Contract> = abstract new (...args: never[]) => Contract;

/** What an extension provides for a port. */
export interface Provided<Contract> {
  /** Name of the extension. */
  readonly extension: string;
  readonly instance: Contract;
}

/** What the extensions provide for the ports of the core. To be asked once all modules are initialized, and not in a constructor. */
@Injectable()
export class Ports {
  constructor(
    private readonly container: ModulesContainer,
    @Inject(PARTICIPANTS) readonly extensions: readonly Participant[],
  ) {}

  /** In the order of configuration. */
  all<Contract>(port: Port<Contract>): Provided<Contract>[] {
    const modules = [...this.container.values()];
    return this.extensions.flatMap(({ name, classes }) => {
      const instances = modules
        .filter(({ metatype }) => classes.has(metatype))
        .flatMap(({ providers }) => [...providers.values()])
        .map(({ instance }): unknown => instance)
        .filter((instance): instance is Contract => instance instanceof (port as unknown as Type));
      return [...new Set(instances)].map((instance) => ({ extension: name, instance }));
    });
  }

  /**
   * For a port that only one can have; undefined: none of them does, and the core does it itself.
   *
   * @throws PortTakenError
   */
  one<Contract>(port: Port<Contract>): Provided<Contract> | undefined {
    const [first, second] = this.all(port);
    if (first && second) throw new PortTakenError(port.name, [first.extension, second.extension]);
    return first;
  }
}
