import { Logger } from 'nestjs-pino';

/** Parts of Nest that tell how the application is put together. */
const CHATTY_CONTEXTS = new Set([
  'NestFactory',
  'NestApplication',
  'InstanceLoader',
  'RoutesResolver',
  'RouterExplorer',
]);

/** Nest's own logger on pino. How the application is put together is for `debug`. */
export class FrameworkLogger extends Logger {
  override log(message: unknown, ...parameters: unknown[]): void {
    const context = parameters.at(-1);
    if (typeof context === 'string' && CHATTY_CONTEXTS.has(context)) this.debug(message, ...parameters);
    else super.log(message, ...parameters);
  }
}
